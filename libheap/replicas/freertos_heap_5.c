/* freertos_heap_5.c: FreeRTOS heap_5: heap_4 over several regions.
 *
 *     region 0:  | 0…7 | next | size | payload | … | marker | 0…7 |     region 1:  | 0…7 | next | size | payload | … | marker = END | 0…7 |
 *
 * Rules. As heap_4's, over one list of all regions' free blocks in order of address: a lower region is filled before a higher one.
 * Blocks do not span regions. Each region ends with a marker, a header of size 0. All but the last are entries of the list; they
 * serve nothing, count as free blocks, and are lost to a free block that comes to end there.
 * Regions join in rising order of address (heap_add_region gives them rising nominal ones). The original knows all of them before
 * the first allocation; here one may also join later, and the least free bytes ever then stay what they were.
 * Versions. 10.5.0 and 10.5.1 give a request that is a multiple of 8 eight bytes more.
 * Control: the list's start and end and five numbers, 28 bytes in the state block; a marker of 8 bytes a region.
 * Time: malloc and free O(free blocks). What finds bad pointers: the header's allocated bit, its empty link, its size and its
 * neighbour's.
 * Source: FreeRTOS-Kernel V11.1.0+, commit 4269c69, portable/MemMang/heap_5.c; the code is src/freertos.c. */
#include "../src/freertos.h"

HEAP_POLICY_PROTOTYPES(freertos_heap_5);

int heap_freertos_heap_5_init(struct heap *heap)
{
    const int error = freertos_begin(heap);
    return error != HEAP_OK ? error : freertos_join(heap, 0);
}

int heap_freertos_heap_5_add_region(struct heap *heap, uint32_t index)
{
    return freertos_join(heap, index);
}

heap_off heap_freertos_heap_5_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    return freertos_alloc(heap, size, align);
}

int heap_freertos_heap_5_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    return freertos_free(heap, off, layout);
}

heap_off heap_freertos_heap_5_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    return freertos_realloc(heap, off, old, size);
}

uint32_t heap_freertos_heap_5_usable(const struct heap *heap, heap_off off)
{
    return freertos_usable(heap, off);
}

/* ---- inspection ---- */

static void statistics(const struct heap *heap, heap_statistic_fn emit, void *ctx)
{
    freertos_statistics(heap, true, emit, ctx);
}

static const char *const defects[] = {
    "markers between regions count as free blocks, until the free block in front of one takes it in",
    "alignments above 8 are ignored: the payload may lack them",
    NULL,
};

static const struct heap_replica replica = {
    .of = "FreeRTOS heap_5", .version = FREERTOS_VERSION, .keys = "freertos-heap5",
    .fidelity = "placements and statistics identical to heap_5 of " FREERTOS_VERSION " on 27,554 events of 13 traces; older releases by the table of their differences, not compared",
    .defects = defects,
};

const struct heap_policy_inspect heap_freertos_heap_5_inspect = {
    .traits = HEAP_FREES | HEAP_COALESCES | HEAP_FINDS_DOUBLE_FREE | HEAP_RESTORES,
    .walk = freertos_walk, .check = freertos_check, .extent = freertos_extent, .largest_request = freertos_largest_request,
    .params = freertos_params,
    .idea = "heap_4 over several regions: the lower ones are filled first",
    .overhead = "8 B a block and the rounding to 8; 8 B a region, 28 B beside the heap",
    .bounds = "malloc and free O(free blocks)",
    .source = "FreeRTOS-Kernel, portable/MemMang/heap_5.c",
    .smallest_block = FREERTOS_SMALLEST,
    .picture = "| next 4 | size 4 | payload |",
    HEAP_INSPECT_WORDS("| next 4 | size 4 | … |", "size: allocated 31")
    .statistics = statistics, .replica = &replica,
};

HEAP_POLICY_TABLE(freertos_heap_5, HEAP_ID('F', 'R', 'H', '5'), sizeof(struct freertos_heap));
