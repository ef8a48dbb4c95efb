/* verify.h: placement vectors: what one allocator did with one trace, and whether a policy does the same. */
#ifndef HEAPLAB_CLI_VERIFY_H
#define HEAPLAB_CLI_VERIFY_H

#include "cli.h"

/* A file of expectations, opened: the policy, its parameters, its memory. */
struct verify_vector {
    const char *path;
    cJSON *json;
    struct spec spec;         /* policy and parameters; options complete but for `guarded`, which is false */
    const cJSON *offsets;     /* of a placement vector; NULL in scripts and logs */
    char trace[256];          /* the member `trace`; "" where there is none */
};

/* Reads the file (plain or gzip). CLI_DONE, or the exit code after printing why. `policy`: instead of the one that the file names; NULL: that one.
 * verify_close in any case. */
int verify_open(struct verify_vector *vector, const char *path, const char *policy);
void verify_close(struct verify_vector *vector);

/* Prints "FILE: message" and returns CLI_BAD_INPUT. */
int verify_bad(const struct verify_vector *vector, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What a vector expects of an event's result: an offset, VERIFY_FAILED, or VERIFY_NOTHING. */
#define VERIFY_FAILED INT64_C(-1)
#define VERIFY_NOTHING INT64_MIN
int64_t verify_entry(const struct lane *lane, const struct lane_result *result);

/* A line of text for an entry: "offset 48", "-1 (failed)", "null"; returns buffer. */
const char *verify_entry_text(int64_t entry, char *buffer, size_t size);

#endif
