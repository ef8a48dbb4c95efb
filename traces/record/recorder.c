/* recorder.c: the recorded functions. Preloaded into a program, each passes the call on to the next allocator (glibc's, as a rule)
 * and logs what was asked, by whom and what came of it.
 *
 * Invariants: a free and a realloc's begin are logged before the real call, a block's beginning after it (record_log.h says why).
 * A call that arrives while the same thread is inside a recorded function is the allocator's own business and is passed on unseen.
 * dlsym may allocate while it looks up the next allocator: that memory comes from a small static arena and is never given back.
 * free(NULL) asks nothing of a heap and is not logged.
 *
 * Cost a call: a thread-local flag, 24 bytes written, the time-stamp counter; no lock, no system call but one in several thousand. */
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recorder_log.h"

#define EXPORT __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)
#define BOOT_BYTES 16384U
#define BOOT_ALIGN 16U

static _Alignas(BOOT_ALIGN) unsigned char boot_arena[BOOT_BYTES];
static _Atomic size_t boot_used;

static bool is_boot(const void *ptr) { return (uintptr_t)ptr - (uintptr_t)boot_arena < BOOT_BYTES; }

static void *boot_take(size_t size)
{
    if (size > BOOT_BYTES) {
        return NULL;
    }
    size_t need = (size + BOOT_ALIGN - 1) / BOOT_ALIGN * BOOT_ALIGN;
    size_t at = atomic_fetch_add(&boot_used, need);
    return at > BOOT_BYTES - need ? NULL : boot_arena + at;
}

/* The next allocator. Until the first call has looked it up, the pointers lead to functions that do so. */
static void *first_malloc(size_t size);
static void *first_calloc(size_t count, size_t size);
static void *first_realloc(void *ptr, size_t size);
static void first_free(void *ptr);
static void *first_memalign(size_t align, size_t size);
static void *first_aligned_alloc(size_t align, size_t size);
static int first_posix_memalign(void **out, size_t align, size_t size);
static void *first_valloc(size_t size);
static void *first_pvalloc(size_t size);

static struct {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void (*free)(void *);
    void *(*memalign)(size_t, size_t);
    void *(*aligned_alloc)(size_t, size_t);
    int (*posix_memalign)(void **, size_t, size_t);
    void *(*valloc)(size_t);
    void *(*pvalloc)(size_t);
} next = {first_malloc,        first_calloc,         first_realloc, first_free,   first_memalign,
          first_aligned_alloc, first_posix_memalign, first_valloc,  first_pvalloc};

static bool looking_up;

