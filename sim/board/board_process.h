/* board_process.h: runs a program to its end, without a shell: its output kept, its time limited, never left behind. */
#ifndef HEAPLAB_SIM_BOARD_PROCESS_H
#define HEAPLAB_SIM_BOARD_PROCESS_H

#include <stddef.h>

enum board_process_end {
    BOARD_PROCESS_EXITED,      /* `code` is its exit code */
    BOARD_PROCESS_KILLED,      /* `code` is the signal that ended it */
    BOARD_PROCESS_TIMED_OUT,
    BOARD_PROCESS_INTERRUPTED, /* this process got SIGINT, SIGTERM or SIGHUP: `code` is which; the caller cleans up and ends itself by it */
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

/* Returns when the program has ended and has been reaped. If this process dies meanwhile, the program is killed with it. SIGINT,
 * SIGTERM and SIGHUP are held back meanwhile in the calling thread. */
enum board_process_end board_process_run(struct board_process *process);

#endif
