/* SPDX-License-Identifier: ISC */
/* What becomes of a process whose database has damaged pages. LMDB maps its file and believes what
 * the pages say of lengths and places, so garbage in them makes it read and write where nothing is
 * (SIGSEGV, SIGBUS past the end of a cut file), divide by nothing (SIGFPE), fail its own assertions
 * or spoil the heap (SIGABRT). None of that may look like a bug of ours: such a fault on a thread
 * that is inside a call of LMDB ends the process at once by the opener's own words. So does every
 * SIGBUS, for values are read in the map outside of LMDB's calls and nothing else of ours is a
 * mapped file. Every other fault keeps the action it had, core file and sanitizer included.
 *
 * Nothing is saved by going on after such a fault: what LMDB held in memory can't be trusted any
 * more, and nothing uncommitted was promised to anybody. A heap that a bug of ours spoilt can be
 * noticed inside LMDB, too: then fsck finds nothing, which the words have to allow for.
 *
 * One database a process: the last one watched is named. For kv_lmdb.c only. */
#ifndef WEAL_STORAGE_KV_FAULT_H
#define WEAL_STORAGE_KV_FAULT_H

/* Installs the handlers, once a process. damaged ends the process; it is called in a signal
 * handler, so it may call nothing that isn't async-signal-safe. file is what it will be told. */
void weal_kv_fault_watch(const char *file, void (*damaged)(const char *file, const char *table));

/* Around each call of LMDB on this thread; table is for the words, NULL if no single one. */
void weal_kv_fault_enter(const char *table);
void weal_kv_fault_leave(void);

#endif
