/* heap.c: the one boundary between a program and its policy. Arguments are checked here once for all policies, pointers become
 * offsets, calls are counted and locked, and a request that finds no block asks the out-of-memory hook. */
#include "arena.h"

#include "image.h"
#include "short_ways.h"

/* In a one-policy build nothing refers to the policy's tables: what is not called is not linked. */
#ifdef HEAP_ONE_POLICY
#define HEAP_EXPAND(MACRO, NAME) MACRO(NAME)
#define HEAP_JOIN2(name, function) heap_##name##_##function
#define HEAP_JOIN(name, function) HEAP_JOIN2(name, function)
HEAP_EXPAND(HEAP_POLICY_PROTOTYPES, HEAP_ONE_POLICY);
#define POLICY(heap, function) HEAP_JOIN(HEAP_ONE_POLICY, function)
#define INSPECT(heap) (&HEAP_JOIN(HEAP_ONE_POLICY, inspect))
#else
#define POLICY(heap, function) ((heap)->policy->function)
#define INSPECT(heap) ((heap)->policy->inspect)
#endif

static struct heap_policy_identity identity_of(const struct heap_policy *policy)
{
#ifdef HEAP_ONE_POLICY
    (void)policy;
    return HEAP_JOIN(HEAP_ONE_POLICY, identity);
#else
    return (struct heap_policy_identity){policy->id, policy->state_bytes};
#endif
}

#define ALWAYS_INLINE __attribute__((always_inline))

static bool is_ready(const struct heap *heap) { return heap->bytes != 0; }

static bool names_policy(const struct heap_config *config)
{
#ifdef HEAP_ONE_POLICY
    return (void)config, true;
#else
    return config->policy != NULL;
#endif
}

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