#define LOOK_UP(name)                                                  \
    do {                                                               \
        void *address = dlsym(RTLD_NEXT, #name);                       \
        if (address != NULL)                                           \
            memcpy(&next.name, &address, sizeof address);              \
    } while (0)

/* False while a look-up is under way: the caller is dlsym. */
static bool look_up_next(void)
{
    if (looking_up) {
        return false;
    }
    looking_up = true;
    LOOK_UP(malloc);
    LOOK_UP(calloc);
    LOOK_UP(realloc);
    LOOK_UP(free);
    LOOK_UP(memalign);
    LOOK_UP(aligned_alloc);
    LOOK_UP(posix_memalign);
    LOOK_UP(valloc);
    LOOK_UP(pvalloc);
    looking_up = false;
    return true;
}

static void *first_malloc(size_t size) { return look_up_next() ? next.malloc(size) : boot_take(size); }

static void *first_calloc(size_t count, size_t size)
{
    if (look_up_next()) {
        return next.calloc(count, size);
    }
    return size != 0 && count > BOOT_BYTES / size ? NULL : boot_take(count * size); /* the arena is zero and never reused */
}

static void *first_realloc(void *ptr, size_t size)
{
    if (look_up_next()) {
        return next.realloc(ptr, size);
    }
    void *fresh = boot_take(size);
    if (fresh != NULL && ptr != NULL) {
        memmove(fresh, ptr, size);
    }
    return fresh;
}

static void first_free(void *ptr)
{
    if (look_up_next()) {
        next.free(ptr);
    }
}

static void *first_memalign(size_t align, size_t size) { return look_up_next() ? next.memalign(align, size) : NULL; }
static void *first_aligned_alloc(size_t align, size_t size) { return look_up_next() ? next.aligned_alloc(align, size) : NULL; }
static void *first_valloc(size_t size) { return look_up_next() ? next.valloc(size) : NULL; }
static void *first_pvalloc(size_t size) { return look_up_next() ? next.pvalloc(size) : NULL; }

static int first_posix_memalign(void **out, size_t align, size_t size)
{
    return look_up_next() ? next.posix_memalign(out, align, size) : ENOMEM;
}

/* Enters a recorded function; false if this thread is inside one already. */
static bool enter(void)
{
    if (LOG_UNLIKELY(log_self.inside)) {
        return false;
    }
    log_self.inside = true;
    return true;
}

static void leave(void) { log_self.inside = false; }

static size_t page_bytes(void) { return (size_t)sysconf(_SC_PAGESIZE); }

/* log2 + 1 of an alignment as record_log.h codes it; memalign takes any number and rounds it up to a power of two. */
static uint32_t align_code(size_t align)
{
    uint32_t code = 1;
    for (size_t power = 1; power < align && power <= SIZE_MAX / 2; power *= 2) {
        code++;
    }
    return code;
}

EXPORT void *malloc(size_t size)
{
    if (!enter()) {
        return next.malloc(size);
    }
    void *ptr = next.malloc(size);
    log_put_sized(RECORD_ALLOC, ptr, size, 0, CALLER);
    leave();
    return ptr;
}

EXPORT void *calloc(size_t count, size_t size)
{
    if (!enter()) {
        return next.calloc(count, size);
    }
    void *ptr = next.calloc(count, size);
    if (count != 1) {
        log_put_sized(RECORD_COUNT, NULL, count, 0, CALLER);
    }
    log_put_sized(RECORD_CALLOC, ptr, size, 0, CALLER);
    leave();
    return ptr;
}

EXPORT void free(void *ptr)
{
    if (ptr == NULL || is_boot(ptr)) {
        return;
    }
    if (!enter()) {
        next.free(ptr);
        return;
    }
    log_put(RECORD_FREE, ptr, 0, 0, CALLER);
    next.free(ptr);
    leave();
}

static void *realloc_boot(void *ptr, size_t size, const void *caller)
{
    void *fresh = next.malloc(size);
    log_put_sized(RECORD_ALLOC, fresh, size, 0, caller);
    size_t rest = (size_t)(boot_arena + BOOT_BYTES - (unsigned char *)ptr);
    if (fresh != NULL) {
        memcpy(fresh, ptr, size < rest ? size : rest);
    }
    return fresh;
}

static void *record_realloc(void *ptr, size_t size, const void *caller)
{
    if (is_boot(ptr)) {
        return realloc_boot(ptr, size, caller);
    }
    if (ptr == NULL) {
        void *fresh = next.realloc(NULL, size);
        log_put_sized(RECORD_ALLOC, fresh, size, 0, caller);
        return fresh;
    }
    log_put(RECORD_REALLOC_BEGIN, ptr, 0, 0, caller);
    void *moved = next.realloc(ptr, size);
    log_put_sized(RECORD_REALLOC_END, moved, size, 0, caller);
    return moved;
}

EXPORT void *realloc(void *ptr, size_t size)
{
    if (!enter()) {
        return next.realloc(ptr, size);
    }
    void *result = record_realloc(ptr, size, CALLER);
    leave();
    return result;
}

/* glibc's own would call realloc: the product is checked here, so that the call is seen once and with its caller. */
EXPORT void *reallocarray(void *ptr, size_t count, size_t size)
{
    bool fits = size == 0 || count <= SIZE_MAX / size;
    if (fits && log_self.inside) {
        return next.realloc(ptr, count * size);
    }
    if (!enter()) {
        errno = ENOMEM;
        return NULL;
    }
    void *result = NULL;
    if (fits) {
        result = record_realloc(ptr, count * size, CALLER);
    } else {
        if (ptr != NULL && !is_boot(ptr)) {
            log_put(RECORD_REALLOC_BEGIN, ptr, 0, 0, CALLER);
            log_put_sized(RECORD_REALLOC_END, NULL, SIZE_MAX, 0, CALLER);
        } else {
            log_put_sized(RECORD_ALLOC, NULL, SIZE_MAX, 0, CALLER);
        }
        errno = ENOMEM;
    }
    leave();
    return result;
}

EXPORT void *memalign(size_t align, size_t size)
{
    if (!enter()) {
        return next.memalign(align, size);
    }
    void *ptr = next.memalign(align, size);
    log_put_sized(RECORD_ALLOC, ptr, size, align_code(align), CALLER);
    leave();
    return ptr;
}

EXPORT void *aligned_alloc(size_t align, size_t size)
{
    if (!enter()) {
        return next.aligned_alloc(align, size);
    }
    void *ptr = next.aligned_alloc(align, size);
    log_put_sized(RECORD_ALLOC, ptr, size, align_code(align), CALLER);
    leave();
    return ptr;
}

/* A refused alignment (EINVAL) is a mistake in the call, not a request to a heap: it is not logged. */
EXPORT int posix_memalign(void **out, size_t align, size_t size)
{
    if (!enter()) {
        return next.posix_memalign(out, align, size);
    }
    void *ptr = NULL;
    int result = next.posix_memalign(&ptr, align, size);
    if (result == 0 || result == ENOMEM) {
        log_put_sized(RECORD_ALLOC, result == 0 ? ptr : NULL, size, align_code(align), CALLER);
    }
    if (result == 0) {
        *out = ptr;
    }
    leave();
    return result;
}

EXPORT void *valloc(size_t size)
{
    if (!enter()) {
        return next.valloc(size);
    }
    void *ptr = next.valloc(size);
    log_put_sized(RECORD_ALLOC, ptr, size, align_code(page_bytes()), CALLER);
    leave();
    return ptr;
}

/* pvalloc asks for whole pages: that is the size logged. */
EXPORT void *pvalloc(size_t size)
{
    if (!enter()) {
        return next.pvalloc(size);
    }
    void *ptr = next.pvalloc(size);
    size_t page = page_bytes();
    log_put_sized(RECORD_ALLOC, ptr, size > SIZE_MAX - page ? size : (size + page - 1) / page * page, align_code(page),
                  CALLER);
    leave();
    return ptr;
}
