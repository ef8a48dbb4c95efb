/* verify.h: files that say what an original allocator did, and whether a policy does the same.
 *
 * Three kinds: placement vectors (a trace's events, where each block was placed; docs of the format: tests/vectors/README.md), scripts (format
 * "heaplab-script": calls and changes of the memory), logs of waiting threads (format "mempool-waiters"). */
#ifndef HEAPLAB_CLI_VERIFY_H
#define HEAPLAB_CLI_VERIFY_H

#include "cli.h"
#include "vector_output.h"

enum verify_kind { VERIFY_PLACEMENTS, VERIFY_SCRIPT, VERIFY_WAITERS };

/* A file, opened and checked. */
struct verify_vector {
    const char *path;
    cJSON *json;
    enum verify_kind kind;
    struct spec spec;         /* policy and parameters; placements and scripts: the memory too. Never guarded unless -p says so */
    const char *trace;        /* placements: the member `trace`, or NULL */
};

#define VERIFY_TEXT 160
#define VERIFY_SPANS 14

/* A piece of the map around a difference. */
struct verify_span {
    int64_t off;
    uint32_t size;
    uint64_t id;              /* of the block; 0 = nobody's */
    const char *kind;
    bool expected, found;     /* one of the two offsets lies in it */
};

struct verify_difference {
    uint64_t event;           /* from 1; 0 = there is none */
    char call[VERIFY_TEXT];   /* "alloc id 3, 24 bytes" */
    char expected[VERIFY_TEXT], found[VERIFY_TEXT]; /* as JSON: 48, -1, null, [0, 264], "ok" */
    struct verify_span spans[VERIFY_SPANS];
    size_t span_count;
};

struct verify_result {
    const char *what;         /* "events", "steps", "log entries" */
    uint64_t agreed, all;
    struct verify_difference first;
    uint32_t statistics_agreed, statistics_all; /* final_stats; all = 0: the file has none */
    struct verify_difference first_statistic;   /* `event` is its place among them, `call` its name */
};

/* Reads the file (plain or gzip). CLI_DONE, or the exit code after printing why. `policy`: instead of the one that the file names;
 * NULL: that one. verify_close in any case. */
int verify_open(struct verify_vector *vector, const char *path, const char *policy);
void verify_close(struct verify_vector *vector);

/* Run the file: CLI_DONE with *result filled (all zero before), whether or not it agrees, or the exit code after printing why. */
int verify_placements(const struct verify_vector *vector, const char *trace, struct verify_result *result);
int verify_script(const struct verify_vector *vector, struct verify_result *result);
int verify_waiters(const struct verify_vector *vector, struct verify_result *result);

/* One more comparison of JSON values; remembers the first that differs: then true, for more to be said about it in result->first. */
bool verify_note(struct verify_result *result, const char *call, const cJSON *expected, const char *found);

/* Prints "FILE: message" and returns CLI_BAD_INPUT. */
int verify_bad(const struct verify_vector *vector, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A whole number from `least` to `most` into *value: 1; no such member: 0; anything else: -1 after printing why. */
int verify_number(const struct verify_vector *vector, const cJSON *object, const char *key, int64_t least, int64_t most, int64_t *value);

#endif
