/* lane.c: events to heap calls, and the bookkeeping beside them. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lane_private.h"
#include "waiters.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))
#define NEVER_INLINE __attribute__((noinline)) /* for what is rare, so that the rest needs few registers */
#define SMALL_MEMORY (2u << 20)
#define PAGE 4096u /* regions keep their offset's position in a page, so that alignments mean what they say */

/* ---- what the policy reports of its free blocks ---- */

void lane_touch(struct lane *lane, heap_off off, uint32_t bytes)
{
    const uint32_t all = lane->options.heap_bytes;
    const uint32_t from = off < all ? off : all, last = bytes <= all - from ? from + bytes : all;
    memset(lane->zones + (from >> lane->zone_shift), 1, (size_t)((last >> lane->zone_shift) - (from >> lane->zone_shift)) + 1);
}

static void on_free_added(void *ctx, heap_off off, uint32_t bytes)
{
    struct lane *lane = ctx;
    if (RARE(lane->zones != NULL)) {
        lane_touch(lane, off, bytes);
    }
    lane->now.free_bytes += bytes;
    lane->now.free_squares += (uint64_t)bytes * bytes; /* their sum stays below 2^64, because that of the sizes is below 2^32 */
    lane->now.free_blocks++;
    free_spans_add(&lane->spans, bytes);
}

static void on_free_removed(void *ctx, heap_off off, uint32_t bytes)
{
    struct lane *lane = ctx;
    if (RARE(lane->zones != NULL)) {
        lane_touch(lane, off, bytes);
    }
    lane->now.free_bytes -= bytes;
    lane->now.free_squares -= (uint64_t)bytes * bytes;
    lane->now.free_blocks--;
    free_spans_remove(&lane->spans, bytes);
}

static void on_step(void *ctx, enum heap_step step, heap_off off, uint32_t bytes)
{
    const struct lane *lane = ctx;
    lane->watch(lane->watch_ctx, step, off, bytes);
}

void lane_watch_steps(struct lane *lane, lane_step_fn watch, void *ctx)
{
    lane->watch = watch;
    lane->watch_ctx = ctx;
    lane->observer.step = watch == NULL ? NULL : on_step;
}

static bool count_span(void *ctx, const struct heap_span *span)
{
    struct lane *lane = ctx;
    if (span->kind == HEAP_FREE) {
        on_free_added(lane, span->off, span->size);
    }
    return true;
}

bool lane_count_free(struct lane *lane)
{
    free_spans_clear(&lane->spans);
    lane->now.free_bytes = lane->now.free_squares = lane->now.free_blocks = 0;
    return heap_walk(&lane->heap, count_span, lane) == HEAP_OK;
}

static bool cover_span(void *ctx, const struct heap_span *span)
{
    struct lane *lane = ctx;
    lane->out_of_memory = span->kind == HEAP_FREE && !cover_add_gap(&lane->cover, span->off, span->off + span->size);
    return !lane->out_of_memory;
}

/* ---- set-up ---- */

static uint32_t region_address(const struct lane *lane, uint32_t index)
{
    return lane->options.arena_base + lane->options.regions[index].offset;
}

/* Nominal addresses end below 2^32. */
static bool regions_fit(const struct lane *lane)
{
    bool fit = true;
    for (uint32_t i = 0; i < lane->options.region_count; i++) {
        fit = fit && (uint64_t)lane->options.arena_base + lane->options.regions[i].offset + lane->options.regions[i].bytes <= UINT32_MAX;
    }
    return fit;
}

/* The regions' indexes in order of address. */
static void sort_regions(const struct lane *lane, uint32_t order[LANE_MAX_REGIONS + 1])
{
    for (uint32_t i = 0; i < lane->options.region_count; i++) {
        uint32_t at = i;
        for (; at != 0 && region_address(lane, order[at - 1]) > region_address(lane, i); at--) {
            order[at] = order[at - 1];
        }
        order[at] = i;
    }
}

