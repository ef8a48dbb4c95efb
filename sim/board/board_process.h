/* board_process.h: runs a program to its end, without a shell: its output kept, its time limited, never left behind. */
#ifndef HEAPLAB_SIM_BOARD_PROCESS_H
#define HEAPLAB_SIM_BOARD_PROCESS_H

#include <signal.h>
#include <stddef.h>

enum board_process_end {
    BOARD_PROCESS_EXITED,      /* `code` is its exit code */
    BOARD_PROCESS_KILLED,      /* `code` is the signal that ended it */
    BOARD_PROCESS_TIMED_OUT,
    BOARD_PROCESS_INTERRUPTED, /* this process got SIGINT, SIGTERM or SIGHUP, which is pending still */
    BOARD_PROCESS_NOT_FOUND,   /* no such program */
    BOARD_PROCESS_FAILED       /* no pipe, no process: `code` is errno */
};

struct board_process {
    const char *const *argv;   /* argv[0] is looked up in PATH; ends with NULL */
    const char *directory;     /* where it runs */
    unsigned timeout_s;
    char *output;              /* standard output and error, ended by NUL; what is beyond output_size - 1 bytes is dropped */
    size_t output_size;
    int code;
};

/* SIGINT, SIGTERM, SIGHUP: what a run watches for. */
sigset_t board_process_signals(void);

/* Returns when the program has ended and has been reaped. If this process dies meanwhile, the program is killed with it. The signals
 * are held back meanwhile in the calling thread; one that came ends the run, and takes effect as soon as the caller lets it: one that
 * has to clean up blocks board_process_signals() around the call. */
enum board_process_end board_process_run(struct board_process *process);

#endif
