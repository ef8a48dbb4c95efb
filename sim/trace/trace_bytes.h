/* trace_bytes.h: a file, a pipe or memory as a window of bytes, gunzipped on the way if the content is gzip.
 *
 * The window [cur, end) holds the next bytes; behind `end` stand TRACE_BYTES_PAD zero bytes, so that a scanner may look ahead a
 * little without counting, and stops at the zero (no valid trace text holds one). Whoever consumes a '\n' counts the line here:
 * line breaks are legal in white space only, so nobody else needs to look for them.
 * Memory: one window (128 KiB), and 64 KiB more plus zlib's state for gzip. Not thread-safe on one stream.
 */
#ifndef HEAPLAB_SIM_TRACE_BYTES_H
#define HEAPLAB_SIM_TRACE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_BYTES_WINDOW ((size_t)128 * 1024)
#define TRACE_BYTES_PAD 32

struct trace_bytes {
    const uint8_t *cur, *end;
    uint64_t line;       /* of *cur, from 1 */
    uint64_t line_start; /* offset of that line's first byte */
    int error;           /* 0 or TRACE_E_READ, _GZIP, _TRUNCATED, _MEMORY: why no more bytes came */

    uint8_t *window;
    uint64_t window_offset; /* of window[0] in the uncompressed content */
    bool ended;
    int fd;                 /* -1: memory */
    bool close_fd;
    const uint8_t *memory;
    size_t memory_left;
    uint64_t raw_done, raw_all; /* bytes of the file read; its size, 0 where unknown */
    struct trace_gzip *gzip;    /* NULL: plain */
    void (*waiting)(void *ctx); /* called before a pipe is read, which may take long; NULL: not wanted */
    void *waiting_ctx;
};

/* Opens `path` ("-": standard input; a directory is refused) and reads the first window. 0 or TRACE_E_*; errno says why for OPEN and READ. */
int trace_bytes_open(struct trace_bytes *bytes, const char *path);
/* The same over `count` bytes of memory, which must outlive the stream. */
int trace_bytes_open_memory(struct trace_bytes *bytes, const void *data, size_t count);
void trace_bytes_close(struct trace_bytes *bytes);

/* Brings more bytes behind the unread ones, which move to the window's start (pointers into it become invalid).
 * 1: there are more; 0: the content has ended, or `error` tells why not; the unread ones must be fewer than the window. */
int trace_bytes_more(struct trace_bytes *bytes);

/* Offset of *cur in the uncompressed content. */
static inline uint64_t trace_bytes_offset(const struct trace_bytes *bytes)
{
    return bytes->window_offset + (uint64_t)(bytes->cur - bytes->window);
}

/* Column of *cur, from 1, in bytes. */
static inline uint64_t trace_bytes_column(const struct trace_bytes *bytes)
{
    return trace_bytes_offset(bytes) - bytes->line_start + 1;
}

/* The next byte without consuming it, -1 at the end. */
static inline int trace_bytes_peek(struct trace_bytes *bytes)
{
    if (bytes->cur == bytes->end && !trace_bytes_more(bytes)) return -1;
    return *bytes->cur;
}

/* Consumes JSON's white space and counts lines. */
static inline void trace_bytes_skip_space(struct trace_bytes *bytes)
{
    for (;;) {
        uint8_t byte = *bytes->cur;
        if (byte == '\n') {
            bytes->line++;
            bytes->line_start = trace_bytes_offset(bytes) + 1;
        } else if (byte != ' ' && byte != '\r' && byte != '\t') {
            if (bytes->cur != bytes->end || !trace_bytes_more(bytes)) return;
            continue;
        }
        bytes->cur++;
    }
}

#endif
