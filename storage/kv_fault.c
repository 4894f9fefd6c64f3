/* SPDX-License-Identifier: ISC */
#include "storage/kv_fault.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
enum { SIGNALS = sizeof signals / sizeof *signals, FILE_MAX = 1024 };

static struct sigaction before[SIGNALS];
static char watched[FILE_MAX];
static void (*ended)(const char *file, const char *table);

/* Of this thread, read by its own handler only; volatile keeps them in order with the calls. */
static _Thread_local volatile bool inside;
static _Thread_local const char *volatile inside_table;

void weal_kv_fault_enter(const char *table) {
    inside_table = table;
    inside = true;
}

void weal_kv_fault_leave(void) {
    inside = false;
}

/* A fault that isn't the database's: its instruction runs again into the action that was there
 * before; what was sent from outside (kill, abort) is sent once more. */
static void on_fault(int number, siginfo_t *info, void *context) {
    (void)context;
    if (inside || number == SIGBUS) ended(watched, inside ? inside_table : NULL);
    for (int i = 0; i < SIGNALS; i++) {
        if (signals[i] == number) sigaction(number, &before[i], NULL);
    }
    if (info->si_code <= 0) raise(number);
}

static void install(void) {
    struct sigaction a = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    sigemptyset(&a.sa_mask);
    for (int i = 0; i < SIGNALS; i++) sigaction(signals[i], &a, &before[i]);
}

void weal_kv_fault_watch(const char *file, void (*damaged)(const char *file, const char *table)) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    snprintf(watched, sizeof watched, "%s", file);
    ended = damaged;
    pthread_once(&once, install);
}
