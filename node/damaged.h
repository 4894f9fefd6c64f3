/* SPDX-License-Identifier: ISC */
/* The last words of a process whose database is damaged: which file, and what to do. */
#ifndef WEAL_NODE_DAMAGED_H
#define WEAL_NODE_DAMAGED_H

/* What helps against any damage that fsck names; a sentence. */
#define WEAL_DAMAGED_ADVICE                                                                        \
    "weald fsck says what is damaged; with chain/ and blocks/ removed the node fetches all of it " \
    "again from its peers (a validator then votes from the next term on); if fsck finds nothing, " \
    "suspect the memory of this machine, or us: report it"

/* Says so on stderr and ends the process with code 4. Async-signal-safe; for kv_lmdb.h's damaged.
 * table: which of the database's tables was being read or written, or NULL. */
_Noreturn void weal_damaged_exit(const char *file, const char *table);

#endif
