/* freertos_heap_2.c: FreeRTOS heap_2: best fit from a list in order of size, never merged.
 *
 *     | 0…7 | next | size | payload | next | size | payload | … | 8 less than there is, not rounded |
 *
 * Rules. A block is size + 8 bytes, rounded up to 8. The smallest free block that is large enough is taken, of equal ones the one
 * freed last; its low part is handed out, and a rest of more than 16 bytes becomes a free block. Blocks are never merged. Of T bytes
 * T - 8 are used, wherever they begin: the topmost block keeps what is no multiple of 8. realloc is allocate, copy, free. Alignments above
 * 8 are ignored by the original and refused here where the heap is guarded.
 * Versions. Up to 10.4.5 memory that is aligned already loses its first 8 bytes instead of its last. 10.4.3 to 10.6.2 give a request
 * that is a multiple of 8 eight bytes more. Up to 10.4.2 a request's block must be smaller than the heap, and sizes near 2^32 wrap.
 * Control: the list's two ends and the free bytes, 24 bytes in the state block.
 * Time: malloc and free O(free blocks). What finds bad pointers: the header's allocated bit, its empty link, its size and its
 * neighbour's.
 * Source: FreeRTOS-Kernel V11.1.0+, commit 4269c69, portable/MemMang/heap_2.c. */
#include "../src/freertos.h"

HEAP_POLICY_PROTOTYPES(freertos_heap_2);

/* The list's ends, as neighbours of its entries; no block begins there. */
#define START 0u
#define END 1u

/* The original's static variables. */
struct own {
    uint32_t start_next, start_size; /* size 0 */
    uint32_t end_next, end_size;     /* none; the heap's bytes */
    uint32_t free_bytes, initialised;
};
_Static_assert(sizeof(struct own) == 24, "as on a 32-bit machine");

static struct own *own_of(const struct heap *heap) { return (struct own *)(void *)heap->state; }

static bool wraps(const struct heap *heap) { return freertos_version(heap) < FREERTOS_10_4_3; }

static bool pads(const struct heap *heap)
{
    return freertos_version(heap) >= FREERTOS_10_4_3 && freertos_version(heap) < FREERTOS_11_0_0;
}

static struct freertos_row row_of(const struct heap *heap)
{
    const uint32_t start = freertos_base(heap), bytes = freertos_bytes(heap);
    return bytes < FREERTOS_HEADER ? (struct freertos_row){0, 0} : (struct freertos_row){start, start + bytes};
}

static uint32_t list_next(const struct heap *heap, uint32_t entry)
{
    return entry == START ? own_of(heap)->start_next : freertos_next(heap, entry);
}

static void list_set_next(struct heap *heap, uint32_t entry, uint32_t next)
{
    if (entry == START) {
        own_of(heap)->start_next = next;
    } else {
        nominal_set_u32(heap, entry + FREERTOS_NEXT, next);
    }
}

/* In front of the first entry that is not smaller. */
static void list_insert(struct heap *heap, uint32_t block, uint32_t size)
{
    uint32_t previous = START, next = list_next(heap, START);
    for (; next != END && freertos_size(heap, next) < size; previous = next, next = freertos_next(heap, next)) {
        nominal_note_step(heap, HEAP_STEP_VISIT, next, freertos_size(heap, next));
    }
    freertos_set(heap, block, next, size);
    list_set_next(heap, previous, block);
    freertos_note_added(heap, block);
}

/* The block that a request needs, or 0 where there can be none. */
static uint32_t wanted_of(const struct heap *heap, uint32_t size)
{
    if (!wraps(heap)) {
        const uint32_t wanted = freertos_wanted(size, pads(heap));
        return wanted <= own_of(heap)->free_bytes ? wanted : 0;
    }
    const uint32_t wanted = size == 0 ? 0 : bits_up(size + FREERTOS_HEADER, FREERTOS_ALIGN);
    return wanted < freertos_bytes(heap) ? wanted : 0;
}