/* Each region on pages of its own, but for one that begins where another ends: replicas may join the two, whichever is given first. */
static void lay_out_memory(struct lane *lane)
{
    uint32_t order[LANE_MAX_REGIONS + 1] = {0};
    uint64_t last_end = 0; /* nominal address; none ends at 0 */
    size_t end = heap_state_bytes(lane->options.policy);
    sort_regions(lane, order);
    for (uint32_t n = 0; n < lane->options.region_count; n++) {
        const uint32_t i = order[n], address = region_address(lane, i);
        const size_t page = (end + PAGE - 1) / PAGE * PAGE;
        lane->region_at[i] = address == last_end ? end : page + address % PAGE;
        end = lane->region_at[i] + lane->options.regions[i].bytes;
        last_end = (uint64_t)address + lane->options.regions[i].bytes;
    }
    lane->memory_bytes = (end + PAGE - 1) / PAGE * PAGE;
}

static inline void refresh_now(struct lane *lane)
{
    lane->now.largest_free_bytes = free_spans_largest(&lane->spans);
    lane->now.in_use_bytes = lane->heap.bytes - lane->cover.largest;
}

/* Zero pages come from the system when they are touched: a huge heap that is little used costs little. A small one is sooner
 * cleared than given back and touched again. */
static bool zero_memory(struct lane *lane)
{
    if (lane->memory != NULL && lane->memory_bytes <= SMALL_MEMORY) {
        memset(lane->memory, 0, lane->memory_bytes);
        return true;
    }
    if (lane->memory != NULL) {
        return madvise(lane->memory, lane->memory_bytes, MADV_DONTNEED) == 0;
    }
    void *memory = mmap(NULL, lane->memory_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    lane->memory = memory == MAP_FAILED ? NULL : memory;
    return lane->memory != NULL;
}

static void end_heap(struct lane *lane)
{
    if (lane->heap.policy != NULL && lane->heap.policy->inspect->end != NULL) {
        lane->heap.policy->inspect->end(&lane->heap);
        lane->heap.policy = NULL;
    }
}

int lane_restart(struct lane *lane)
{
    end_heap(lane);
    lane_touch_all(lane);
    if (!zero_memory(lane)) {
        return LANE_E_MEMORY;
    }
    memset(lane->blocks, 0, lane->block_room * sizeof *lane->blocks);
    memset(&lane->now, 0, sizeof lane->now);
    lane->cover.count = lane->cover.largest = 0;
    lane_end_waiting(lane->waiting);
    lane->waiting = NULL;
    lane->waits = false;
    if (lane->owners != NULL) {
        memset(lane->owners, 0, ((size_t)lane->options.heap_bytes / 4 + 1) * sizeof *lane->owners);
    }
    struct heap_config config = {.policy = lane->options.policy, .alignment = lane->options.alignment, .checks = lane->options.checks,
                                 .state = lane->memory, .faithful = !lane->options.guarded, .address = region_address(lane, 0)};
    memcpy(config.params, lane->options.params, sizeof config.params);
    int error = heap_init(&lane->heap, &config, lane->memory + lane->region_at[0], lane->options.regions[0].bytes);
    for (uint32_t i = 1; i < lane->options.region_count && error == HEAP_OK; i++) {
        error = heap_add_region_at(&lane->heap, lane->memory + lane->region_at[i], lane->options.regions[i].bytes, region_address(lane, i));
    }
    if (error != HEAP_OK) {
        return error;
    }
    const bool waits = (lane->options.policy->inspect->traits & HEAP_WAITS) != 0 || lane->options.waits;
    lane->wait_limit = waits ? lane_largest_request(lane) : 0;
    lane->wait_fifo = waiters_order(lane->options.policy, lane->options.params) == WAITERS_FIFO;
    if (!lane->options.unmeasured) {
        (void)lane_count_free(lane);
        lane->out_of_memory = false;
        (void)heap_walk(&lane->heap, cover_span, lane);
        if (lane->out_of_memory) {
            return LANE_E_MEMORY;
        }
        lane->heap.observer = &lane->observer;
        refresh_now(lane);
    }
    metrics_start(&lane->run, &lane->now);
    return HEAP_OK;
}

struct lane *lane_open(const struct lane_options *options, int *error)
{
    struct lane *lane = calloc(1, sizeof *lane);
    *error = HEAP_OK;
    if (lane == NULL) {
        return NULL;
    }
    lane->options = *options;
    if (options->region_count == 0) {
        lane->options.region_count = 1;
        lane->options.regions[0] = (struct lane_region){0, options->heap_bytes};
    }
    lane->options.arena_base = options->arena_base != 0 ? options->arena_base : HEAP_NOMINAL_BASE;
    lane->options.heap_bytes = 0;
    for (uint32_t i = 0; i < lane->options.region_count; i++) {
        lane->options.heap_bytes += lane->options.regions[i].bytes;
    }
    lane->observer = (struct heap_observer){lane, NULL, on_free_added, on_free_removed};
    lay_out_memory(lane);
    bool ok = true;
    if (options->track_owners) {
        lane->owners = calloc((size_t)lane->options.heap_bytes / 4 + 1, sizeof *lane->owners);
        ok = ok && lane->owners != NULL;
    }
    lane->block_room = 64;
    lane->blocks = calloc(lane->block_room, sizeof *lane->blocks);
    ok = ok && lane->blocks != NULL && (options->unmeasured || free_spans_init(&lane->spans, lane->options.heap_bytes));
    if (ok) {
        *error = regions_fit(lane) ? lane_restart(lane) : HEAP_E_ARGUMENT;
        ok = *error == HEAP_OK;
        *error = *error == LANE_E_MEMORY ? HEAP_OK : *error;
    }
    if (!ok) {
        lane_close(lane);
        return NULL;
    }
    return lane;
}

void lane_close(struct lane *lane)
{
    if (lane != NULL) {
        end_heap(lane);
        if (lane->memory != NULL) {
            munmap(lane->memory, lane->memory_bytes);
        }
        free(lane->owners);
        free(lane->blocks);
        free_spans_end(&lane->spans);
        cover_end(&lane->cover);
        lane_end_waiting(lane->waiting);
        free(lane->priorities);
        free(lane);
    }
}

/* ---- the books of live blocks ---- */

bool lane_add_slots(struct lane *lane, uint32_t slot)
{
    const uint32_t room = slot < UINT32_MAX / 4 ? slot * 2 : UINT32_MAX / 2;
    struct lane_block *blocks = slot < room ? realloc(lane->blocks, room * sizeof *blocks) : NULL;
    if (blocks == NULL) {
        return false;
    }
    memset(blocks + lane->block_room, 0, (room - lane->block_room) * sizeof *blocks);
    lane->blocks = blocks;
    lane->block_room = room;
    return true;
}

/* A block's part of the totals. */
struct share {
    uint32_t header, padding, tail;
};

/* The heap's alignment is a power of two; what was requested is no more than the capacity. */
static inline struct share share_of(uint32_t block_bytes, uint32_t capacity, uint32_t requested, uint32_t alignment)
{
    const uint32_t rounded = (requested + (alignment - 1)) & ~(alignment - 1), end = rounded < capacity ? rounded : capacity;
    return (struct share){block_bytes - capacity, end - requested, capacity - end};
}

static inline void count_in(struct metrics_now *now, uint32_t block_bytes, uint32_t requested, struct share share)
{
    now->payload_bytes += requested;
    now->block_bytes += block_bytes;
    now->header_bytes += share.header;
    now->padding_bytes += share.padding;
    now->tail_bytes += share.tail;
    now->live_blocks++;
}

static inline void count_out(struct metrics_now *now, uint32_t block_bytes, uint32_t requested, struct share share)
{
    now->payload_bytes -= requested;
    now->block_bytes -= block_bytes;
    now->header_bytes -= share.header;
    now->padding_bytes -= share.padding;
    now->tail_bytes -= share.tail;
    now->live_blocks--;
}

static inline void forget(struct lane *lane, struct lane_block *block)
{
    if (block->state == LANE_LIVE) {
        if (RARE(lane->owners != NULL) && lane->owners[block->off / 4] == (uint32_t)(block - lane->blocks) + 1) {
            lane->owners[block->off / 4] = 0;
        }
        if (RARE(lane->zones != NULL)) {
            lane_touch(lane, block->block_off, block->block_bytes);
        }
        if (!RARE(lane->options.unmeasured)) {
            const uint32_t bytes = block->block_bytes, capacity = bytes - (block->off - block->block_off) - block->trailer;
            count_out(&lane->now, bytes, block->requested, share_of(bytes, capacity, block->requested, lane->heap.alignment));
        }
    }
    block->state = LANE_DEAD;
}

/* The whole block around a payload just placed. Bump knows the size of its last block only: a block that it shrank in place (`stays`)
 * keeps the size that it was granted. */
static inline struct heap_extent extent_of(const struct lane *lane, const struct lane_block *before, bool stays, heap_off off,
                                           struct heap_layout layout)
{
    const struct heap_extent extent = lane->options.policy->inspect->extent(&lane->heap, off, layout);
    if (!RARE(extent.bytes == 0)) {
        return extent;
    }
    return stays ? (struct heap_extent){before->block_off, before->block_bytes, before->trailer} : (struct heap_extent){off, layout.size, 0};
}

static uint32_t nominal_address(const struct lane *lane, heap_off off)
{
    const struct heap_region *region = lane->heap.regions;
    while (off - region->first >= region->bytes && region + 1 < lane->heap.regions + lane->heap.region_count) {
        region++;
    }
    return region->address + (off - region->first);
}

/* The block of an id, which is nowhere now, lies at `off`. `stays`: it lay there before, and *block still says how. */
static ALWAYS_INLINE bool settle(struct lane *lane, struct lane_block *block, bool stays, heap_off off, uint32_t requested, uint32_t align)
{
    const bool measured = !RARE(lane->options.unmeasured);
    const struct heap_layout layout = {requested, align != 0 ? align : lane->heap.natural};
    const struct heap_extent extent = measured ? extent_of(lane, block, stays, off, layout) : (struct heap_extent){off, requested, 0};
    const uint32_t capacity = extent.bytes - (off - extent.off) - extent.trailer;
    requested = requested < capacity ? requested : capacity; /* a size that wrapped: the original takes it for a small one */
    if (RARE(align != 0) && (nominal_address(lane, off) & (align - 1)) != 0) {
        lane->run.under_aligned++;
    }
    block->off = off;
    block->requested = requested;
    block->align = align;
    block->block_off = extent.off;
    block->block_bytes = extent.bytes;
    block->trailer = extent.trailer;
    block->state = LANE_LIVE;
    if (RARE(lane->owners != NULL)) {
        lane->owners[off / 4] = (uint32_t)(block - lane->blocks) + 1;
    }
    if (RARE(lane->zones != NULL)) {
        lane_touch(lane, extent.off, extent.bytes);
    }
    if (measured) {
        count_in(&lane->now, extent.bytes, requested, share_of(extent.bytes, capacity, requested, lane->heap.alignment));
        lane->run.largest_block_bytes = extent.bytes > lane->run.largest_block_bytes ? extent.bytes : lane->run.largest_block_bytes;
        return cover_block(&lane->cover, extent.off, extent.off + extent.bytes);
    }
    return true;
}

/* heap_offset_of and heap_pointer_at; most heaps have one region only. */
static inline heap_off offset_of(const struct lane *lane, const void *pointer)
{
    const uintptr_t within = (uintptr_t)pointer - (uintptr_t)lane->heap.base;
    return RARE(within >= lane->heap.regions[0].bytes) ? heap_offset_of(&lane->heap, pointer) : (heap_off)within;
}

static inline void *pointer_at(const struct lane *lane, heap_off off)
{
    return RARE(off >= lane->heap.regions[0].bytes) ? heap_pointer_at(&lane->heap, off) : lane->heap.base + off;
}

/* ---- events ---- */

/* Bytes asked for; a product beyond 64 bits saturates. */
static uint64_t asked_bytes(const struct trace_event *event)
{
    uint64_t bytes = event->size;
    return RARE(event->op == TRACE_CALLOC) && __builtin_mul_overflow(event->size, event->count, &bytes) ? UINT64_MAX : bytes;
}

/* The same for a call: what no 32-bit heap can serve stays unservable, whatever size_t is. */
static size_t wanted_bytes(const struct trace_event *event)
{
    const uint64_t bytes = asked_bytes(event);
    return bytes > UINT32_MAX ? SIZE_MAX : (size_t)bytes;
}

static uint32_t wanted_align(const struct trace_event *event)
{
    return event->align > UINT32_MAX / 2 ? UINT32_MAX / 2 + 1 : (uint32_t)event->align;
}

/* A replica may take a size that wrapped for a small one: no more is cleared than the block has, which can be nothing. */
static inline void *attempt(struct lane *lane, const struct trace_event *event, size_t bytes)
{
    void *pointer = RARE(event->align != 0) ? heap_aligned_alloc(&lane->heap, wanted_align(event), bytes) : heap_malloc(&lane->heap, bytes);
    if (RARE(event->op == TRACE_CALLOC) && pointer != NULL) {
        memset(pointer, 0, bytes > lane->heap.bytes ? heap_usable_size(&lane->heap, pointer) : bytes);
    }
    return pointer;
}

/* As the session tells it to the policy: current size, and the alignment that was asked for or is natural. */
static struct heap_layout layout_of(const struct lane *lane, const struct lane_block *block)
{
    return (struct heap_layout){block->requested, block->align != 0 ? block->align : lane->heap.natural};
}

static NEVER_INLINE void note_failure(struct lane *lane, const struct trace_event *event)
{
    struct metrics_run *run = &lane->run;
    run->last_failure = (struct metrics_failure){lane->number, asked_bytes(event), event->align, lane->now};
    if (run->failures < METRICS_FAILURES_KEPT) {
        run->kept_failures[run->failures] = run->last_failure;
    }
    run->failures++;
}

/* A call that the recorded program lost: made, and undone where it succeeds. */
static NEVER_INLINE void run_recorded_failure(struct lane *lane, const struct trace_event *event, struct lane_result *result)
{
    const size_t bytes = wanted_bytes(event);
    struct trace_event request = *event;
    request.op = event->op == TRACE_CALLOC ? TRACE_CALLOC : TRACE_ALLOC;
    void *pointer = attempt(lane, &request, bytes);
    lane->run.recorded_failures++;
    result->outcome = bytes == 0 ? LANE_NULL : LANE_FAILED;
    if (pointer != NULL) {
        lane->run.recorded_failures_served++;
        result->outcome = LANE_SERVED;
        result->off = offset_of(lane, pointer);
        const uint32_t align = wanted_align(event);
        (void)heap_free_sized(&lane->heap, pointer, (struct heap_layout){(uint32_t)bytes, align != 0 ? align : lane->heap.natural});
    }
}

/* No block is free, but one would do. */
static bool may_wait(struct lane *lane, const struct trace_event *event, size_t bytes)
{
    const bool asks = event->wait != 0 && (bytes != 0 || lane->heap.faithful);
    return asks && lane->wait_limit != 0 && bytes <= lane->wait_limit && lane_largest_request(lane) == 0;
}

void lane_fail_event(struct lane *lane, const struct trace_event *event, uint64_t number, struct lane_result *result)
{
    lane->number = number;
    lane->blocks[event->slot].born = number;
    lane->blocks[event->slot].state = LANE_LOST;
    *result = (struct lane_result){LANE_FAILED, HEAP_NONE, 0};
    note_failure(lane, event);
}

static ALWAYS_INLINE bool run_alloc(struct lane *lane, const struct trace_event *event, struct lane_result *result)
{
    struct lane_block *block = &lane->blocks[event->slot];
    const size_t bytes = wanted_bytes(event);
    void *pointer = attempt(lane, event, bytes);
    if (RARE(pointer == NULL) && may_wait(lane, event, bytes)) {
        result->outcome = LANE_WAITS;
        return true;
    }
    block->born = lane->number;
    if (RARE(pointer == NULL)) {
        block->state = bytes == 0 ? LANE_HOLDS_NULL : LANE_LOST;
        result->outcome = bytes == 0 ? LANE_NULL : LANE_FAILED;
        if (bytes != 0) {
            note_failure(lane, event);
        }
        return true;
    }
    lane->run.allocations++;
    result->outcome = LANE_SERVED;
    result->off = offset_of(lane, pointer);
    return settle(lane, block, false, result->off, (uint32_t)bytes, wanted_align(event));
}

static ALWAYS_INLINE void run_free(struct lane *lane, const struct trace_event *event, struct lane_result *result)
{
    struct lane_block *block = &lane->blocks[event->slot];
    result->outcome = LANE_FREED;
    if (!RARE(block->state != LANE_LIVE)) {
        const struct heap_layout layout = layout_of(lane, block);
        if (!RARE(heap_free_sized(&lane->heap, pointer_at(lane, block->off), layout) != HEAP_OK)) {
            lane->run.frees++;
        } else {
            lane->run.refused++;
            result->outcome = LANE_REFUSED;
        }
        forget(lane, block);
    } else if (block->state == LANE_HOLDS_NULL) {
        lane->run.frees++;
    } else {
        lane->run.skipped++;
        result->outcome = LANE_SKIPPED;
    }
    block->state = LANE_DEAD;
}

static NEVER_INLINE bool run_realloc(struct lane *lane, const struct trace_event *event, struct lane_result *result)
{
    struct lane_block *block = &lane->blocks[event->slot];
    const size_t bytes = wanted_bytes(event);
    if (block->state != LANE_LIVE) {
        lane->run.skipped++;
        result->outcome = LANE_SKIPPED;
        return true;
    }
    const struct heap_layout old = layout_of(lane, block);
    const heap_off before = block->off;
    const uint32_t align = wanted_align(event) > old.align ? wanted_align(event) : old.align;
    void *pointer = heap_realloc_sized(&lane->heap, pointer_at(lane, before), (struct heap_layout){old.size, align}, bytes);
    if (pointer == NULL && heap_last_error(&lane->heap) == HEAP_RELEASED) {
        lane->run.frees++;
        result->outcome = LANE_FREED;
        forget(lane, block);
        block->state = LANE_LOST;
        return true;
    }
    if (pointer == NULL) {
        result->outcome = LANE_FAILED;
        note_failure(lane, event);
        return true;
    }
    lane->run.reallocations++;
    result->outcome = LANE_SERVED;
    result->off = offset_of(lane, pointer);
    lane->run.moved += result->off != before;
    forget(lane, block);
    return settle(lane, block, result->off == before, result->off, (uint32_t)bytes, align);
}

/* A request without an id that lives here. */
static NEVER_INLINE void run_slotless(struct lane *lane, const struct trace_event *event, struct lane_result *result)
{
    if (event->failed) {
        run_recorded_failure(lane, event, result);
    } else if (event->op == TRACE_FREE || event->retires || (event->op == TRACE_REALLOC && event->size == 0 && !lane->heap.faithful)) {
        lane->run.frees++; /* free(NULL) */
        result->outcome = LANE_FREED;
    } else { /* realloc to size 0 of an id never seen */
        result->outcome = LANE_NULL;
    }
}

static ALWAYS_INLINE bool run_call(struct lane *lane, const struct trace_event *event, struct lane_result *result)
{
    if (RARE(event->failed)) {
        run_recorded_failure(lane, event, result);
        return true;
    }
    bool resizes = false;
    if (RARE(event->op == TRACE_REALLOC)) {
        const bool holds_null = lane->blocks[event->slot].state == LANE_HOLDS_NULL && !lane->heap.faithful; /* an original's NULL is no block */
        resizes = !holds_null && !event->fresh;
    }
    if (event->op == TRACE_FREE || (RARE(event->op == TRACE_REALLOC) && (event->retires || (event->size == 0 && !lane->heap.faithful)))) {
        run_free(lane, event, result);
        return true;
    }
    return RARE(resizes) ? run_realloc(lane, event, result) : run_alloc(lane, event, result);
}

static ALWAYS_INLINE void measure(struct lane *lane, uint32_t steps)
{
    if (!RARE(lane->options.unmeasured)) {
        lane->run.steps += steps;
        lane->run.steps_count++;
        if (RARE(steps > lane->run.steps_max)) {
            lane->run.steps_max = steps;
            lane->run.steps_max_event = lane->number;
        }
        refresh_now(lane);
        metrics_event(&lane->run, &lane->now);
    }
}

void lane_measure(struct lane *lane, uint32_t steps) { measure(lane, steps); }

static ALWAYS_INLINE bool run_event(struct lane *lane, const struct trace_event *event, uint64_t number, struct lane_result *result)
{
    const uint64_t steps_before = lane->heap.steps;
    *result = (struct lane_result){LANE_MARK, HEAP_NONE, 0};
    lane->number = number;
    if (RARE(event->slot == TRACE_NO_SLOT)) {
        if (event->op == TRACE_MARK) {
            lane->run.marks++;
            return true;
        }
        run_slotless(lane, event, result);
    } else if (!lane_reserve_slot(lane, event->slot) || !run_call(lane, event, result)) {
        return false;
    }
    result->steps = (uint32_t)(lane->heap.steps - steps_before);
    measure(lane, result->steps);
    return !RARE(result->outcome == LANE_WAITS) || lane->waits || lane_begin_wait(lane, event);
}

bool lane_run_event(struct lane *lane, const struct trace_event *event, uint64_t number, struct lane_result *result)
{
    return run_event(lane, event, number, result);
}

bool lane_apply(struct lane *lane, const struct trace_event *event, struct lane_result *result)
{
    const uint64_t number = ++lane->run.events;
    return RARE(lane->waits) ? lane_apply_waiting(lane, event, result) : run_event(lane, event, number, result);
}
