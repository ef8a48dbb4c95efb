/* tagged.c: laying out, walking and checking regions of tagged blocks. */
#include "tagged.h"

static heap_off first_block(const struct heap *heap, uint32_t index, uint32_t control)
{
    return bits_up(heap->regions[index].first + control + TAG_BYTES, heap->alignment) - TAG_BYTES;
}

static heap_off end_mark(const struct heap *heap, uint32_t index)
{
    return bits_down(heap->regions[index].first + heap->regions[index].bytes, heap->alignment) - TAG_BYTES;
}

int tagged_lay_region(struct heap *heap, uint32_t index, uint32_t control_bytes, heap_off *block)
{
    if (heap->regions[index].bytes <= control_bytes) {
        return HEAP_E_TOO_SMALL;
    }
    const heap_off first = first_block(heap, index, control_bytes), end = end_mark(heap, index);
    if (end < first || end - first < TAG_MIN_BLOCK) {
        return HEAP_E_TOO_SMALL;
    }
    arena_set_u32(heap, end, TAG_USED);
    arena_set_u32(heap, first, (end - first) | TAG_USED);
    *block = first;
    return HEAP_OK;
}

int tagged_live(const struct heap *heap, heap_off off)
{
    const heap_off block = off - TAG_BYTES;
    if (block >= heap->bytes) {
        return HEAP_E_NOT_LIVE;
    }
    const uint32_t tag = arena_u32(heap, block), bytes = tag & ~TAG_FLAGS;
    if ((tag & TAG_USED) == 0 || bytes < TAG_MIN_BLOCK || (bytes & (heap->alignment - 1)) != 0 || bytes >= heap->bytes - block) {
        return HEAP_E_NOT_LIVE;
    }
    if (tag_prev_is_free(heap, block + bytes)) {
        return HEAP_E_NOT_LIVE;
    }
    if ((tag & TAG_PREV_FREE) != 0) {
        const uint32_t before = block >= TAG_BYTES ? arena_u32(heap, block - TAG_BYTES) : 0;
        if (before < TAG_MIN_BLOCK || before > block || (before & (heap->alignment - 1)) != 0 ||
            (arena_u32(heap, block - before) & (~TAG_FLAGS | TAG_USED)) != before) {
            return HEAP_E_CORRUPT;
        }
    }
    return HEAP_OK;
}

struct heap_extent tagged_extent(const struct heap *heap, heap_off off, struct heap_layout layout)
{
    (void)layout;
    const heap_off block = tag_block(off);
    return (struct heap_extent){block, tag_size(heap, block), 0};
}

int tagged_walk(const struct heap *heap, tagged_control control, heap_span_fn visit, void *ctx)
{
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const uint32_t own = control(heap, i);
        const heap_off start = heap->regions[i].first, first = first_block(heap, i, own), end = end_mark(heap, i);
        if (!arena_emit(visit, ctx, start, own, HEAP_CONTROL) || !arena_emit(visit, ctx, start + own, first - start - own, HEAP_RESERVED)) {
            return HEAP_OK;
        }
        for (heap_off block = first; block != end;) {
            const uint32_t bytes = tag_size(heap, block);
            if (bytes < TAG_MIN_BLOCK || (bytes & (heap->alignment - 1)) != 0 || bytes > end - block) {
                return HEAP_E_CORRUPT;
            }
            const bool more = tag_is_used(heap, block)
                                  ? arena_emit(visit, ctx, block, TAG_BYTES, HEAP_HEADER) &&
                                        arena_emit(visit, ctx, tag_payload(block), bytes - TAG_BYTES, HEAP_PAYLOAD)
                                  : arena_emit(visit, ctx, block, bytes, HEAP_FREE);
            if (!more) {
                return HEAP_OK;
            }
            block += bytes;
        }
        if (!arena_emit(visit, ctx, end, TAG_BYTES, HEAP_CONTROL) ||
            !arena_emit(visit, ctx, end + TAG_BYTES, start + heap->regions[i].bytes - end - TAG_BYTES, HEAP_RESERVED)) {
            return HEAP_OK;
        }
    }
    return HEAP_OK;
}

/* One region: sizes add up, flags agree with neighbours, footers agree with headers. */
static int check_region(const struct heap *heap, heap_off block, heap_off end, uint32_t *free_blocks, heap_off *where)
{
    bool prev_free = false;
    for (; *where = block, block != end; block += tag_size(heap, block)) {
        const uint32_t bytes = tag_size(heap, block);
        if (bytes < TAG_MIN_BLOCK || (bytes & (heap->alignment - 1)) != 0 || bytes > end - block ||
            tag_prev_is_free(heap, block) != prev_free) {
            return HEAP_E_CORRUPT;
        }
        const bool is_free = !tag_is_used(heap, block);
        if (is_free && (prev_free || arena_u32(heap, block + bytes - TAG_BYTES) != bytes)) {
            return HEAP_E_CORRUPT;
        }
        *free_blocks += is_free;
        prev_free = is_free;
    }
    return arena_u32(heap, end) == (TAG_USED | (prev_free ? TAG_PREV_FREE : 0)) ? HEAP_OK : HEAP_E_CORRUPT;
}

int tagged_check(const struct heap *heap, tagged_control control, uint32_t *free_blocks, heap_off *where)
{
    *free_blocks = 0;
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const int error = check_region(heap, first_block(heap, i, control(heap, i)), end_mark(heap, i), free_blocks, where);
        if (error != HEAP_OK) {
            return error;
        }
    }
    return HEAP_OK;
}