/* After every change of the regions: what the short ways may take. */
static void open_short_ways(struct heap *heap)
{
    const bool open = heap->hooks.lock == NULL && heap->hooks.unlock == NULL && heap->alignment == HEAP_SHORT_ALIGN &&
                      heap->natural == HEAP_SHORT_ALIGN && !heap_faithful(heap) && heap->bytes != 0;
    heap->short_bytes = open ? heap->bytes - 1 : 0;
    heap->short_units = open ? heap->regions[0].bytes / HEAP_SHORT_ALIGN : 0;
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

/* The error is the last call's as long as no other succeeds: so the short ways need not take it back. */
static uint32_t successes(const struct heap *heap)
{
    return heap->counters.allocations + heap->counters.frees + heap->counters.reallocations;
}

static void note_error(struct heap *heap, int error)
{
    heap->error = error;
    heap->error_at = successes(heap);
}

static void refuse(struct heap *heap, int error)
{
    note_error(heap, error);
    heap->counters.refusals++;
}

/* ---- set-up ---- */

uint32_t heap_state_bytes(const struct heap_policy *policy)
{
    return HEAP_IMAGE_HEADER_BYTES + bits_up(identity_of(policy).state_bytes, 8);
}

/* Rounds [memory, memory + bytes) inwards to multiples of `unit`; offsets beyond its end must still fit 32 bits. */
static int trim(void *memory, size_t bytes, uint32_t unit, struct heap_region *region)
{
    const size_t skip = (unit - ((uintptr_t)memory & (unit - 1))) & (unit - 1);
    if (memory == NULL || bytes >= UINT32_MAX - 2 * HEAP_MAX_ALIGN) {
        return HEAP_E_ARGUMENT;
    }
    if (bytes < skip + unit) {
        return HEAP_E_TOO_SMALL;
    }
    region->base = (uint8_t *)memory + skip;
    region->bytes = (uint32_t)(bytes - skip) & ~(unit - 1);
    return HEAP_OK;
}

/* Regions keep the heap's alignment; 8 at least, which is the state's. */
static uint32_t region_unit(uint32_t alignment) { return alignment > 8 ? alignment : 8; }

/* Faithful replicas get what was given. */
static int take_memory(const struct heap *heap, void *memory, size_t bytes, uint32_t unit, struct heap_region *region)
{
    return trim(memory, bytes, heap_faithful(heap) ? 1 : unit, region);
}

static uint32_t arena_alignment(const struct heap *heap, const struct heap_region *region)
{
    if (heap_faithful(heap)) {
        return UINT32_C(1) << 31; /* of nominal addresses */
    }
    const uint32_t address = (uint32_t)((uintptr_t)region->base & (HEAP_MAX_ALIGN - 1));
    return bits_lowest_power(address | region->first | HEAP_MAX_ALIGN);
}

/* The nominal address of a region that was given as `memory` at `address`. HEAP_E_ARGUMENT where it is not congruent, or too high. */
static int name_region(const void *memory, uint32_t address, struct heap_region *region)
{
    region->address = address + (uint32_t)(region->base - (const uint8_t *)memory);
    const bool congruent = ((region->address ^ (uint32_t)(uintptr_t)region->base) & (HEAP_MAX_ALIGN - 1)) == 0;
    return congruent && region->address >= address && region->bytes <= UINT32_MAX - region->address ? HEAP_OK : HEAP_E_ARGUMENT;
}

static uint32_t place_in_page(const void *memory)
{
    return (uint32_t)((uintptr_t)memory & (HEAP_MAX_ALIGN - 1));
}

static bool is_replica(const struct heap_config *config)
{
#if HEAP_LAB
    return config->policy->inspect->replica != NULL;
#else
    return (void)config, false;
#endif
}

static const struct heap_config all_defaults;

int heap_init(struct heap *heap, const struct heap_config *config, void *memory, size_t bytes)
{
    config = config != NULL ? config : &all_defaults;
    memset(heap, 0, sizeof *heap);
    struct heap_region region = {NULL, 0, 0, 0};
    const uint32_t alignment = config->alignment == 0 ? 8 : config->alignment;
    if (!names_policy(config)) {
        return HEAP_E_POLICY;
    }
    if (((uintptr_t)config->state & 7u) != 0) {
        return HEAP_E_ARGUMENT;
    }
    if (alignment != 4 && alignment != 8 && alignment != 16) {
        return HEAP_E_ALIGNMENT;
    }
    const uint32_t unit = region_unit(alignment);
    heap->faithful = config->faithful && is_replica(config);
    int error = take_memory(heap, memory, bytes, unit, &region);
    if (error != HEAP_OK) {
        return error;
    }
    uint8_t *state = config->state;
    if (state == NULL) {
        const uint32_t state_bytes = bits_up(heap_state_bytes(config->policy), unit);
        if (region.bytes < state_bytes + unit) {
            return HEAP_E_TOO_SMALL;
        }
        state = region.base;
        region.base += state_bytes;
        region.bytes -= state_bytes;
    }
    error = name_region(memory, config->address != 0 ? config->address : HEAP_NOMINAL_BASE | place_in_page(memory), &region);
    if (error != HEAP_OK) {
        return error;
    }
    heap->base = region.base;
    heap->bytes = region.bytes;
    heap->alignment = heap->natural = alignment;
    heap->arena_align = arena_alignment(heap, &region);
    heap->state = state + HEAP_IMAGE_HEADER_BYTES;
    heap->checks = config->checks == 0 ? HEAP_CHECKS : config->checks;
    heap->region_count = 1;
    heap->regions[0] = region;
    heap->hooks = config->hooks;
    memcpy(heap->params, config->params, sizeof heap->params);
    heap->policy = config->policy;
    memset(heap->state, 0, identity_of(heap->policy).state_bytes);
    error = heap->arena_align < alignment ? HEAP_E_ALIGNMENT : POLICY(heap, init)(heap);
    if (error == HEAP_OK && config->alignment != 0 && config->alignment != heap->alignment) {
        error = HEAP_E_ALIGNMENT;
    }
    heap_image_write(heap, identity_of(heap->policy));
    open_short_ways(heap);
    if (error != HEAP_OK) {
        memset(heap, 0, sizeof *heap); /* every later call then fails safely */
    }
    return error;
}

/* With a region that has bytes, in memory or among the nominal addresses. */
static bool overlaps(const struct heap *heap, const struct heap_region *region)
{
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const struct heap_region *other = &heap->regions[i];
        const bool in_memory = region->base < other->base + other->bytes && other->base < region->base + region->bytes;
        const bool in_name = region->address < other->address + other->bytes && other->address < region->address + region->bytes;
        if (other->bytes != 0 && (in_memory || in_name)) {
            return true;
        }
    }
    return false;
}

