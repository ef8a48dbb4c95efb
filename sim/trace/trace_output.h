/* trace_output.h: where a trace is written to: buffered, gzipped if wanted, and complete or not at all.
 *
 * A regular file is written beside its name and renamed when it is whole, so that a failed run leaves the old one. Standard output
 * ("-") and what is no regular file (a pipe, a device) are written directly. The first failure sticks. Used by the trace writer and by the commands.
 */
#ifndef HEAPLAB_SIM_TRACE_OUTPUT_H
#define HEAPLAB_SIM_TRACE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trace_output {
    int fd;
    void *gzip;       /* a gzFile, or NULL */
    char *path;       /* where it belongs; NULL: written directly */
    char *temporary;
    int failed_errno; /* of the first failure; 0: none */
    bool seekable;
    size_t used;
    uint8_t buffer[32 * 1024];
};

/* NULL if it cannot be opened; errno tells. */
struct trace_output *trace_output_open(const char *path, bool gzip);
void trace_output_put(struct trace_output *output, const void *bytes, size_t count);
/* Writes what was put so far; gzip keeps its own until the end. */
void trace_output_flush(struct trace_output *output);
/* Overwrites bytes near the start, if `seekable`. */
void trace_output_patch(struct trace_output *output, uint64_t offset, const void *bytes, size_t count);
/* Writes the rest, and keeps the file if `keep` and nothing failed. False: it is not kept, errno tells; the old file stands. */
bool trace_output_close(struct trace_output *output, bool keep);

#endif
