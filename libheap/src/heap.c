/* heap.c: the one boundary between a program and its policy. Arguments are checked here once for all policies, pointers become
 * offsets, calls are counted and locked, and a request that finds no block asks the out-of-memory hook. */
#include "arena.h"

#include "image.h"

#ifdef HEAP_ONE_POLICY
#define HEAP_EXPAND(MACRO, NAME) MACRO(NAME)
#define HEAP_JOIN2(name, function) heap_##name##_##function
#define HEAP_JOIN(name, function) HEAP_JOIN2(name, function)
HEAP_EXPAND(HEAP_POLICY_PROTOTYPES, HEAP_ONE_POLICY);
#define HEAP_TABLE2(name) heap_policy_##name
#define HEAP_TABLE(name) HEAP_TABLE2(name)
extern const struct heap_policy HEAP_TABLE(HEAP_ONE_POLICY);
#define POLICY(heap, function) HEAP_JOIN(HEAP_ONE_POLICY, function)
#define INSPECT(heap) (&HEAP_JOIN(HEAP_ONE_POLICY, inspect))
#define READY(heap) ((heap)->bytes != 0)
#else
#define POLICY(heap, function) ((heap)->policy->function)
#define INSPECT(heap) ((heap)->policy->inspect)
#define READY(heap) ((heap)->policy != NULL)
#endif

static inline void heap_lock(const struct heap *heap)
{
    if (heap->hooks.lock != NULL) {
        heap->hooks.lock(heap->hooks.ctx);
    }
}

static inline void heap_unlock(const struct heap *heap)
{
    if (heap->hooks.unlock != NULL) {
        heap->hooks.unlock(heap->hooks.ctx);
    }
}

/* ---- counting ---- */

static inline void count_bytes(struct heap *heap, heap_off off, uint32_t gone)
{
#if HEAP_COUNT_BYTES
    struct heap_counters *counters = &heap->counters;
    counters->used_bytes -= gone;
    counters->used_bytes += off == HEAP_NONE ? 0 : POLICY(heap, usable)(heap, off);
    if (counters->used_bytes > counters->peak_used_bytes) {
        counters->peak_used_bytes = counters->used_bytes;
    }
#else
    (void)heap, (void)off, (void)gone;
#endif
}

static inline uint32_t bytes_of(const struct heap *heap, heap_off off)
{
#if HEAP_COUNT_BYTES
    return POLICY(heap, usable)(heap, off);
#else
    (void)heap, (void)off;
    return 0;
#endif
}

static int refuse(struct heap *heap, int error)
{
    heap->error = error;
    heap->counters.refusals++;
    return error;
}

/* ---- set-up ---- */

#ifndef HEAP_ONE_POLICY
uint32_t heap_state_bytes(const struct heap_policy *policy)
{
    return HEAP_IMAGE_HEADER_BYTES + bits_up(policy->state_bytes, 8);
}
#else
uint32_t heap_state_bytes(const struct heap_policy *policy)
{
    (void)policy;
    return HEAP_IMAGE_HEADER_BYTES + bits_up(HEAP_TABLE(HEAP_ONE_POLICY).state_bytes, 8);
}
#endif

/* Rounds [memory, memory + bytes) inwards to multiples of 8. False if nothing is left or it is too long for 32-bit offsets. */
static bool trim(void *memory, size_t bytes, struct heap_region *region)
{
    const size_t skip = (8u - ((uintptr_t)memory & 7u)) & 7u;
    if (memory == NULL || bytes < skip + 8 || bytes - skip >= UINT32_MAX - HEAP_MAX_ALIGN) {
        return false;
    }
    region->base = (uint8_t *)memory + skip;
    region->bytes = (uint32_t)(bytes - skip) & ~7u;
    return true;
}

static uint32_t arena_alignment(const struct heap_region *region)
{
    const uint32_t address = (uint32_t)((uintptr_t)region->base & (HEAP_MAX_ALIGN - 1));
    return bits_lowest_power(address | region->first | HEAP_MAX_ALIGN);
}

static const struct heap_config all_defaults;

