/* digest.c: the heap's fingerprint, and the way between pointers and offsets. */
#include "arena.h"
#include "image.h"

/* A table of 16 words: a nibble a step, small enough for a board and the same numbers as zlib's crc32(). */
uint32_t heap_crc32(uint32_t crc, const void *data, size_t bytes)
{
    static const uint32_t table[16] = {0x00000000u, 0x1DB71064u, 0x3B6E20C8u, 0x26D930ACu, 0x76DC4190u, 0x6B6B51F4u, 0x4DB26158u, 0x5005713Cu,
                                       0xEDB88320u, 0xF00F9344u, 0xD6D6A3E8u, 0xCB61B38Cu, 0x9B64C2B0u, 0x86D3D2D4u, 0xA00AE278u, 0xBDBDF21Cu};
    const uint8_t *byte = data;
    crc = ~crc;
    while (bytes-- > 0) {
        crc ^= *byte++;
        crc = crc >> 4 ^ table[crc & 15u];
        crc = crc >> 4 ^ table[crc & 15u];
    }
    return ~crc;
}

uint32_t heap_digest(const struct heap *heap)
{
    uint32_t crc = 0;
    if (heap->bytes == 0) {
        return crc;
    }
    crc = heap_crc32(crc, heap->state - HEAP_IMAGE_HEADER_BYTES, heap_state_bytes(heap->policy));
    for (uint32_t i = 0; i < heap->region_count; i++) {
        crc = heap_crc32(crc, heap->regions[i].base, heap->regions[i].bytes);
    }
    return crc;
}

heap_off heap_offset_of(const struct heap *heap, const void *pointer) { return arena_offset_of(heap, pointer); }

void *heap_pointer_at(const struct heap *heap, heap_off off)
{
    return off < heap->bytes ? arena_at(heap, off) : NULL;
}

#if HEAP_MAX_REGIONS > 1
heap_off arena_offset_far(const struct heap *heap, const void *pointer)
{
    for (uint32_t i = 1; i < heap->region_count; i++) {
        const uintptr_t within = (uintptr_t)pointer - (uintptr_t)heap->regions[i].base;
        if (within < heap->regions[i].bytes) {
            return heap->regions[i].first + (heap_off)within;
        }
    }
    return HEAP_NONE;
}

uint8_t *arena_at_far(const struct heap *heap, heap_off off)
{
    const struct heap_region *region = arena_region(heap, off);
    return region->base + (off - region->first);
}
#endif
