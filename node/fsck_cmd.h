/* SPDX-License-Identifier: ISC */
/* weald fsck DATADIR: looks at everything a stopped node keeps, changes nothing. */
#ifndef WEAL_NODE_FSCK_CMD_H
#define WEAL_NODE_FSCK_CMD_H

/* Exit code: 0 nothing wrong, 4 findings, 75 it could not look. Prints as it goes. */
int weal_fsck_command(const char *datadir);

#endif