int heap_init(struct heap *heap, const struct heap_config *config, void *memory, size_t bytes)
{
    config = config != NULL ? config : &all_defaults;
    memset(heap, 0, sizeof *heap);
#ifdef HEAP_ONE_POLICY
    const struct heap_policy *policy = config->policy != NULL ? config->policy : &HEAP_TABLE(HEAP_ONE_POLICY);
#else
    const struct heap_policy *policy = config->policy;
#endif
    struct heap_region region = {NULL, 0, 0};
    const uint32_t alignment = config->alignment == 0 ? 8 : config->alignment;
    if (policy == NULL || !trim(memory, bytes, &region)) {
        return HEAP_E_ARGUMENT;
    }
    if (alignment != 4 && alignment != 8 && alignment != 16) {
        return HEAP_E_ALIGNMENT;
    }
    uint8_t *state = config->state;
    const uint32_t state_bytes = heap_state_bytes(policy);
    if (state == NULL) {
        if (region.bytes < state_bytes + 8) {
            return HEAP_E_TOO_SMALL;
        }
        state = region.base;
        region.base += state_bytes;
        region.bytes -= state_bytes;
    }
    heap->base = region.base;
    heap->bytes = region.bytes;
    heap->alignment = alignment;
    heap->arena_align = arena_alignment(&region);
    heap->state = state + HEAP_IMAGE_HEADER_BYTES;
    heap->checks = config->checks == 0 ? HEAP_CHECKS : config->checks;
    heap->region_count = 1;
    heap->regions[0] = region;
    heap->hooks = config->hooks;
    memcpy(heap->params, config->params, sizeof heap->params);
    heap_image_write(state, policy, heap);
    memset(heap->state, 0, policy->state_bytes);
    const int error = heap->arena_align < alignment ? HEAP_E_ALIGNMENT : POLICY(config, init)(heap);
    if (error != HEAP_OK) {
        memset(heap, 0, sizeof *heap); /* every later call then fails safely */
        return error;
    }
    heap->policy = policy;
    return HEAP_OK;
}

int heap_add_region(struct heap *heap, void *memory, size_t bytes)
{
    struct heap_region region = {NULL, 0, 0};
    if (!READY(heap) || !trim(memory, bytes, &region)) {
        return HEAP_E_ARGUMENT;
    }
    heap_lock(heap);
    int error = heap->region_count == HEAP_MAX_REGIONS                                  ? HEAP_E_REGIONS
                : region.bytes >= UINT32_MAX - HEAP_MAX_ALIGN - heap->bytes ? HEAP_E_ARGUMENT
                                                                            : HEAP_OK;
    if (error == HEAP_OK) {
        const uint32_t old_align = heap->arena_align;
        region.first = heap->bytes;
        const uint32_t align = arena_alignment(&region);
        heap->regions[heap->region_count++] = region;
        heap->bytes += region.bytes;
        heap->arena_align = align < old_align ? align : old_align;
        error = heap->arena_align < heap->alignment ? HEAP_E_ALIGNMENT : POLICY(heap, add_region)(heap, heap->region_count - 1);
        if (error != HEAP_OK) {
            heap->region_count--;
            heap->bytes -= region.bytes;
            heap->arena_align = old_align;
        } else {
            heap_image_update(heap);
        }
    }
    heap_unlock(heap);
    return error;
}

/* ---- allocation ---- */

/* One attempt under the lock, and one more if the hook says that it has helped. off = HEAP_NONE: a new block; else realloc. */
static heap_off serve(struct heap *heap, heap_off off, struct heap_layout old, size_t size, uint32_t align)
{
    for (bool again = true;; again = false) {
        heap_lock(heap);
        heap->error = HEAP_OK;
        heap_off found = HEAP_NONE;
        if (size < heap->bytes) {
            const uint32_t gone = off == HEAP_NONE ? 0 : bytes_of(heap, off);
            found = off == HEAP_NONE ? POLICY(heap, alloc)(heap, (uint32_t)size, align)
                                     : POLICY(heap, realloc)(heap, off, old, (uint32_t)size);
            if (found != HEAP_NONE) {
                count_bytes(heap, found, gone);
                heap->counters.allocations += off == HEAP_NONE;
                heap->counters.reallocations += off != HEAP_NONE;
                heap_unlock(heap);
                return found;
            }
        }
        if (heap->error != HEAP_OK) { /* the policy refused the pointer */
            heap->counters.refusals++;
            heap_unlock(heap);
            return HEAP_NONE;
        }
        heap->error = size < heap->bytes ? HEAP_E_NO_MEMORY : HEAP_E_TOO_LARGE;
        heap_unlock(heap);
        const struct heap_layout request = {size < UINT32_MAX ? (uint32_t)size : UINT32_MAX, align};
        if (!again || heap->hooks.out_of_memory == NULL || !heap->hooks.out_of_memory(heap->hooks.ctx, heap, request)) {
            heap->counters.failures++;
            return HEAP_NONE;
        }
    }
}

static const struct heap_layout no_layout;

static void *at_or_null(struct heap *heap, heap_off off)
{
    return off == HEAP_NONE ? NULL : arena_at(heap, off);
}

void *heap_malloc(struct heap *heap, size_t size)
{
    if (size == 0) {
        heap->error = HEAP_OK;
        return NULL;
    }
    return at_or_null(heap, serve(heap, HEAP_NONE, no_layout, size, heap->alignment));
}

