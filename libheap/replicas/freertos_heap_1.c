/* freertos_heap_1.c: FreeRTOS heap_1: an index that only rises; nothing is ever given back.
 *
 *     | 0…7 | payload | payload | … | rest | 9 to 16 bytes that are never used |
 *           ^ base                  ^ base + next
 *
 * Rules. Sizes are rounded up to 8. Of T bytes T - 8 count, wherever they begin, and the index must stay below that. free does
 * nothing: the original asserts. realloc is allocate and copy. Alignments above 8 are ignored by the original and refused
 * here where the heap is guarded.
 * Versions. Up to 10.4.5 memory that is aligned already loses its first 8 bytes.
 * Control: the index and the base, 8 bytes in the state block.
 * Time: O(1). Overhead: the rounding. What finds bad pointers: all above the index are refused; below it any aligned one looks right.
 * Source: FreeRTOS-Kernel V11.1.0+, commit 4269c69, portable/MemMang/heap_1.c. */
#include "../src/freertos.h"

HEAP_POLICY_PROTOTYPES(freertos_heap_1);

/* The original's static variables. */
struct own {
    uint32_t next, base;
};

static struct own *own_of(const struct heap *heap) { return (struct own *)(void *)heap->state; }

/* The largest multiple of 8 below that: where the index ends. */
static uint32_t limit(const struct heap *heap)
{
    const uint32_t bytes = freertos_bytes(heap);
    return bytes == 0 ? 0 : bits_down(bytes - 1, FREERTOS_ALIGN);
}

static int find(const struct heap *heap, heap_off off)
{
    return nominal_of(heap, off) - own_of(heap)->base < own_of(heap)->next ? HEAP_OK : HEAP_E_NOT_LIVE;
}

/* ---- the policy's functions ---- */

int heap_freertos_heap_1_init(struct heap *heap)
{
    const int error = freertos_begin(heap);
    if (error != HEAP_OK) {
        return error;
    }
    own_of(heap)->base = freertos_base(heap);
    if (limit(heap) == 0) {
        return heap_faithful(heap) ? HEAP_OK : HEAP_E_TOO_SMALL;
    }
    nominal_note_free_added(heap, own_of(heap)->base, limit(heap));
    return HEAP_OK;
}

int heap_freertos_heap_1_add_region(struct heap *heap, uint32_t index)
{
    (void)heap, (void)index;
    return HEAP_E_UNSUPPORTED;
}

heap_off heap_freertos_heap_1_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    struct own *own = own_of(heap);
    const uint32_t bytes = bits_up(size, FREERTOS_ALIGN), rest = limit(heap) - own->next; /* 0 where the size is, or wraps */
    nominal_note_step(heap, HEAP_STEP_VISIT, own->base + own->next, rest);
    if (bytes == 0 || bytes > rest || freertos_refuses(heap, align)) {
        return HEAP_NONE;
    }
    const uint32_t payload = own->base + own->next;
    nominal_note_free_removed(heap, payload, rest);
    own->next += bytes;
    if (bytes != rest) {
        nominal_note_free_added(heap, payload + bytes, rest - bytes);
    }
    return nominal_off(heap, payload);
}

int heap_freertos_heap_1_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    (void)layout;
    return heap_checked(heap) ? find(heap, off) : HEAP_OK;
}

heap_off heap_freertos_heap_1_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    heap->error = heap_checked(heap) ? find(heap, off) : HEAP_OK;
    if (heap->error != HEAP_OK) {
        return HEAP_NONE;
    }
    const uint32_t below = own_of(heap)->base + own_of(heap)->next - nominal_of(heap, off); /* where the size is not told */
    return nominal_realloc_by_moving(heap, off, old, below, size, heap_freertos_heap_1_alloc, heap_freertos_heap_1_free);
}

uint32_t heap_freertos_heap_1_usable(const struct heap *heap, heap_off off)
{
    (void)heap, (void)off;
    return 0;
}

/* ---- inspection ---- */

static int check(const struct heap *heap, heap_off *where)
{
    const struct own *own = own_of(heap);
    *where = 0;
    return own->base == freertos_base(heap) && own->next <= limit(heap) && own->next % FREERTOS_ALIGN == 0 ? HEAP_OK : HEAP_E_CORRUPT;
}

/* Everything handed out is one payload. */
static int walk(const struct heap *heap, heap_span_fn visit, void *ctx)
{
    const struct own *own = own_of(heap);
    const uint32_t first = own->base - heap->regions[0].address, top = first + own->next, end = first + limit(heap);
    heap_off where = 0;
    if (check(heap, &where) != HEAP_OK) {
        return HEAP_E_CORRUPT;
    }
    if (limit(heap) == 0) {
        (void)arena_emit(visit, ctx, 0, heap->bytes, HEAP_RESERVED);
        return HEAP_OK;
    }
    (void)(arena_emit(visit, ctx, 0, first, HEAP_RESERVED) && arena_emit(visit, ctx, first, top - first, HEAP_PAYLOAD) &&
           arena_emit(visit, ctx, top, end - top, HEAP_FREE) && arena_emit(visit, ctx, end, heap->bytes - end, HEAP_RESERVED));
    return HEAP_OK;
}

static struct heap_extent extent(const struct heap *heap, heap_off off, struct heap_layout layout)
{
    (void)heap;
    return (struct heap_extent){off, bits_up(layout.size, FREERTOS_ALIGN), 0};
}

static uint32_t largest_request(const struct heap *heap)
{
    return limit(heap) - own_of(heap)->next;
}

static void statistics(const struct heap *heap, heap_statistic_fn emit, void *ctx)
{
    const struct heap_statistic free_bytes = {"xPortGetFreeHeapSize", "free_bytes", HEAP_NONE, freertos_bytes(heap) - own_of(heap)->next};
    emit(ctx, &free_bytes);
}

static const char *const defects[] = {
    "the last 9 to 16 bytes are never used",
    "alignments above 8 are ignored: the payload may lack them",
    NULL,
};

static const struct heap_replica replica = {
    .of = "FreeRTOS heap_1", .version = FREERTOS_VERSION, .keys = "freertos-heap1",
    .fidelity = "placements and statistics identical to heap_1 of " FREERTOS_VERSION " on 27,554 events of 13 traces; older releases by the table of their differences, not compared",
    .defects = defects,
};

const struct heap_policy_inspect heap_freertos_heap_1_inspect = {
    .traits = HEAP_NEEDS_LAYOUT | HEAP_COALESCES,
    .walk = walk, .check = check, .extent = extent, .largest_request = largest_request,
    .params = freertos_params,
    .idea = "an index that only rises; nothing is given back",
    .overhead = "0 B a block but the rounding to 8; 9 to 16 B a heap, 8 B beside it",
    .bounds = "malloc O(1); freed space is lost",
    .source = "FreeRTOS-Kernel, portable/MemMang/heap_1.c",
    .statistics = statistics, .replica = &replica,
};

HEAP_POLICY_TABLE(freertos_heap_1, HEAP_ID('F', 'R', 'H', '1'), sizeof(struct own));
