/* hosted.c: the process that calls the C library's malloc, and the talk with it (hosted.h). Nothing but with glibc. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "hosted.h"

#if HOSTED_EXISTS

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* glibc's own, also where a sanitizer or a preloaded library has put another malloc in front. The word in front of a block is its
 * distance to the next one's, with three bits of flags. */
void *__libc_malloc(size_t bytes);
void __libc_free(void *pointer);

static size_t capacity(const void *pointer)
{
    return (((const size_t *)pointer)[-1] & ~(size_t)7) - sizeof(size_t);
}

enum operation { ALLOC, FREE, LIST };

struct request {
    uint32_t operation, operand;
};

/* One message; false when the other side is gone. */
static bool give(int socket, const void *message, size_t bytes)
{
    ssize_t sent = 0;
    do {
        sent = send(socket, message, bytes, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)bytes;
}

/* Its bytes, or 0 when the other side is gone. */
static size_t take(int socket, void *message, size_t room)
{
    ssize_t got = 0;
    do {
        got = recv(socket, message, room, 0);
    } while (got < 0 && errno == EINTR);
    return got > 0 ? (size_t)got : 0;
}

/* ---- the process ---- */

struct server {
    int socket;
    uint32_t limit;
    char *base;     /* place 0 */
    uint64_t *live; /* a bit a place */
    uint32_t used;  /* no place at or behind this bit was ever live */
};

static uint32_t bits_of(const struct server *server) { return server->limit / HOSTED_ALIGN; }
static bool is_live(const struct server *server, uint32_t bit) { return (server->live[bit / 64] >> bit % 64 & 1u) != 0; }
static void flip(struct server *server, uint32_t bit) { server->live[bit / 64] ^= UINT64_C(1) << bit % 64; }
static uint32_t bytes_at(const struct server *server, uint32_t at) { return (uint32_t)capacity(server->base + at); }

/* The first live place at or behind `bit`; HEAP_NONE: none. */
static uint32_t next_live(const struct server *server, uint32_t bit)
{
    while (bit < server->used && !is_live(server, bit)) {
        bit = bit % 64 == 0 && server->live[bit / 64] == 0 ? bit + 64 : bit + 1;
    }
    return bit < server->used ? bit : HEAP_NONE;
}

static uint32_t end_before(const struct server *server, uint32_t bit)
{
    while (bit-- != 0) {
        if (is_live(server, bit)) {
            return bit * HOSTED_ALIGN + bytes_at(server, bit * HOSTED_ALIGN);
        }
        bit = bit % 64 == 63 && server->live[bit / 64] == 0 ? bit - 63 : bit;
    }
    return HOSTED_FIRST;
}

static struct hosted_block describe(const struct server *server, uint32_t at)
{
    const uint32_t bit = at / HOSTED_ALIGN, next = next_live(server, bit + 1);
    return (struct hosted_block){at, bytes_at(server, at), end_before(server, bit),
                                 next == HEAP_NONE ? server->limit : next * HOSTED_ALIGN - HOSTED_HEADER};
}

static struct hosted_block serve_alloc(struct server *server, uint32_t bytes)
{
    const struct hosted_block none = {HEAP_NONE, 0, 0, 0};
    char *pointer = bytes < server->limit ? __libc_malloc(bytes) : NULL;
    if (pointer == NULL) {
        return none;
    }
    const uintptr_t at = (uintptr_t)pointer - (uintptr_t)server->base;
    const size_t usable = capacity(pointer);
    if (at % HOSTED_ALIGN != 0 || at / HOSTED_ALIGN >= bits_of(server) || usable > server->limit - at) {
        __libc_free(pointer);
        return none;
    }
    const uint32_t bit = (uint32_t)at / HOSTED_ALIGN;
    flip(server, bit);
    server->used = bit < server->used ? server->used : bit + 1;
    return describe(server, (uint32_t)at);
}

static struct hosted_block serve_free(struct server *server, uint32_t at)
{
    if (at % HOSTED_ALIGN != 0 || at / HOSTED_ALIGN >= bits_of(server) || !is_live(server, at / HOSTED_ALIGN)) {
        return (struct hosted_block){HEAP_NONE, 0, 0, 0};
    }
    const struct hosted_block block = describe(server, at);
    flip(server, at / HOSTED_ALIGN);
    __libc_free(server->base + at);
    return block;
}

static bool serve_list(const struct server *server, uint32_t at)
{
    struct hosted_block blocks[HOSTED_BATCH + 1];
    size_t count = 0;
    for (uint32_t bit = next_live(server, at / HOSTED_ALIGN); bit != HEAP_NONE && count < HOSTED_BATCH; bit = next_live(server, bit + 1)) {
        const uint32_t place = bit * HOSTED_ALIGN;
        blocks[count++] = (struct hosted_block){place, bytes_at(server, place), 0, 0};
    }
    blocks[count++] = (struct hosted_block){HEAP_NONE, 0, 0, 0}; /* no message is empty */
    return give(server->socket, blocks, count * sizeof *blocks);
}

/* Is this thread's part of the library's memory untouched? Its first blocks then lie side by side near its beginning, which is aligned to
 * 1 MiB at least. One small block stays in front. */
static bool is_fresh(struct server *server)
{
    const uintptr_t place_mask = (UINT32_C(1) << 20) - 1;
    char *first = __libc_malloc(1), *second = __libc_malloc(100000);
    const bool fresh = first != NULL && second != NULL && ((uintptr_t)first & place_mask) < 4096 && (uintptr_t)first % HOSTED_ALIGN == 0 &&
                       (uintptr_t)second - (uintptr_t)first == capacity(first) + HOSTED_HEADER;
    server->base = fresh ? second - HOSTED_ALIGN : NULL;
    __libc_free(second);
    return fresh;
}

struct attempt {
    struct server server;
    sem_t failed;
};

/* Serves until the other side is gone; a thread without fresh memory keeps what it got, so that the next one gets other. */
static void *serve(void *ctx)
{
    struct attempt *attempt = ctx;
    struct server *server = &attempt->server;
    struct request request;
    const struct hosted_block ready = {0, 0, 0, 0};
    if (!is_fresh(server)) {
        (void)sem_post(&attempt->failed);
        for (;;) {
            (void)pause();
        }
    }
    bool lives = give(server->socket, &ready, sizeof ready);
    while (lives && take(server->socket, &request, sizeof request) == sizeof request) {
        if (request.operation == LIST) {
            lives = serve_list(server, request.operand);
        } else {
            const bool allocs = request.operation == ALLOC;
            const struct hosted_block block = allocs ? serve_alloc(server, request.operand) : serve_free(server, request.operand);
            lives = give(server->socket, &block, sizeof block);
        }
    }
    _exit(0);
}

/* A new thread gets memory of its own, but for what the forking program's other threads had. */
#define TRIES 64

static _Noreturn void run_server(int socket, uint32_t limit)
{
    struct attempt attempt = {.server = {socket, limit, NULL, NULL, 0}};
    void *live = mmap(NULL, limit / HOSTED_ALIGN / 8 + 64, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    sigset_t all;
    (void)sigfillset(&all); /* a terminal's interrupt is for the program */
    (void)pthread_sigmask(SIG_BLOCK, &all, NULL);
    for (int other = 0; other < 1024; other++) { /* above all the program's pipes and other heaps' sockets */
        if (other != socket) {
            (void)close(other);
        }
    }
    (void)mallopt(M_MMAP_MAX, 0);
    (void)mallopt(M_ARENA_MAX, 4 * TRIES);
    if (live != MAP_FAILED && sem_init(&attempt.failed, 0, 0) == 0) {
        attempt.server.live = live;
        for (int i = 0; i < TRIES; i++) {
            pthread_t thread;
            if (pthread_create(&thread, NULL, serve, &attempt) != 0) {
                break;
            }
            while (sem_wait(&attempt.failed) != 0) {
            }
        }
    }
    _exit(1);
}

/* ---- the heap's side ---- */

/* State blocks that are served: a heap says nothing when its memory goes, but another one may come there. */
#define SERVED_MOST 64
#define HOSTED_PATIENCE_S 20
static struct {
    const struct hosted *hosted;
    struct hosted copy;
} served[SERVED_MOST];
static pthread_mutex_t served_lock = PTHREAD_MUTEX_INITIALIZER;

static void stop(struct hosted hosted)
{
    (void)close(hosted.socket);
    (void)kill(hosted.process, SIGKILL);
    while (waitpid(hosted.process, NULL, 0) < 0 && errno == EINTR) {
    }
}

/* Its place in the list, or a free one, or SERVED_MOST. */
static size_t find_served(const struct hosted *hosted)
{
    size_t found = SERVED_MOST;
    for (size_t i = 0; i < SERVED_MOST; i++) {
        if (served[i].hosted == hosted) {
            return i;
        }
        found = served[i].hosted == NULL ? i : found;
    }
    return found;
}

static bool start(struct hosted *hosted, uint32_t limit)
{
    int sockets[2];
    struct hosted_block ready;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
        return false;
    }
    const pid_t process = fork();
    if (process == 0) {
        run_server(sockets[1], limit);
    }
    (void)close(sockets[1]);
    if (process < 0) {
        (void)close(sockets[0]);
        return false;
    }
    const struct timeval patience = {HOSTED_PATIENCE_S, 0}; /* a fork at a bad moment may leave a lock that nobody holds */
    (void)setsockopt(sockets[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    *hosted = (struct hosted){sockets[0], process};
    if (take(sockets[0], &ready, sizeof ready) != sizeof ready) {
        stop(*hosted);
        return false;
    }
    return true;
}

void hosted_end(struct hosted *hosted)
{
    (void)pthread_mutex_lock(&served_lock);
    const size_t place = find_served(hosted);
    if (place != SERVED_MOST && served[place].hosted == hosted) {
        stop(served[place].copy);
        served[place].hosted = NULL;
    }
    (void)pthread_mutex_unlock(&served_lock);
}

int hosted_begin(struct hosted *hosted, uint32_t limit)
{
    hosted_end(hosted);
    (void)pthread_mutex_lock(&served_lock);
    const size_t place = find_served(hosted);
    const bool good = place != SERVED_MOST && start(hosted, limit);
    if (good) {
        served[place].hosted = hosted;
        served[place].copy = *hosted;
    }
    (void)pthread_mutex_unlock(&served_lock);
    return good ? HEAP_OK : HEAP_E_UNSUPPORTED;
}

static struct hosted_block ask(const struct hosted *hosted, enum operation operation, uint32_t operand)
{
    const struct request request = {operation, operand};
    struct hosted_block block;
    const bool answered = give(hosted->socket, &request, sizeof request) && take(hosted->socket, &block, sizeof block) == sizeof block;
    if (!answered) {
        (void)shutdown(hosted->socket, SHUT_RDWR); /* an answer that comes too late must not be taken for the next one */
        return (struct hosted_block){HEAP_NONE, 0, 0, 0};
    }
    return block;
}

struct hosted_block hosted_alloc(const struct hosted *hosted, uint32_t bytes) { return ask(hosted, ALLOC, bytes); }
struct hosted_block hosted_free(const struct hosted *hosted, uint32_t at) { return ask(hosted, FREE, at); }

int hosted_list(const struct hosted *hosted, uint32_t at, struct hosted_block *blocks)
{
    const struct request request = {LIST, at};
    struct hosted_block answer[HOSTED_BATCH + 1];
    const size_t bytes = give(hosted->socket, &request, sizeof request) ? take(hosted->socket, answer, sizeof answer) : 0;
    if (bytes == 0) {
        (void)shutdown(hosted->socket, SHUT_RDWR);
        return -1;
    }
    const size_t count = bytes / sizeof *answer - 1;
    memcpy(blocks, answer, count * sizeof *answer);
    return (int)count;
}
#endif