void *heap_aligned_alloc(struct heap *heap, size_t align, size_t size)
{
    if (align == 0 || (align & (align - 1)) != 0 || align > heap->arena_align) {
        (void)refuse(heap, HEAP_E_ALIGNMENT);
        return NULL;
    }
    if (size == 0) {
        heap->error = HEAP_OK;
        return NULL;
    }
    const uint32_t wanted = (uint32_t)align;
    return at_or_null(heap, serve(heap, HEAP_NONE, no_layout, size, wanted > heap->alignment ? wanted : heap->alignment));
}

void *heap_calloc(struct heap *heap, size_t count, size_t size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        bytes = SIZE_MAX; /* no heap serves that */
    }
    void *pointer = heap_malloc(heap, bytes);
    if (pointer != NULL) {
        memset(pointer, 0, bytes);
    }
    return pointer;
}

/* ---- pointers that come back ---- */

/* HEAP_OK and *off, or why the pointer cannot be one of ours. */
static int locate(const struct heap *heap, const void *pointer, heap_off *off)
{
    *off = heap_offset_of(heap, pointer);
    if (!heap_checked(heap)) {
        return HEAP_OK;
    }
    return *off == HEAP_NONE ? HEAP_E_FOREIGN : (*off & (heap->alignment - 1)) != 0 ? HEAP_E_MISALIGNED : HEAP_OK;
}

int heap_free_sized(struct heap *heap, void *pointer, struct heap_layout layout)
{
    if (pointer == NULL) {
        return HEAP_OK;
    }
    heap_lock(heap);
    heap_off off = HEAP_NONE;
    int error = locate(heap, pointer, &off);
    if (error == HEAP_OK) {
        const uint32_t gone = bytes_of(heap, off);
        error = POLICY(heap, free)(heap, off, layout);
        if (error == HEAP_OK) {
            count_bytes(heap, HEAP_NONE, gone);
            heap->counters.frees++;
        }
    }
    if (error != HEAP_OK) {
        (void)refuse(heap, error);
    }
    heap_unlock(heap);
    return error;
}

int heap_free(struct heap *heap, void *pointer)
{
    return heap_free_sized(heap, pointer, no_layout);
}

void *heap_realloc_sized(struct heap *heap, void *pointer, struct heap_layout old, size_t size)
{
    if (pointer == NULL) {
        return old.align > heap->alignment ? heap_aligned_alloc(heap, old.align, size) : heap_malloc(heap, size);
    }
    if (size == 0) {
        heap->error = heap_free_sized(heap, pointer, old);
        return NULL;
    }
    heap_off off = HEAP_NONE;
    const int error = locate(heap, pointer, &off);
    if (error != HEAP_OK) {
        (void)refuse(heap, error);
        return NULL;
    }
    return at_or_null(heap, serve(heap, off, old, size, old.align > heap->alignment ? old.align : heap->alignment));
}

void *heap_realloc(struct heap *heap, void *pointer, size_t size)
{
    return heap_realloc_sized(heap, pointer, no_layout, size);
}

size_t heap_usable_size(struct heap *heap, const void *pointer)
{
    heap_off off = HEAP_NONE;
    heap_lock(heap);
    const size_t bytes = pointer == NULL || locate(heap, pointer, &off) != HEAP_OK ? 0 : POLICY(heap, usable)(heap, off);
    heap_unlock(heap);
    return bytes;
}

struct heap_counters heap_get_counters(struct heap *heap)
{
    heap_lock(heap);
    const struct heap_counters counters = heap->counters;
    heap_unlock(heap);
    return counters;
}

int heap_last_error(const struct heap *heap)
{
    return heap->error;
}

/* ---- looking inside ---- */

int heap_walk(struct heap *heap, heap_span_fn visit, void *ctx)
{
    if (!READY(heap)) {
        return HEAP_E_ARGUMENT;
    }
    heap_lock(heap);
    const int error = INSPECT(heap)->walk == NULL ? HEAP_E_UNSUPPORTED : INSPECT(heap)->walk(heap, visit, ctx);
    heap_unlock(heap);
    return error;
}

int heap_check(struct heap *heap, heap_off *where)
{
    heap_off place = HEAP_NONE;
    if (!READY(heap)) {
        return HEAP_E_ARGUMENT;
    }
    heap_lock(heap);
    const int error = INSPECT(heap)->check == NULL ? HEAP_E_UNSUPPORTED : INSPECT(heap)->check(heap, &place);
    heap_unlock(heap);
    if (where != NULL) {
        *where = place;
    }
    return error;
}
