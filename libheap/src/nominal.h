/* nominal.h: how a replica reads and writes its memory: by nominal address (heap.h), as its original does by true ones.
 *
 * Words in the arena hold nominal addresses, 0 for none: the image stays the same wherever the memory really is. With one region
 * an access is one addition; with several, addresses beyond the first region cost a search of the region table. An address that is
 * handed to these functions lies in a region; nominal_holds asks. */
#ifndef HEAP_NOMINAL_H
#define HEAP_NOMINAL_H

#include "arena.h"

/* The region that [address, address + bytes) lies in, or NULL. */
static inline const struct heap_region *nominal_region(const struct heap *heap, uint32_t address, uint32_t bytes)
{
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const struct heap_region *region = &heap->regions[i];
        if (address - region->address < region->bytes && bytes <= region->bytes - (address - region->address)) {
            return region;
        }
    }
    return NULL;
}

static inline bool nominal_holds(const struct heap *heap, uint32_t address, uint32_t bytes)
{
    return nominal_region(heap, address, bytes) != NULL;
}

static inline uint32_t nominal_of(const struct heap *heap, heap_off off)
{
#if HEAP_MAX_REGIONS > 1
    if (off >= heap->regions[0].bytes) {
        const struct heap_region *region = arena_region(heap, off);
        return region->address + (off - region->first);
    }
#endif
    return heap->regions[0].address + off;
}

/* HEAP_NONE where the address is in no region. */
static inline heap_off nominal_off(const struct heap *heap, uint32_t address)
{
    const struct heap_region *region = &heap->regions[0];
#if HEAP_MAX_REGIONS > 1
    if (address - region->address >= region->bytes) {
        region = nominal_region(heap, address, 0);
        if (region == NULL) {
            return HEAP_NONE;
        }
    }
#endif
    return region->first + (address - region->address);
}

static inline uint8_t *nominal_at(const struct heap *heap, uint32_t address)
{
    return arena_at(heap, nominal_off(heap, address));
}

/* address is a multiple of 4 */
static inline uint32_t nominal_u32(const struct heap *heap, uint32_t address)
{
    return *(const arena_word *)(const void *)nominal_at(heap, address);
}

static inline void nominal_set_u32(struct heap *heap, uint32_t address, uint32_t value)
{
    *(arena_word *)(void *)nominal_at(heap, address) = value;
}

/* As observe.h's, by nominal address. */
#if HEAP_LAB
static inline void nominal_note_step(struct heap *heap, enum heap_step step, uint32_t address, uint32_t bytes)
{
    heap_note_step(heap, step, nominal_off(heap, address), bytes);
}

static inline void nominal_note_free_added(struct heap *heap, uint32_t address, uint32_t bytes)
{
    heap_note_free_added(heap, nominal_off(heap, address), bytes);
}

static inline void nominal_note_free_removed(struct heap *heap, uint32_t address, uint32_t bytes)
{
    heap_note_free_removed(heap, nominal_off(heap, address), bytes);
}
#else
#define nominal_unused(heap, address, bytes) ((void)sizeof(heap), (void)sizeof(address), (void)sizeof(bytes)) /* named, not evaluated */
#define nominal_note_step(heap, step, address, bytes) ((void)sizeof(step), nominal_unused(heap, address, bytes))
#define nominal_note_free_added(heap, address, bytes) nominal_unused(heap, address, bytes)
#define nominal_note_free_removed(heap, address, bytes) nominal_unused(heap, address, bytes)
#endif

/* What a replica's original answers to a realloc that it has no function for: allocate, copy, free, in this order, whatever the
 * sizes. `capacity` bounds the copy. NONE: the old block stays. */
static inline heap_off nominal_realloc_by_moving(struct heap *heap, heap_off off, struct heap_layout old, uint32_t capacity, uint32_t size,
                                                 heap_off (*alloc)(struct heap *, uint32_t, uint32_t),
                                                 int (*release)(struct heap *, heap_off, struct heap_layout))
{
    const heap_off moved = alloc(heap, size, old.align != 0 ? old.align : heap->natural);
    if (moved != HEAP_NONE) {
        const uint32_t kept = old.size != 0 && old.size < capacity ? old.size : capacity;
        memcpy(arena_at(heap, moved), arena_at(heap, off), kept < size ? kept : size);
        (void)release(heap, off, old);
    }
    return moved;
}

/* Blocks that are known in any order, wanted in order of address: each pass over them all keeps the NOMINAL_BATCH lowest from `above`
 * on. For walks over free lists that are not sorted: O(n^2 / NOMINAL_BATCH). */
#define NOMINAL_BATCH 32u

struct nominal_batch {
    uint32_t above, count;                          /* only blocks at or above this address are taken */
    struct { uint32_t address, bytes; } blocks[NOMINAL_BATCH]; /* rising */
};

static inline void nominal_batch_add(struct nominal_batch *batch, uint32_t address, uint32_t bytes)
{
    uint32_t i = batch->count;
    if (address < batch->above || (i == NOMINAL_BATCH && address > batch->blocks[i - 1].address)) {
        return;
    }
    if (i < NOMINAL_BATCH) {
        batch->count++;
    } else {
        i--;
    }
    for (; i != 0 && batch->blocks[i - 1].address > address; i--) {
        batch->blocks[i] = batch->blocks[i - 1];
    }
    batch->blocks[i].address = address;
    batch->blocks[i].bytes = bytes;
}

#endif
