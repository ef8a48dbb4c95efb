/* freertos.c: the parts of FreeRTOS's heaps that several of them share (freertos.h). */
#include "freertos.h"

const struct heap_param freertos_params[] = {
    {.key = "version", .help = "the kernel's release; those from one of these to the next place alike", .standard = FREERTOS_11_0_0, .min = 1,
     .max = FREERTOS_11_0_0, .choices = "9.0.0|10.4.3|10.4.6|10.5.0|10.6.0|11.0.0", .since = true},
    {.key = NULL},
};

int freertos_begin(struct heap *heap)
{
    heap->alignment = heap->natural = FREERTOS_ALIGN;
    return freertos_version(heap) <= FREERTOS_11_0_0 ? HEAP_OK : HEAP_E_ARGUMENT;
}

/* ---- blocks ---- */

bool freertos_is_block(const struct heap *heap, struct freertos_row row, uint32_t block)
{
    const uint32_t room = row.end - block;
    if (block < row.start || block >= row.end || room < FREERTOS_HEADER || block % FREERTOS_ALIGN != 0) {
        return false;
    }
    const uint32_t word = freertos_word(heap, block), size = word & ~FREERTOS_ALLOCATED;
    return size >= FREERTOS_HEADER && (size == room || (size < room && size % FREERTOS_ALIGN == 0)) &&
           ((word & FREERTOS_ALLOCATED) == 0 || freertos_next(heap, block) == 0);
}

int freertos_find(const struct heap *heap, struct freertos_row row, uint32_t block)
{
    if (block < row.start || block >= row.end || row.end - block < FREERTOS_HEADER ||
        (freertos_word(heap, block) & FREERTOS_ALLOCATED) == 0) {
        return HEAP_E_NOT_LIVE;
    }
    const uint32_t behind = block + freertos_size(heap, block);
    return freertos_is_block(heap, row, block) && (behind == row.end || freertos_is_block(heap, row, behind)) ? HEAP_OK : HEAP_E_CORRUPT;
}

bool freertos_walk_region(const struct heap *heap, const struct heap_region *region, struct freertos_row row, uint32_t marker,
                          heap_span_fn visit, void *ctx, int *error)
{
    const heap_off rest = region->first + (row.end + marker - region->address);
    if (row.start == row.end) {
        return arena_emit(visit, ctx, region->first, region->bytes, HEAP_RESERVED);
    }
    bool wanted = arena_emit(visit, ctx, region->first, row.start - region->address, HEAP_RESERVED);
    for (uint32_t block = row.start, size = 0; wanted && block != row.end; block += size) {
        const heap_off off = region->first + (block - region->address);
        if (!freertos_is_block(heap, row, block)) {
            *error = HEAP_E_CORRUPT;
            return false;
        }
        size = freertos_size(heap, block);
        if ((freertos_word(heap, block) & FREERTOS_ALLOCATED) == 0) {
            wanted = arena_emit(visit, ctx, off, size, HEAP_FREE);
        } else {
            wanted = arena_emit(visit, ctx, off, FREERTOS_HEADER, HEAP_HEADER) &&
                     arena_emit(visit, ctx, off + FREERTOS_HEADER, size - FREERTOS_HEADER, HEAP_PAYLOAD);
        }
    }
    return wanted && arena_emit(visit, ctx, rest - marker, marker, HEAP_CONTROL) &&
           arena_emit(visit, ctx, rest, region->first + region->bytes - rest, HEAP_RESERVED);
}

struct heap_extent freertos_extent(const struct heap *heap, heap_off off, struct heap_layout layout)
{
    const uint32_t block = nominal_of(heap, off) - FREERTOS_HEADER;
    (void)layout;
    return (struct heap_extent){off - FREERTOS_HEADER, freertos_size(heap, block), 0};
}

/* ---- heap_4 and heap_5: set-up ---- */

#define MARKER FREERTOS_HEADER
#define START 0u /* as the predecessor of the first entry */

static bool pads(const struct heap *heap)
{
    return freertos_version(heap) == FREERTOS_10_5_0;
}

static struct freertos_row row_of(const struct heap_region *region)
{
    const uint32_t lost = (0u - region->address) % FREERTOS_ALIGN;
    if (region->bytes < lost + MARKER + FREERTOS_HEADER) {
        return (struct freertos_row){0, 0};
    }
    return (struct freertos_row){region->address + lost, bits_down(region->address + region->bytes - MARKER, FREERTOS_ALIGN)};
}

static uint32_t list_next(const struct heap *heap, uint32_t entry)
{
    return entry == START ? freertos_heap(heap)->start_next : freertos_next(heap, entry);
}

static void list_set_next(struct heap *heap, uint32_t entry, uint32_t next)
{
    if (entry == START) {
        freertos_heap(heap)->start_next = next;
    } else {
        nominal_set_u32(heap, entry + FREERTOS_NEXT, next);
    }
}

