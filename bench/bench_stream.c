/* bench_stream.c: a trace of any size that needs no disk: made while it is read, by a fixed seed, into a command's standard input; then the
 * command's seconds and its peak memory, as the kernel counted it (wait4).
 *
 * usage: bench_stream [--json] [--limit MIB] GIGABYTES [NAME COMMAND…]
 *
 * Without a command the trace goes to standard output. With 0 gigabytes the command runs without it. Exit 1 if the command failed or took more
 * than the limit (default 64 MiB). About as many allocs as frees, 4096 places for blocks of at most 255 bytes, with times and sites.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LIVE = 4096, BUFFER = 1 << 16, LINE = 128 };

static const char header[] =
    "{\"format\":\"heaplab-trace\",\"version\":1,\"meta\":{\"name\":\"stream\",\"time_unit\":\"us\"},\"sites\":[\"a\",\"b\",\"c\",\"d\"]}\n";

struct generator { uint64_t state, id, t, live[LIVE], bytes, events; };

static char *put_text(char *at, const char *text)
{
    const size_t bytes = strlen(text);
    memcpy(at, text, bytes);
    return at + bytes;
}

static char *put_number(char *at, uint64_t value)
{
    char digits[20];
    int count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (count) {
        *at++ = digits[--count];
    }
    return at;
}

static char *put_event(struct generator *generator, char *at)
{
    generator->state = generator->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    const uint64_t random = generator->state >> 33;
    uint64_t *place = &generator->live[random % LIVE];
    generator->t += random % 7;
    generator->events++;
    if (*place) {
        at = put_number(put_text(at, "{\"op\":\"free\",\"id\":"), *place);
        *place = 0;
    } else {
        *place = ++generator->id;
        at = put_number(put_text(at, "{\"op\":\"alloc\",\"id\":"), *place);
        at = put_number(put_text(at, ",\"size\":"), 1 + (random >> 12) % 255);
        at = put_number(put_text(at, ",\"site\":"), random >> 20 & 3);
    }
    return put_text(put_number(put_text(at, ",\"t\":"), generator->t), "}\n");
}

static bool write_all(int fd, const char *bytes, size_t count)
{
    while (count) {
        const ssize_t wrote = write(fd, bytes, count);
        if (wrote < 0 && errno != EINTR) {
            return false;
        }
        bytes += wrote < 0 ? 0 : wrote;
        count -= wrote < 0 ? 0 : (size_t)wrote;
    }
    return true;
}

/* At least so many bytes of whole lines. False if nobody reads them. */
static bool generate(struct generator *generator, int fd, uint64_t most)
{
    static char buffer[BUFFER + LINE];
    char *at = put_text(buffer, header);
    while (generator->bytes < most) {
        while (at < buffer + BUFFER) {
            at = put_event(generator, at);
        }
        if (!write_all(fd, buffer, (size_t)(at - buffer))) {
            return false;
        }
        generator->bytes += (uint64_t)(at - buffer);
        at = buffer;
    }
    return true;
}

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Starts the command; where `fd` is wanted, it gets the pipe's end that the command reads from. */
static pid_t start(char **command, int *fd)
{
    int ends[2] = {-1, -1};
    if (fd != NULL && pipe(ends) != 0) {
        return -1;
    }
    const pid_t child = fork();
    if (child == 0) {
        if (fd != NULL) {
            dup2(ends[0], STDIN_FILENO);
            close(ends[0]);
            close(ends[1]);
        }
        execvp(command[0], command);
        fprintf(stderr, "bench_stream: %s: %s\n", command[0], strerror(errno));
        _exit(127);
    }
    if (fd != NULL) {
        close(ends[0]);
        *fd = ends[1];
    }
    return child;
}

/* Runs the command over the stream (or without, 0 bytes) and reports; the exit code. */
static int run(struct generator *generator, uint64_t bytes, double limit_mib, bool json, const char *name, char **command)
{
    int fd = -1, status = 0;
    struct rusage usage = {0};
    const double begin = now_seconds();
    const pid_t child = start(command, bytes ? &fd : NULL);
    if (child < 0) {
        perror("bench_stream");
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    const bool whole = bytes == 0 || generate(generator, fd, bytes);
    if (fd >= 0) {
        close(fd);
    }
    while (wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {}
    const double seconds = now_seconds() - begin, peak = (double)usage.ru_maxrss / 1024;
    const double used = (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec * 1e-6;
    const bool good = whole && WIFEXITED(status) && WEXITSTATUS(status) == 0, small = peak <= limit_mib;
    if (json) {
        printf("{\"name\": \"stream_peak %s\", \"value\": %.1f, \"unit\": \"MiB\", \"peer\": \"limit\", \"peer_value\": %.1f}\n", name, peak, limit_mib);
        printf("{\"name\": \"stream_speed %s\", \"value\": %.1f, \"unit\": \"MB/s\", \"peer\": null, \"peer_value\": null}\n", name,
               (double)generator->bytes / seconds / 1e6);
    } else {
        printf("%-28s ", name);
        if (bytes != 0) {
            printf("%8.3f GB %12" PRIu64 " events %7.0f MB/s ", (double)generator->bytes / 1e9, generator->events, (double)generator->bytes / seconds / 1e6);
        }
        printf("%7.1f s (%.1f s of user time)  peak %6.1f MiB  %s\n", seconds, used, peak, !good ? "FAILED" : small ? "ok" : "TOO MUCH MEMORY");
    }
    return good && small ? 0 : 1;
}

int main(int argc, char **argv)
{
    static struct generator generator = {.state = 1};
    double limit_mib = 64;
    bool json = false;
    int at = 1;
    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
        if (strcmp(argv[at], "--json") == 0) {
            json = true;
        } else if (strcmp(argv[at], "--limit") == 0 && at + 1 < argc) {
            limit_mib = strtod(argv[++at], NULL);
        } else {
            at = argc;
        }
    }
    char *rest = NULL;
    const double gigabytes = at < argc ? strtod(argv[at], &rest) : -1;
    if (gigabytes < 0 || gigabytes > 1e6 || rest == argv[at] || *rest != '\0' || at + 2 == argc) {
        fprintf(stderr, "usage: %s [--json] [--limit MIB] GIGABYTES [NAME COMMAND…]\n", argv[0]);
        return 2;
    }
    const uint64_t bytes = (uint64_t)(gigabytes * 1e9);
    if (at + 1 == argc) {
        return generate(&generator, STDOUT_FILENO, bytes) ? 0 : 1;
    }
    return run(&generator, bytes, limit_mib, json, argv[at + 1], argv + at + 2);
}