/* Behind all regions, with a gap: what was not said to be adjacent is not. */
static uint32_t next_address(const struct heap *heap, const void *memory)
{
    uint32_t end = 0;
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const struct heap_region *region = &heap->regions[i];
        end = region->address + region->bytes > end ? region->address + region->bytes : end;
    }
    return bits_down(end, HEAP_MAX_ALIGN) + 2 * HEAP_MAX_ALIGN + place_in_page(memory);
}

int heap_add_region(struct heap *heap, void *memory, size_t bytes)
{
    return is_ready(heap) ? heap_add_region_at(heap, memory, bytes, next_address(heap, memory)) : HEAP_E_ARGUMENT;
}

int heap_add_region_at(struct heap *heap, void *memory, size_t bytes, uint32_t address)
{
    struct heap_region region = {NULL, 0, 0, 0};
    int error = is_ready(heap) ? take_memory(heap, memory, bytes, region_unit(heap->alignment), &region) : HEAP_E_ARGUMENT;
    error = error == HEAP_OK ? name_region(memory, address, &region) : error;
    if (error != HEAP_OK) {
        return error;
    }
    heap_lock(heap);
    error = heap->region_count == HEAP_MAX_REGIONS                          ? HEAP_E_REGIONS
                : overlaps(heap, &region)                                       ? HEAP_E_ARGUMENT
                : region.bytes >= UINT32_MAX - 2 * HEAP_MAX_ALIGN - heap->bytes ? HEAP_E_ARGUMENT
                                                                                : HEAP_OK;
    if (error == HEAP_OK) {
        const uint32_t old_align = heap->arena_align;
        region.first = heap->bytes;
        const uint32_t align = arena_alignment(heap, &region);
        heap->regions[heap->region_count++] = region;
        heap->bytes += region.bytes;
        heap->arena_align = align < old_align ? align : old_align;
        error = heap->arena_align < heap->alignment ? HEAP_E_ALIGNMENT : POLICY(heap, add_region)(heap, heap->region_count - 1);
        if (error != HEAP_OK) {
            heap->region_count--;
            heap->bytes -= region.bytes;
            heap->arena_align = old_align;
        } else {
            heap_image_write(heap, identity_of(heap->policy));
            open_short_ways(heap);
        }
    }
    heap_unlock(heap);
    return error;
}

void arena_number_regions(struct heap *heap)
{
    heap->bytes = 0;
    for (uint32_t i = 0; i < heap->region_count; i++) {
        heap->regions[i].first = heap->bytes;
        heap->bytes += heap->regions[i].bytes;
    }
    heap->base = heap->regions[0].base;
}

/* The policy sees the handle as it will be; it may trim the region further. */
static int resize(struct heap *heap, uint32_t index, struct heap_region region)
{
    if (INSPECT(heap)->resize == NULL) {
        return HEAP_E_UNSUPPORTED;
    }
    const struct heap_region before = heap->regions[index];
    heap->regions[index].bytes = 0; /* does not overlap itself */
    const bool good = !overlaps(heap, &region) && region.bytes < UINT32_MAX - 2 * HEAP_MAX_ALIGN - (heap->bytes - before.bytes);
    heap->regions[index] = good ? region : before;
    arena_number_regions(heap);
    const int error = good ? INSPECT(heap)->resize(heap, index, &before) : HEAP_E_ARGUMENT;
    if (error != HEAP_OK) {
        heap->regions[index] = before;
    }
    arena_number_regions(heap);
    return error;
}

int heap_resize_region(struct heap *heap, uint32_t index, void *memory, size_t bytes)
{
    if (!is_ready(heap) || index >= heap->region_count) {
        return HEAP_E_ARGUMENT;
    }
    heap_lock(heap);
    const struct heap_region *old = &heap->regions[index];
    struct heap_region region = {NULL, 0, 0, 0};
    int error = take_memory(heap, memory, bytes, region_unit(heap->alignment), &region);
    if (error == HEAP_OK) {
        error = name_region(memory, old->address - (uint32_t)(old->base - (uint8_t *)memory), &region);
    }
    if (error == HEAP_OK) {
        error = resize(heap, index, region);
    }
    if (error == HEAP_OK) {
        heap_image_write(heap, identity_of(heap->policy));
        open_short_ways(heap);
    }
    heap_unlock(heap);
    return error;
}

