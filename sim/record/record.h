/* record.h: runs a program under the preloaded recorder (traces/record) and makes traces of what it logged. Linux and glibc.
 *
 * Every process image gets a trace of its own: the program's process (after its last exec) the name that was asked for, others that
 * name with their process number before the extension: out.jsonl.gz, out.4711.jsonl.gz; earlier images of a process that went on
 * by exec also their number: out.4711-0.jsonl.gz. Images that allocated nothing get no trace, the program's own excepted. */
#ifndef HEAPLAB_SIM_RECORD_H
#define HEAPLAB_SIM_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define RECORD_E_PROGRAM (-1)  /* not found, not dynamic, set-user-id, … */
#define RECORD_E_OUTPUT (-2)   /* no encoding in the name, or not writable */
#define RECORD_E_RECORDER (-3) /* the recorder for this word size is missing */
#define RECORD_E_SYSTEM (-4)   /* no memory, no process */
#define RECORD_E_LOG (-5)      /* the program left no log, or a damaged one */

struct record_error {
    int code;       /* RECORD_E_*; 0: none */
    char text[768]; /* what is wrong, and what helps */
};

typedef void (*record_notice_fn)(void *ctx, const char *text);

struct record_options {
    const char *output;       /* a name with an encoding: .jsonl.gz, .jsonl, .json, .json.gz, .hlt */
    char *const *argv;        /* the program and its arguments, NULL at the end */
    const char *recorder_dir; /* has 64/ and 32/ with libheaplab_record.so; NULL: ../lib/heaplab beside the running binary */
    bool program_only;        /* no traces of other processes */
    uint64_t events;          /* keep the first so many events of a process; 0: all */
    record_notice_fn notice;  /* told when descendants are waited for; NULL allowed */
    void *notice_ctx;
};

struct record_trace {
    char *path;             /* of the trace */
    char *program;          /* base name */
    pid_t pid;
    uint32_t word_bits;
    uint64_t events, peak_bytes;
    uint64_t left_blocks, left_bytes; /* never freed */
    bool stopped;           /* at the limit of events, or for want of disk space */
};

struct record_result {
    struct record_trace *traces; /* the program's own first */
    uint32_t trace_count;
    int wait_status;             /* of the program, as from waitpid */
};

/* Runs the program to its end, and until its descendants have ended too (a second SIGINT or a SIGTERM stops that wait; SIGTERM
 * and SIGHUP are passed on to the program while it runs), then writes the traces. 0 or RECORD_E_*, then *error says more; result is freed
 * by record_result_free either way. Blocks signals of the calling thread while it runs and reaps all children of the calling process. */
int record_run(const struct record_options *options, struct record_result *result, struct record_error *error);

void record_result_free(struct record_result *result);

#endif
