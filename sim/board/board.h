/* board.h: the same trace on a board's firmware, under QEMU, and here; to be compared.
 *
 * A board run is an emulator (or, for host32, a 32-bit program of this machine) that executes the app `replay` of target/: libheap
 * itself, compiled for that processor. What comes back is the image's digest, the counts that must agree with a lane's, and where the
 * emulator can tell, the exact number of instructions of every operation. */
#ifndef HEAPLAB_SIM_BOARD_H
#define HEAPLAB_SIM_BOARD_H

#include <signal.h>

#include "lane.h"

struct board {
    const char *name, *what;
    const char *machine;      /* QEMU's name of it; NULL: runs on this machine */
    const char *suffix;       /* of its executables */
    uint64_t heap_bytes;      /* the largest heap */
};

extern const struct board boards[];
extern const size_t board_count;
const struct board *board_find(const char *name); /* NULL: none */

/* Which firmware: every policy through its table; or one policy called directly, at an optimisation level. */
enum board_build { BOARD_ALL_POLICIES, BOARD_ONE_POLICY_O2, BOARD_ONE_POLICY_OS };

enum board_operation { BOARD_MALLOC, BOARD_FREE, BOARD_REALLOC, BOARD_OPERATIONS }; /* calloc and aligned_alloc count as malloc */

struct board_cost {
    uint64_t calls, sum;      /* instructions of all calls together */
    uint64_t p50, p99, max;
};

/* What a run came to; from a board and from a lane. */
struct board_result {
    uint32_t digest;
    uint64_t word_bits, arena_bytes, events, failures, skipped, refused, recorded_failures, recorded_failures_served, live_blocks;
    char check[16];           /* heap_check after the run: "OK" or the error's name */
    bool counted;             /* costs are known */
    struct board_cost costs[BOARD_OPERATIONS];
};

enum board_status {
    BOARD_DONE,
    BOARD_NO_FIRMWARE, /* not built */
    BOARD_NO_EMULATOR, /* QEMU is not installed */
    BOARD_REFUSED,     /* the firmware said no: arguments, memory, trace; or the board cannot do that */
    BOARD_CRASHED,     /* a fault on the board, or the emulator died */
    BOARD_TIMED_OUT,
    BOARD_INTERRUPTED, /* by SIGINT, SIGTERM or SIGHUP: board_trace_remove lets it take effect */
    BOARD_NO_RESOURCES /* of this machine: no process, no temporary file */
};

/* A trace written in binary form in a directory of its own. Between `make` and `remove` the calling thread holds SIGINT, SIGTERM and
 * SIGHUP back, so that none leaves the directory behind; runs look for them and end with BOARD_INTERRUPTED. One trace a thread. */
struct board_trace {
    char directory[256];
    sigset_t signals_before;
};
bool board_trace_make(struct board_trace *board_trace, const struct trace *trace, char *why, size_t why_size);
void board_trace_remove(struct board_trace *board_trace);

struct board_job {
    const struct board *board;
    enum board_build build;
    bool bare; /* count the policy's own functions, without heap.c */
    const struct lane_options *options; /* one region; default checks */
    const struct board_trace *trace;
    unsigned timeout_s;
    char why[1024];                     /* where the status is not BOARD_DONE: a sentence or two */
};

/* One run on the board. Blocks until it is over or its time is. */
enum board_status board_run(struct board_job *job, struct board_result *result);

/* The same here, a replica guarded as it is there. HEAP_OK, or why the policy refuses this heap; HEAP_E_NO_MEMORY where this process has none. */
int board_run_here(const struct trace *trace, const struct lane_options *options, struct board_result *result);

/* The first thing in which the two runs differ, as text, or NULL if they agree. */
const char *board_difference(const struct board_result *a, const struct board_result *b);

/* The path of one of a board's executables: "replay", "selftest", "conformance". False if there is none: `why` names the command
 * that builds it. Looked for in $HEAPLAB_FIRMWARE_DIR, or beside this program in ../firmware and where it was built. */
bool board_firmware(const struct board *board, const char *app, char *path, size_t path_size, char *why, size_t why_size);

/* An app of the board with arguments, its output into `output`. *exit_code is the app's. */
enum board_status board_run_app(struct board_job *job, const char *app, const char *const *arguments, char *output, size_t output_size,
                                int *exit_code);

#endif