/* ---- allocation ---- */

/* HEAP_OK and *off, or why the pointer cannot be one of ours. */
static inline int locate(const struct heap *heap, const void *pointer, heap_off *off)
{
    *off = arena_offset_of(heap, pointer);
    if (*off == HEAP_NONE) {
        return HEAP_E_FOREIGN;
    }
    return heap_checked(heap) && ((uintptr_t)pointer & (heap->alignment - 1)) != 0 ? HEAP_E_MISALIGNED : HEAP_OK;
}

/* HEAP_OK, or why the request never reaches the policy. A faithful replica gets every request that its machine can name. */
static inline int refusal_of(const struct heap *heap, size_t size, uint32_t align)
{
    if (heap_faithful(heap) ? (uint32_t)size != size : size >= heap->bytes) {
        return HEAP_E_TOO_LARGE;
    }
    return align > heap->arena_align ? HEAP_E_ALIGNMENT : HEAP_OK;
}

/* Both are inlined where it is known whether there is an old block, so that a program without realloc does not link the policy's.
 *
 * One attempt, under the lock; NULL: heap->error says why, HEAP_OK for a request of size 0. pointer NULL: a new block; else realloc.
 * align 0: the heap's own, which its memory has. */
static inline ALWAYS_INLINE void *attempt(struct heap *heap, const void *pointer, struct heap_layout old, size_t size, uint32_t align)
{
    heap_off off = HEAP_NONE, found = HEAP_NONE;
    uint32_t gone = 0;
    heap->error = pointer == NULL ? HEAP_OK : locate(heap, pointer, &off);
    if (heap->error == HEAP_OK) {
        heap->error = refusal_of(heap, size, pointer == NULL ? align : 0);
    }
    if (heap->error != HEAP_OK || (size == 0 && !heap_faithful(heap))) {
        return NULL;
    }
    if (pointer == NULL) {
        found = POLICY(heap, alloc)(heap, (uint32_t)size, align != 0 ? align : heap->natural);
    } else {
        gone = bytes_of(heap, off);
        found = POLICY(heap, realloc)(heap, off, old, (uint32_t)size);
    }
    if (found == HEAP_NONE) {
        if (heap->error == HEAP_RELEASED) {
            count_bytes(heap, HEAP_NONE, gone);
            heap->counters.frees++;
        }
        heap->error = heap->error == HEAP_OK ? HEAP_E_NO_MEMORY : heap->error;
        return NULL;
    }
    HEAP_ASSERT(((uintptr_t)arena_at(heap, found) & (heap->alignment - 1)) == 0);
    count_bytes(heap, found, gone);
    heap->counters.allocations += pointer == NULL;
    heap->counters.reallocations += pointer != NULL;
    return arena_at(heap, found);
}

static bool wants_memory(const struct heap *heap)
{
    return heap->error == HEAP_E_NO_MEMORY || heap->error == HEAP_E_TOO_LARGE;
}

/* Under the lock, which is given up meanwhile. */
static bool hook_helps(struct heap *heap, struct heap_layout request)
{
    const int error = heap->error;
    heap->asking = true;
    heap_unlock(heap);
    const bool helped = heap->hooks.out_of_memory(heap->hooks.ctx, heap, request);
    heap_lock(heap);
    heap->asking = false;
    heap->error = error; /* the hook's own calls may have set another */
    return helped;
}

/* After an attempt that gave NULL: shall there be another? If not, what failed is counted. Apart, so that a call that succeeds is short. */
static __attribute__((noinline)) bool tries_again(struct heap *heap, size_t size, uint32_t align, bool asked)
{
    const struct heap_layout request = {size < UINT32_MAX ? (uint32_t)size : UINT32_MAX, align != 0 ? align : heap->natural};
    if (!asked && !heap->asking && wants_memory(heap) && heap->hooks.out_of_memory != NULL && hook_helps(heap, request)) {
        return true;
    }
    if (heap->error < HEAP_OK) {
        heap->counters.failures += wants_memory(heap);
        heap->counters.refusals += !wants_memory(heap);
    }
    note_error(heap, heap->error);
    return false;
}