int freertos_join(struct heap *heap, uint32_t index)
{
    struct freertos_heap *own = freertos_heap(heap);
    const struct freertos_row row = row_of(&heap->regions[index]);
    const uint32_t bytes = row.end - row.start;
    if (bytes < FREERTOS_SMALLEST && !heap_faithful(heap)) {
        return HEAP_E_TOO_SMALL;
    }
    if (bytes == 0) {
        return HEAP_OK; /* the original writes beside the region */
    }
    if (row.start <= own->end) {
        return HEAP_E_ARGUMENT; /* regions rise: the original asserts it */
    }
    freertos_set(heap, row.end, 0, 0);
    freertos_set(heap, row.start, row.end, bytes);
    list_set_next(heap, own->end != 0 ? own->end : START, row.start);
    own->end = row.end;
    own->free_bytes += bytes;
    own->min_ever_free = own->allocs == 0 ? own->free_bytes : own->min_ever_free;
    freertos_note_added(heap, row.start);
    return HEAP_OK;
}

/* ---- heap_4 and heap_5: calls ---- */

heap_off freertos_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    struct freertos_heap *own = freertos_heap(heap);
    const uint32_t wanted = freertos_wanted(size, pads(heap));
    if (wanted == 0 || wanted > own->free_bytes || freertos_refuses(heap, align)) {
        return HEAP_NONE;
    }
    uint32_t previous = START, block = own->start_next, found = 0;
    for (; block != own->end; previous = block, block = freertos_next(heap, block)) {
        found = freertos_size(heap, block);
        nominal_note_step(heap, HEAP_STEP_VISIT, block, found);
        if (found >= wanted) {
            break;
        }
    }
    if (block == own->end) {
        return HEAP_NONE;
    }
    uint32_t next = freertos_next(heap, block);
    freertos_note_removed(heap, block);
    if (found - wanted > FREERTOS_KEPT) {
        const uint32_t rest = block + wanted;
        freertos_set(heap, rest, next, found - wanted);
        nominal_note_step(heap, HEAP_STEP_SPLIT, rest, found - wanted);
        freertos_note_added(heap, rest);
        next = rest;
        found = wanted;
    }
    list_set_next(heap, previous, next);
    freertos_set(heap, block, 0, found | FREERTOS_ALLOCATED);
    own->free_bytes -= found;
    own->min_ever_free = own->free_bytes < own->min_ever_free ? own->free_bytes : own->min_ever_free;
    own->allocs++;
    return nominal_off(heap, block + FREERTOS_HEADER);
}

/* HEAP_OK, or why the payload at `off` is none. */
static int find(const struct heap *heap, heap_off off)
{
    return freertos_find(heap, row_of(arena_region(heap, off)), nominal_of(heap, off) - FREERTOS_HEADER);
}

/* Puts the block back into the list between its neighbours there, and merges it with those that it touches. */
static void list_insert(struct heap *heap, uint32_t block, uint32_t size)
{
    const uint32_t end = freertos_heap(heap)->end;
    uint32_t previous = START, next = list_next(heap, START);
    for (; next < block; previous = next, next = freertos_next(heap, next)) {
        nominal_note_step(heap, HEAP_STEP_VISIT, next, freertos_size(heap, next));
    }
    if (next != end && block + size == next) { /* also an inner marker, of size 0 */
        const uint32_t gained = freertos_size(heap, next);
        nominal_note_step(heap, HEAP_STEP_MERGE, next, gained);
        if (gained != 0) {
            freertos_note_removed(heap, next);
        }
        size += gained;
        next = freertos_next(heap, next);
    }
    if (previous != START && previous + freertos_size(heap, previous) == block) {
        nominal_note_step(heap, HEAP_STEP_MERGE, previous, freertos_size(heap, previous));
        freertos_note_removed(heap, previous);
        size += freertos_size(heap, previous);
        block = previous;
    } else {
        list_set_next(heap, previous, block);
    }
    freertos_set(heap, block, next, size);
    freertos_note_added(heap, block);
}

int freertos_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    struct freertos_heap *own = freertos_heap(heap);
    const int error = heap_checked(heap) ? find(heap, off) : HEAP_OK;
    (void)layout;
    if (error == HEAP_OK) {
        const uint32_t block = nominal_of(heap, off) - FREERTOS_HEADER, size = freertos_size(heap, block);
        nominal_set_u32(heap, block + FREERTOS_SIZE, size); /* no longer allocated, also where it becomes the inside of a block */
        own->free_bytes += size;
        list_insert(heap, block, size);
        own->frees++;
    }
    return error;
}

uint32_t freertos_usable(const struct heap *heap, heap_off off)
{
    const uint32_t block = nominal_of(heap, off) - FREERTOS_HEADER;
    return heap_checked(heap) && find(heap, off) != HEAP_OK ? 0 : freertos_size(heap, block) - FREERTOS_HEADER;
}

