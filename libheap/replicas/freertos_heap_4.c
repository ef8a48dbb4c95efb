/* freertos_heap_4.c: FreeRTOS heap_4: first fit in order of address, neighbours are merged.
 *
 *     | 0…7 | next | size | payload | next | size | payload | … | marker | 0…7 |     rounded inwards to 8; the marker is a header of size 0
 *
 * Rules. A block is size + 8 bytes, rounded up to 8. The lowest free block that is large enough is taken; its low part is handed out,
 * and a rest of more than 16 bytes stays free. A freed block is merged with the free blocks that it touches. realloc is
 * allocate, copy, free. Alignments above 8 are ignored by the original and refused here where the heap is guarded.
 * Versions. 10.5.0 and 10.5.1 give a request that is a multiple of 8 eight bytes more.
 * Control: the list's start and end and five numbers, 28 bytes in the state block; a marker of 8 bytes in the arena.
 * Time: malloc and free O(free blocks). What finds bad pointers: the header's allocated bit, its empty link, its size and its
 * neighbour's.
 * Source: FreeRTOS-Kernel V11.1.0+, commit 4269c69, portable/MemMang/heap_4.c; the code is src/freertos.c. */
#include "../src/freertos.h"

HEAP_POLICY_PROTOTYPES(freertos_heap_4);

int heap_freertos_heap_4_init(struct heap *heap)
{
    const int error = freertos_begin(heap);
    return error != HEAP_OK ? error : freertos_join(heap, 0);
}

int heap_freertos_heap_4_add_region(struct heap *heap, uint32_t index)
{
    (void)heap, (void)index;
    return HEAP_E_UNSUPPORTED;
}

heap_off heap_freertos_heap_4_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    return freertos_alloc(heap, size, align);
}

int heap_freertos_heap_4_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    return freertos_free(heap, off, layout);
}

heap_off heap_freertos_heap_4_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    return freertos_realloc(heap, off, old, size);
}

uint32_t heap_freertos_heap_4_usable(const struct heap *heap, heap_off off)
{
    return freertos_usable(heap, off);
}

/* ---- inspection ---- */

/* The original sets itself up when it is first called. */
static void statistics(const struct heap *heap, heap_statistic_fn emit, void *ctx)
{
    freertos_statistics(heap, heap->counters.allocations != 0 || heap->counters.failures != 0, emit, ctx);
}

static const char *const defects[] = {
    "alignments above 8 are ignored: the payload may lack them",
    NULL,
};

static const struct heap_replica replica = {
    .of = "FreeRTOS heap_4", .version = FREERTOS_VERSION, .keys = "freertos-heap4",
    .fidelity = "placements and statistics identical to heap_4 of " FREERTOS_VERSION " on 27,554 events of 13 traces; older releases by the table of their differences, not compared",
    .defects = defects,
};

const struct heap_policy_inspect heap_freertos_heap_4_inspect = {
    .traits = HEAP_FREES | HEAP_COALESCES | HEAP_FINDS_DOUBLE_FREE | HEAP_RESTORES,
    .walk = freertos_walk, .check = freertos_check, .extent = freertos_extent, .largest_request = freertos_largest_request,
    .params = freertos_params,
    .idea = "first fit by address over one list of free blocks, which are merged with their neighbours",
    .overhead = "8 B a block and the rounding to 8; 8 B a heap, 28 B beside it",
    .bounds = "malloc and free O(free blocks)",
    .source = "FreeRTOS-Kernel, portable/MemMang/heap_4.c",
    .smallest_block = FREERTOS_SMALLEST,
    .picture = "| next 4 | size 4 | payload |",
    HEAP_INSPECT_WORDS("| next 4 | size 4 | … |", "size: allocated 31")
    .statistics = statistics, .replica = &replica,
};

HEAP_POLICY_TABLE(freertos_heap_4, HEAP_ID('F', 'R', 'H', '4'), sizeof(struct freertos_heap));