/* Attempts, and once more if the hook says that it has helped. */
static inline ALWAYS_INLINE void *serve(struct heap *heap, const void *pointer, struct heap_layout old, size_t size, uint32_t align)
{
    void *served = NULL;
    heap_lock(heap);
    for (bool asked = false;; asked = true) {
        served = attempt(heap, pointer, old, size, align);
        if (served != NULL || !tries_again(heap, size, align, asked)) {
            break;
        }
    }
    heap_unlock(heap);
    return served;
}

static const struct heap_layout no_layout;

static void *serve_new(struct heap *heap, size_t size, uint32_t align)
{
    return serve(heap, NULL, no_layout, size, align);
}

void *heap_long_malloc(struct heap *heap, size_t size)
{
    return serve_new(heap, size, 0);
}

#ifndef HEAP_ONE_POLICY
static inline heap_off table_alloc(struct heap *heap, uint32_t size, uint32_t align) { return heap->policy->alloc(heap, size, align); }

void *heap_malloc(struct heap *heap, size_t size)
{
    return heap_short_malloc(heap, size, table_alloc);
}
#endif

/* No layout's alignment is above HEAP_MAX_ALIGN; the arena's own limit is looked at under the lock. */
static bool is_alignment(const struct heap *heap, size_t align)
{
    return align <= (heap_faithful(heap) ? UINT32_C(1) << 31 : HEAP_MAX_ALIGN) && bits_is_power((uint32_t)align);
}

static void *refuse_alignment(struct heap *heap)
{
    heap_lock(heap);
    refuse(heap, HEAP_E_ALIGNMENT);
    heap_unlock(heap);
    return NULL;
}

/* Every payload has the heap's alignment; a faithful replica is asked for what was asked for. */
static uint32_t at_least(const struct heap *heap, uint32_t align)
{
    return align > heap->alignment || heap_faithful(heap) ? align : heap->alignment;
}

void *heap_aligned_alloc(struct heap *heap, size_t align, size_t size)
{
    return is_alignment(heap, align) ? serve_new(heap, size, at_least(heap, (uint32_t)align)) : refuse_alignment(heap);
}

void *heap_calloc(struct heap *heap, size_t count, size_t size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        bytes = SIZE_MAX; /* no heap serves that */
    }
    void *pointer = heap_malloc(heap, bytes);
    if (pointer != NULL) { /* a faithful replica may have taken bytes that wrapped for few: no more is cleared than the block has */
        memset(pointer, 0, heap_faithful(heap) && bytes > heap->bytes ? heap_usable_size(heap, pointer) : bytes);
    }
    return pointer;
}

/* ---- pointers that come back ---- */

int heap_long_free(struct heap *heap, void *pointer, struct heap_layout layout)
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
    note_error(heap, error);
    heap->counters.refusals += error != HEAP_OK;
    heap_unlock(heap);
    return error;
}

#ifndef HEAP_ONE_POLICY
static inline int table_free(struct heap *heap, heap_off off, struct heap_layout layout) { return heap->policy->free(heap, off, layout); }

int heap_free_sized(struct heap *heap, void *pointer, struct heap_layout layout)
{
    return heap_short_free(heap, pointer, layout, table_free);
}
#endif

int heap_free(struct heap *heap, void *pointer)
{
    return heap_free_sized(heap, pointer, no_layout);
}

void *heap_realloc_sized(struct heap *heap, void *pointer, struct heap_layout old, size_t size)
{
    if (old.align != 0 && !is_alignment(heap, old.align)) {
        return refuse_alignment(heap);
    }
    if (pointer != NULL && size == 0 && !heap_faithful(heap)) {
        (void)heap_free_sized(heap, pointer, old);
        return NULL;
    }
    const uint32_t align = at_least(heap, old.align != 0 ? old.align : heap->natural);
    return pointer == NULL ? serve_new(heap, size, align) : serve(heap, pointer, old, size, align);
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
    return heap->error_at == successes(heap) ? heap->error : HEAP_OK;
}

/* ---- looking inside ---- */

int heap_walk(struct heap *heap, heap_span_fn visit, void *ctx)
{
    if (!is_ready(heap)) {
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
    if (!is_ready(heap)) {
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