heap_off freertos_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    heap->error = heap_checked(heap) ? find(heap, off) : HEAP_OK;
    if (heap->error != HEAP_OK) {
        return HEAP_NONE;
    }
    return nominal_realloc_by_moving(heap, off, old, freertos_usable(heap, off), size, freertos_alloc, freertos_free);
}

/* ---- heap_4 and heap_5: inspection ---- */

int freertos_walk(const struct heap *heap, heap_span_fn visit, void *ctx)
{
    int error = HEAP_OK;
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const struct heap_region *region = &heap->regions[i];
        if (!freertos_walk_region(heap, region, row_of(region), MARKER, visit, ctx, &error)) {
            break;
        }
    }
    return error;
}

/* One region's blocks: they lead to its marker, no two free ones touch, and the free ones are the list's next entries, from *entry on. */
static int check_region(const struct heap *heap, struct freertos_row row, uint32_t *entry, uint32_t *free_bytes, heap_off *where)
{
    bool was_free = false;
    for (uint32_t block = row.start; block != row.end; block += freertos_size(heap, block)) {
        *where = nominal_off(heap, block);
        if (!freertos_is_block(heap, row, block) || freertos_size(heap, block) % FREERTOS_ALIGN != 0) {
            return HEAP_E_CORRUPT;
        }
        const bool is_free = (freertos_word(heap, block) & FREERTOS_ALLOCATED) == 0;
        if (is_free && (*entry != block || was_free)) {
            return HEAP_E_CORRUPT;
        }
        if (is_free) {
            *entry = freertos_next(heap, block);
            *free_bytes += freertos_size(heap, block);
        }
        was_free = is_free;
    }
    *where = nominal_off(heap, row.end);
    if (freertos_word(heap, row.end) != 0 || (row.end == freertos_heap(heap)->end && *entry != row.end)) {
        return HEAP_E_CORRUPT;
    }
    if (*entry == row.end) {
        *entry = freertos_next(heap, row.end);
    }
    return HEAP_OK;
}

int freertos_check(const struct heap *heap, heap_off *where)
{
    const struct freertos_heap *own = freertos_heap(heap);
    uint32_t entry = own->start_next, free_bytes = 0, end = 0;
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const struct freertos_row row = row_of(&heap->regions[i]);
        if (row.start != row.end) {
            end = row.end;
            const int error = check_region(heap, row, &entry, &free_bytes, where);
            if (error != HEAP_OK) {
                return error;
            }
        }
    }
    const bool good = entry == 0 && end == own->end && own->start_size == 0 && free_bytes == own->free_bytes && own->min_ever_free <= free_bytes;
    return good ? HEAP_OK : HEAP_E_CORRUPT;
}

struct figures {
    uint32_t blocks, largest, smallest;
};

static struct figures list_figures(const struct heap *heap, const struct freertos_heap *own)
{
    struct figures figures = {0, 0, UINT32_MAX};
    for (uint32_t block = own->start_next; block != own->end; block = freertos_next(heap, block)) {
        const uint32_t size = freertos_size(heap, block);
        figures.blocks++;
        figures.largest = size > figures.largest ? size : figures.largest;
        figures.smallest = size != 0 && size < figures.smallest ? size : figures.smallest;
    }
    return figures;
}

uint32_t freertos_largest_request(const struct heap *heap)
{
    return freertos_serves(list_figures(heap, freertos_heap(heap)).largest, pads(heap));
}

void freertos_statistics(const struct heap *heap, bool begun, heap_statistic_fn emit, void *ctx)
{
    const struct freertos_heap unused = {0, 0, 0, 0, 0, 0, 0}, *own = begun ? freertos_heap(heap) : &unused;
    const struct figures figures = list_figures(heap, own);
    const struct heap_statistic statistics[] = {
        {"xAvailableHeapSpaceInBytes", "free_bytes", HEAP_NONE, own->free_bytes},
        {"xSizeOfLargestFreeBlockInBytes", "largest_free", HEAP_NONE, figures.largest},
        {"xSizeOfSmallestFreeBlockInBytes", "smallest_free", HEAP_NONE, figures.smallest},
        {"xNumberOfFreeBlocks", "free_blocks", HEAP_NONE, figures.blocks},
        {"xMinimumEverFreeBytesRemaining", "min_ever_free", HEAP_NONE, own->min_ever_free},
        {"xNumberOfSuccessfulAllocations", "allocs", HEAP_NONE, own->allocs},
        {"xNumberOfSuccessfulFrees", "frees", HEAP_NONE, own->frees},
    };
    for (size_t i = 0; i < sizeof statistics / sizeof statistics[0]; i++) {
        emit(ctx, &statistics[i]);
    }
}