/* HEAP_OK, or why the payload at `off` is none. */
static int find(const struct heap *heap, heap_off off)
{
    return freertos_find(heap, row_of(heap), nominal_of(heap, off) - FREERTOS_HEADER);
}

static uint32_t largest_request(const struct heap *heap)
{
    uint32_t largest = 0;
    for (uint32_t block = own_of(heap)->start_next; block != END; block = freertos_next(heap, block)) {
        largest = freertos_size(heap, block);
    }
    if (wraps(heap) && largest == freertos_bytes(heap) && largest != 0) {
        largest--;
    }
    return freertos_serves(largest, pads(heap));
}

/* ---- the policy's functions ---- */

int heap_freertos_heap_2_init(struct heap *heap)
{
    const int error = freertos_begin(heap);
    if (error != HEAP_OK) {
        return error;
    }
    const struct freertos_row row = row_of(heap);
    *own_of(heap) = (struct own){END, 0, 0, freertos_bytes(heap), freertos_bytes(heap), 1};
    if (row.start != row.end) {
        list_insert(heap, row.start, row.end - row.start);
    }
    return heap_faithful(heap) || largest_request(heap) != 0 ? HEAP_OK : HEAP_E_TOO_SMALL;
}

int heap_freertos_heap_2_add_region(struct heap *heap, uint32_t index)
{
    (void)heap, (void)index;
    return HEAP_E_UNSUPPORTED;
}

heap_off heap_freertos_heap_2_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    const uint32_t wanted = wanted_of(heap, size);
    uint32_t previous = START, block = list_next(heap, START), found = 0;
    if (wanted == 0 || freertos_refuses(heap, align)) {
        return HEAP_NONE;
    }
    for (; block != END; previous = block, block = freertos_next(heap, block)) {
        found = freertos_size(heap, block);
        nominal_note_step(heap, HEAP_STEP_VISIT, block, found);
        if (found >= wanted) {
            break;
        }
    }
    if (block == END) {
        return HEAP_NONE;
    }
    freertos_note_removed(heap, block);
    list_set_next(heap, previous, freertos_next(heap, block));
    if (found - wanted > FREERTOS_KEPT) {
        nominal_note_step(heap, HEAP_STEP_SPLIT, block + wanted, found - wanted);
        list_insert(heap, block + wanted, found - wanted);
        found = wanted;
    }
    freertos_set(heap, block, 0, found | FREERTOS_ALLOCATED);
    own_of(heap)->free_bytes -= found;
    return nominal_off(heap, block + FREERTOS_HEADER);
}

int heap_freertos_heap_2_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    const int error = heap_checked(heap) ? find(heap, off) : HEAP_OK;
    (void)layout;
    if (error == HEAP_OK) {
        const uint32_t block = nominal_of(heap, off) - FREERTOS_HEADER, size = freertos_size(heap, block);
        list_insert(heap, block, size);
        own_of(heap)->free_bytes += size;
    }
    return error;
}

uint32_t heap_freertos_heap_2_usable(const struct heap *heap, heap_off off)
{
    const uint32_t block = nominal_of(heap, off) - FREERTOS_HEADER;
    return heap_checked(heap) && find(heap, off) != HEAP_OK ? 0 : freertos_size(heap, block) - FREERTOS_HEADER;
}

heap_off heap_freertos_heap_2_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    heap->error = heap_checked(heap) ? find(heap, off) : HEAP_OK;
    if (heap->error != HEAP_OK) {
        return HEAP_NONE;
    }
    const uint32_t before = heap_freertos_heap_2_usable(heap, off), wanted = wanted_of(heap, size);
    const uint32_t after = wanted == 0 ? 0 : wanted - FREERTOS_HEADER; /* less than the size where that wrapped */
    return nominal_realloc_by_moving(heap, off, old, before < after ? before : after, size, heap_freertos_heap_2_alloc,
                                     heap_freertos_heap_2_free);
}

