/* trace_output.c: the file under a trace writer; see trace_output.h. */
#include "trace_output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static void free_output(struct trace_output *output)
{
    free(output->path);
    free(output->temporary);
    free(output);
}

/* A new file beside the path, with the permissions that a new file gets. */
static void open_temporary(struct trace_output *output, const char *path)
{
    size_t room = strlen(path) + 48;
    output->path = strdup(path);
    output->temporary = malloc(room);
    if (!output->path || !output->temporary) {
        return;
    }
    for (int attempt = 0; attempt < 100; attempt++) {
        snprintf(output->temporary, room, "%s.%ld-%d.tmp", path, (long)getpid(), attempt);
        output->fd = open(output->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (output->fd >= 0 || errno != EEXIST) {
            return;
        }
    }
}

struct trace_output *trace_output_open(const char *path, bool gzip)
{
    struct trace_output *output = calloc(1, sizeof *output);
    struct stat status;
    if (!output) {
        return NULL;
    }
    output->fd = -1;
    if (strcmp(path, "-") == 0) {
        output->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    } else if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        output->fd = open(path, O_WRONLY | O_CLOEXEC);
    } else {
        open_temporary(output, path);
        output->seekable = !gzip;
    }
    if (output->fd >= 0 && gzip) {
        output->gzip = gzdopen(output->fd, "wb6");
    }
    if (output->fd >= 0 && (!gzip || output->gzip)) {
        return output;
    }
    int why = errno ? errno : ENOMEM;
    if (output->fd >= 0) {
        close(output->fd);
        if (output->temporary) {
            unlink(output->temporary);
        }
    }
    free_output(output);
    errno = why;
    return NULL;
}

static void write_all(struct trace_output *output, const uint8_t *bytes, size_t count)
{
    while (count && !output->failed_errno) {
        errno = 0;
        ssize_t wrote = output->gzip ? gzwrite(output->gzip, bytes, (unsigned)count) : write(output->fd, bytes, count);
        if (wrote > 0) {
            bytes += wrote;
            count -= (size_t)wrote;
        } else if (errno != EINTR) {
            output->failed_errno = errno ? errno : EIO;
        }
    }
}

void trace_output_flush(struct trace_output *output)
{
    write_all(output, output->buffer, output->used);
    output->used = 0;
}

void trace_output_put(struct trace_output *output, const void *bytes, size_t count)
{
    if (count > sizeof output->buffer - output->used) {
        trace_output_flush(output);
    }
    if (count > sizeof output->buffer) {
        write_all(output, bytes, count);
        return;
    }
    memcpy(output->buffer + output->used, bytes, count);
    output->used += count;
}

void trace_output_patch(struct trace_output *output, uint64_t offset, const void *bytes, size_t count)
{
    trace_output_flush(output);
    if (!output->failed_errno && pwrite(output->fd, bytes, count, (off_t)offset) != (ssize_t)count) {
        output->failed_errno = errno ? errno : EIO;
    }
}

bool trace_output_close(struct trace_output *output, bool keep)
{
    if (keep) {
        trace_output_flush(output);
    }
    errno = 0;
    int closed = output->gzip ? gzclose(output->gzip) : close(output->fd);
    if (closed != 0 && !output->failed_errno) {
        output->failed_errno = errno ? errno : EIO;
    }
    int why = output->failed_errno;
    if (output->path) {
        if (keep && !why && rename(output->temporary, output->path) != 0) {
            why = errno;
        }
        if (!keep || why) {
            unlink(output->temporary);
        }
    }
    free_output(output);
    errno = why;
    return why == 0;
}
