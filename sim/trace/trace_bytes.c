/* trace_bytes.c: the byte stream under every trace reader; see trace_bytes.h for its window and its costs. */
#include "trace_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "trace_error.h"

#define RAW_BYTES ((size_t)64 * 1024)

struct trace_gzip {
    z_stream stream;
    bool between_members; /* a member has ended properly: the end of the file may follow */
    uint8_t raw[TRACE_BYTES_WINDOW]; /* holds what the first read of the window brought, later RAW_BYTES at a time */
};

/* Bytes of the file as they are: up to `room` into `into`; 0 at the end or on an error, which `bytes->error` tells. */
static size_t read_raw(struct trace_bytes *bytes, uint8_t *into, size_t room)
{
    if (bytes->fd < 0) {
        size_t count = bytes->memory_left < room ? bytes->memory_left : room;
        if (count) {
            memcpy(into, bytes->memory, count);
        }
        bytes->memory += count;
        bytes->memory_left -= count;
        bytes->raw_done += count;
        return count;
    }
    if (bytes->waiting && !bytes->raw_all) {
        bytes->waiting(bytes->waiting_ctx);
    }
    ssize_t got;
    do { got = read(bytes->fd, into, room);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        bytes->error = TRACE_E_READ;
    }
    if (got <= 0) {
        return 0;
    }
    bytes->raw_done += (uint64_t)got;
    return (size_t)got;
}

/* Feeds zlib when it has nothing left; false when there is nothing more. */
static bool gzip_feed(struct trace_bytes *bytes)
{
    struct trace_gzip *gzip = bytes->gzip;
    if (gzip->stream.avail_in) {
        return true;
    }
    size_t got = read_raw(bytes, gzip->raw, RAW_BYTES);
    gzip->stream.next_in = gzip->raw;
    gzip->stream.avail_in = (uInt)got;
    if (!got && !gzip->between_members && !bytes->error) {
        bytes->error = TRACE_E_TRUNCATED;
    }
    return got != 0;
}

/* Uncompressed bytes, up to `room`. Members behind one another are one content, as gzip(1) has it. */
static size_t read_gzip(struct trace_bytes *bytes, uint8_t *into, size_t room)
{
    struct trace_gzip *gzip = bytes->gzip;
    gzip->stream.next_out = into;
    gzip->stream.avail_out = (uInt)room;
    while (gzip->stream.avail_out == room && gzip_feed(bytes)) {
        if (gzip->between_members) {
            inflateReset(&gzip->stream);
            gzip->between_members = false;
        }
        int status = inflate(&gzip->stream, Z_NO_FLUSH);
        if (status == Z_STREAM_END) {
            gzip->between_members = true;
        } else if (status == Z_MEM_ERROR) {
            bytes->error = TRACE_E_MEMORY;
        } else if (status != Z_OK && status != Z_BUF_ERROR) {
            bytes->error = TRACE_E_GZIP;
        }
        if (bytes->error) {
            break;
        }
    }
    return room - gzip->stream.avail_out;
}

int trace_bytes_more(struct trace_bytes *bytes)
{
    if (bytes->ended) {
        return 0;
    }
    size_t unread = (size_t)(bytes->end - bytes->cur);
    bytes->window_offset += (uint64_t)(bytes->cur - bytes->window);
    if (unread) {
        memmove(bytes->window, bytes->cur, unread);
    }
    uint8_t *into = bytes->window + unread;
    size_t room = TRACE_BYTES_WINDOW - unread;
    size_t got = bytes->gzip ? read_gzip(bytes, into, room) : read_raw(bytes, into, room);
    bytes->cur = bytes->window;
    bytes->end = into + got;
    memset(into + got, 0, TRACE_BYTES_PAD);
    if (!got) {
        bytes->ended = true;
    }
    return got != 0;
}

/* The window begins with gzip's magic: what was read so far is zlib's input, and the window starts anew. */
static int start_gzip(struct trace_bytes *bytes)
{
    struct trace_gzip *gzip = malloc(sizeof *gzip);
    if (!gzip) {
        return TRACE_E_MEMORY;
    }
    memset(&gzip->stream, 0, sizeof gzip->stream);
    if (inflateInit2(&gzip->stream, 15 + 16) != Z_OK) {
        free(gzip);
        return TRACE_E_MEMORY;
    }
    size_t count = (size_t)(bytes->end - bytes->window);
    memcpy(gzip->raw, bytes->window, count);
    gzip->stream.next_in = gzip->raw;
    gzip->stream.avail_in = (uInt)count;
    gzip->between_members = false;
    bytes->gzip = gzip;
    bytes->cur = bytes->end = bytes->window;
    bytes->ended = false;
    bytes->error = 0;
    trace_bytes_more(bytes);
    return 0;
}

static int start(struct trace_bytes *bytes)
{
    bytes->line = 1;
    bytes->window = malloc(TRACE_BYTES_WINDOW + TRACE_BYTES_PAD);
    if (!bytes->window) {
        return TRACE_E_MEMORY;
    }
    bytes->cur = bytes->end = bytes->window;
    while (bytes->end - bytes->cur < 2 && trace_bytes_more(bytes)) {}
    bool gzip = bytes->end - bytes->cur >= 2 && bytes->cur[0] == 0x1F && bytes->cur[1] == 0x8B;
    return gzip ? start_gzip(bytes) : bytes->error;
}

int trace_bytes_open(struct trace_bytes *bytes, const char *path)
{
    *bytes = (struct trace_bytes){.fd = STDIN_FILENO};
    if (strcmp(path, "-") != 0) {
        bytes->fd = open(path, O_RDONLY | O_CLOEXEC);
        if (bytes->fd < 0) {
            return TRACE_E_OPEN;
        }
        bytes->close_fd = true;
    }
    struct stat status;
    int code = 0;
    if (fstat(bytes->fd, &status) != 0) {
        code = TRACE_E_OPEN;
    } else if (S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        code = TRACE_E_OPEN;
    } else {
        if (S_ISREG(status.st_mode)) {
            bytes->raw_all = (uint64_t)status.st_size;
        }
        code = start(bytes);
    }
    if (code) {
        int why = errno;
        trace_bytes_close(bytes);
        errno = why;
    }
    return code;
}

int trace_bytes_open_memory(struct trace_bytes *bytes, const void *data, size_t count)
{
    *bytes = (struct trace_bytes){.fd = -1, .memory = data, .memory_left = count, .raw_all = count};
    int code = start(bytes);
    if (code) {
        trace_bytes_close(bytes);
    }
    return code;
}

void trace_bytes_close(struct trace_bytes *bytes)
{
    if (bytes->gzip) {
        inflateEnd(&bytes->gzip->stream);
    }
    free(bytes->gzip);
    free(bytes->window);
    if (bytes->close_fd) {
        close(bytes->fd);
    }
    *bytes = (struct trace_bytes){.fd = -1};
}