/* ---- inspection ---- */

static int walk(const struct heap *heap, heap_span_fn visit, void *ctx)
{
    int error = HEAP_OK;
    (void)freertos_walk_region(heap, &heap->regions[0], row_of(heap), 0, visit, ctx, &error);
    return error;
}

/* As many entries as there are free blocks, rising in size, and as many bytes. */
static int check_list(const struct heap *heap, uint32_t blocks, uint32_t bytes, heap_off *where)
{
    const struct freertos_row row = row_of(heap);
    uint32_t last = 0;
    for (uint32_t entry = own_of(heap)->start_next; entry != END; entry = freertos_next(heap, entry)) {
        if (blocks == 0 || !freertos_is_block(heap, row, entry)) {
            return HEAP_E_CORRUPT;
        }
        *where = nominal_off(heap, entry);
        const uint32_t size = freertos_word(heap, entry);
        if ((size & FREERTOS_ALLOCATED) != 0 || size < last) {
            return HEAP_E_CORRUPT;
        }
        last = size;
        bytes -= size;
        blocks--;
    }
    return blocks == 0 && bytes == 0 ? HEAP_OK : HEAP_E_CORRUPT;
}

static int check(const struct heap *heap, heap_off *where)
{
    const struct own *own = own_of(heap);
    const struct freertos_row row = row_of(heap);
    uint32_t blocks = 0, bytes = 0;
    for (uint32_t block = row.start; block != row.end; block += freertos_size(heap, block)) {
        *where = nominal_off(heap, block);
        if (!freertos_is_block(heap, row, block)) {
            return HEAP_E_CORRUPT;
        }
        if ((freertos_word(heap, block) & FREERTOS_ALLOCATED) == 0) {
            blocks++;
            bytes += freertos_size(heap, block);
        }
    }
    if (own->end_size != freertos_bytes(heap) || (row.start != row.end && own->free_bytes != bytes)) {
        return HEAP_E_CORRUPT;
    }
    return check_list(heap, blocks, bytes, where);
}

static void statistics(const struct heap *heap, heap_statistic_fn emit, void *ctx)
{
    const struct heap_statistic free_bytes = {"xPortGetFreeHeapSize", "free_bytes", HEAP_NONE, own_of(heap)->free_bytes};
    emit(ctx, &free_bytes);
}

static const char *const defects[] = {
    "blocks are never merged: free bytes may be plentiful and unusable",
    "alignments above 8 are ignored: the payload may lack them",
    "version=9.0.0: sizes of 0xfffffff9 and more wrap and are given a block of 8 bytes",
    NULL,
};

static const struct heap_replica replica = {
    .of = "FreeRTOS heap_2", .version = FREERTOS_VERSION, .keys = "freertos-heap2",
    .fidelity = "placements and statistics identical to heap_2 of " FREERTOS_VERSION " on 27,554 events of 13 traces; older releases by the table of their differences, not compared",
    .defects = defects,
};

const struct heap_policy_inspect heap_freertos_heap_2_inspect = {
    .traits = HEAP_FREES | HEAP_FINDS_DOUBLE_FREE,
    .walk = walk, .check = check, .extent = freertos_extent, .largest_request = largest_request,
    .params = freertos_params,
    .idea = "best fit from a list of free blocks in order of size, which are never merged",
    .overhead = "8 B a block and the rounding to 8; 8 B a heap, 24 B beside it",
    .bounds = "malloc and free O(free blocks); memory that was split stays split",
    .source = "FreeRTOS-Kernel, portable/MemMang/heap_2.c",
    .smallest_block = FREERTOS_SMALLEST,
    .picture = "| next 4 | size 4 | payload |",
    HEAP_INSPECT_WORDS("| next 4 | size 4 | … |", "size: allocated 31")
    .statistics = statistics, .replica = &replica,
};

HEAP_POLICY_TABLE(freertos_heap_2, HEAP_ID('F', 'R', 'H', '2'), sizeof(struct own));
