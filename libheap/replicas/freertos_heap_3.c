/* freertos_heap_3.c: FreeRTOS heap_3: the C library's malloc and free, with the scheduler suspended.
 *
 *     | 0…15 | the library's own word | payload | … |      on a host; on a board whatever its C library keeps
 *
 * Rules. malloc is the library's, free its free, realloc allocate, copy, free. Which block is taken is the library's business: nothing
 * here is compared with anything, and the heap has no image that could be saved or moved.
 * On a host (glibc) the library runs in a process of its own (src/hosted.h), which tells the places; the bytes lie in the heap's memory. A
 * place is live if its word, kept where the library has its own, and the process say so.
 * On a board (newlib) the library is called directly, and its memory, which it gets from _sbrk, is the heap's: there is one such heap,
 * once. A firmware that has an _sbrk of its own hands out that heap's memory with it; blocks elsewhere are refused.
 * Control: 8 bytes in the state block.
 * Time: the library's.
 * Source: FreeRTOS-Kernel V11.1.0+, commit 4269c69, portable/MemMang/heap_3.c. */
#include "../src/freertos.h"
#include "../src/hosted.h"

HEAP_POLICY_PROTOTYPES(freertos_heap_3);

#if HOSTED_EXISTS
#define HOST_ONLY(function) function
#define LIVE 1u /* in the word in front of a payload, beside its capacity */

static struct hosted *hosted_of(const struct heap *heap) { return (struct hosted *)(void *)heap->state; }

/* Place 0 of the library is the first multiple of its alignment. */
static heap_off first_place(const struct heap *heap)
{
    return (0u - heap->regions[0].address) % HOSTED_ALIGN;
}

static arena_word *word_of(const struct heap *heap, heap_off off)
{
    return (arena_word *)(void *)arena_at(heap, off - 4);
}

static bool is_live(const struct heap *heap, heap_off off)
{
    const heap_off least = first_place(heap) + HOSTED_ALIGN;
    return off >= least && (off - least) % HOSTED_ALIGN == 0 && (*word_of(heap, off) & LIVE) != 0 && (*word_of(heap, off) & ~LIVE) <= heap->bytes - off;
}

static void note_free(struct heap *heap, uint32_t from, uint32_t to, bool added)
{
    (void)heap; /* on a board */
    if (from < to && added) {
        heap_note_free_added(heap, first_place(heap) + from, to - from);
    } else if (from < to) {
        heap_note_free_removed(heap, first_place(heap) + from, to - from);
    }
}

/* The block lies in what was free, or is about to be free with it. */
static void note_block(struct heap *heap, struct hosted_block block, bool comes)
{
    note_free(heap, block.before, block.after, !comes);
    note_free(heap, block.before, block.at - HOSTED_HEADER, comes);
    note_free(heap, block.at + block.bytes, block.after, comes);
}

/* ---- the policy's functions: on a host ---- */

int heap_freertos_heap_3_init(struct heap *heap)
{
    const int error = freertos_begin(heap);
    const heap_off first = first_place(heap);
    if (error != HEAP_OK) {
        return error;
    }
    if (heap->bytes < first + 4 * HOSTED_ALIGN) {
        return HEAP_E_TOO_SMALL;
    }
    const int begun = hosted_begin(hosted_of(heap), heap->bytes - first);
    if (begun == HEAP_OK) {
        note_free(heap, HOSTED_FIRST, heap->bytes - first, true);
    }
    return begun;
}

heap_off heap_freertos_heap_3_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    if (size == 0 || freertos_refuses(heap, align)) {
        return HEAP_NONE;
    }
    const struct hosted_block block = hosted_alloc(hosted_of(heap), size);
    if (block.at == HEAP_NONE) {
        return HEAP_NONE;
    }
    const heap_off off = first_place(heap) + block.at;
    *word_of(heap, off) = block.bytes | LIVE;
    note_block(heap, block, true);
    return off;
}

int heap_freertos_heap_3_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    (void)layout;
    if (!is_live(heap, off)) {
        return HEAP_E_NOT_LIVE;
    }
    const struct hosted_block block = hosted_free(hosted_of(heap), off - first_place(heap));
    if (block.at == HEAP_NONE) {
        return HEAP_E_NOT_LIVE;
    }
    *word_of(heap, off) = 0;
    note_block(heap, block, false);
    return HEAP_OK;
}

uint32_t heap_freertos_heap_3_usable(const struct heap *heap, heap_off off)
{
    return is_live(heap, off) ? *word_of(heap, off) & ~LIVE : 0;
}

/* ---- inspection ---- */

/* Calls visit for every live block, in order: with its place. HEAP_OK, also where visit wants no more, or HEAP_E_CORRUPT. */
static int each_block(const struct heap *heap, bool (*visit)(void *ctx, heap_off off, uint32_t bytes), void *ctx)
{
    struct hosted_block blocks[HOSTED_BATCH];
    uint32_t from = 0;
    for (int count = HOSTED_BATCH; count == HOSTED_BATCH;) {
        count = hosted_list(hosted_of(heap), from, blocks);
        for (int i = 0; i < count; i++) {
            const heap_off off = first_place(heap) + blocks[i].at;
            if (heap_freertos_heap_3_usable(heap, off) != blocks[i].bytes) {
                return HEAP_E_CORRUPT;
            }
            if (!visit(ctx, off, blocks[i].bytes)) {
                return HEAP_OK;
            }
            from = blocks[i].at + HOSTED_ALIGN;
        }
        if (count < 0) {
            return HEAP_E_CORRUPT;
        }
    }
    return HEAP_OK;
}

struct walking {
    heap_span_fn visit;
    void *ctx;
    heap_off done;
    bool stopped;
};

/* What lies between two live blocks is free, as far as can be known. */
static bool walk_block(void *ctx, heap_off off, uint32_t bytes)
{
    struct walking *walking = ctx;
    const heap_off header = off - HOSTED_HEADER;
    walking->stopped = !arena_emit(walking->visit, walking->ctx, walking->done, header - walking->done, HEAP_FREE) ||
                       !arena_emit(walking->visit, walking->ctx, header, HOSTED_HEADER, HEAP_HEADER) ||
                       !arena_emit(walking->visit, walking->ctx, off, bytes, HEAP_PAYLOAD);
    walking->done = off + bytes;
    return !walking->stopped;
}

static int walk(const struct heap *heap, heap_span_fn visit, void *ctx)
{
    const heap_off first = first_place(heap) + HOSTED_FIRST;
    struct walking walking = {visit, ctx, first, !arena_emit(visit, ctx, 0, first, HEAP_RESERVED)};
    const int error = walking.stopped ? HEAP_OK : each_block(heap, walk_block, &walking);
    if (error == HEAP_OK && !walking.stopped) {
        (void)arena_emit(visit, ctx, walking.done, heap->bytes - walking.done, HEAP_FREE);
    }
    return error;
}

static bool pass(void *ctx, heap_off off, uint32_t bytes)
{
    (void)ctx, (void)off, (void)bytes;
    return true;
}

static int check(const struct heap *heap, heap_off *where)
{
    *where = 0;
    return each_block(heap, pass, NULL);
}

static struct heap_extent extent(const struct heap *heap, heap_off off, struct heap_layout layout)
{
    (void)layout;
    return (struct heap_extent){off - HOSTED_HEADER, HOSTED_HEADER + heap_freertos_heap_3_usable(heap, off), 0};
}

struct gaps {
    heap_off done;
    uint32_t largest;
};

static bool note_gap(void *ctx, heap_off off, uint32_t bytes)
{
    struct gaps *gaps = ctx;
    const uint32_t gap = off - HOSTED_HEADER - gaps->done;
    gaps->largest = gap > gaps->largest ? gap : gaps->largest;
    gaps->done = off + bytes;
    return true;
}

/* As if the library could use any gap. */
static uint32_t largest_request(const struct heap *heap)
{
    struct gaps gaps = {first_place(heap) + HOSTED_FIRST, 0};
    if (each_block(heap, note_gap, &gaps) != HEAP_OK) {
        return 0;
    }
    (void)note_gap(&gaps, heap->bytes + HOSTED_HEADER, 0);
    return gaps.largest < 2 * HOSTED_ALIGN ? 0 : bits_down(gaps.largest, HOSTED_ALIGN) - HOSTED_HEADER;
}

static void end(struct heap *heap)
{
    hosted_end(hosted_of(heap));
}
#else
#include <malloc.h>
#include <stdlib.h>

/* What _sbrk hands out: the heap's memory, once. */
static uint8_t *memory, *memory_end;

void *_sbrk(ptrdiff_t bytes);
__attribute__((weak)) void *_sbrk(ptrdiff_t bytes)
{
    uint8_t *const before = memory;
    if (bytes > memory_end - memory) {
        return (void *)-1;
    }
    memory += bytes;
    return before;
}

/* ---- the policy's functions: on a board ---- */

int heap_freertos_heap_3_init(struct heap *heap)
{
    const int error = freertos_begin(heap);
    if (error != HEAP_OK || memory_end != NULL) {
        return error != HEAP_OK ? error : HEAP_E_UNSUPPORTED;
    }
    memory = heap->base;
    memory_end = heap->base + heap->bytes;
    return HEAP_OK;
}

heap_off heap_freertos_heap_3_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    if (size == 0 || freertos_refuses(heap, align)) {
        return HEAP_NONE;
    }
    void *pointer = malloc(size);
    const uintptr_t off = (uintptr_t)pointer - (uintptr_t)heap->base;
    if (pointer == NULL || off >= heap->bytes || size > heap->bytes - off) {
        free(pointer);
        return HEAP_NONE;
    }
    return (heap_off)off;
}

int heap_freertos_heap_3_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    (void)layout;
    free(arena_at(heap, off));
    return HEAP_OK;
}

uint32_t heap_freertos_heap_3_usable(const struct heap *heap, heap_off off)
{
    return (uint32_t)malloc_usable_size(arena_at(heap, off));
}

/* ---- inspection: the library keeps its blocks to itself ---- */

#define HOST_ONLY(function) NULL

static struct heap_extent extent(const struct heap *heap, heap_off off, struct heap_layout layout)
{
    (void)layout;
    return (struct heap_extent){off, heap_freertos_heap_3_usable(heap, off), 0};
}

static uint32_t largest_request(const struct heap *heap)
{
    (void)heap;
    return (uint32_t)(memory_end - memory);
}
#endif

/* ---- on both ---- */

int heap_freertos_heap_3_add_region(struct heap *heap, uint32_t index)
{
    (void)heap, (void)index;
    return HEAP_E_UNSUPPORTED;
}

heap_off heap_freertos_heap_3_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    const uint32_t capacity = heap_freertos_heap_3_usable(heap, off);
    heap->error = capacity == 0 ? HEAP_E_NOT_LIVE : HEAP_OK;
    if (heap->error != HEAP_OK) {
        return HEAP_NONE;
    }
    return nominal_realloc_by_moving(heap, off, old, capacity, size, heap_freertos_heap_3_alloc, heap_freertos_heap_3_free);
}

static const char *const defects[] = {
    "alignments above 8 are ignored: the payload may lack them",
    NULL,
};

static const struct heap_replica replica = {
    .of = "FreeRTOS heap_3", .version = FREERTOS_VERSION, .keys = "",
    .fidelity = "none claimed: the places are this platform's C library's",
    .defects = defects,
};

const struct heap_policy_inspect heap_freertos_heap_3_inspect = {
    .traits = HEAP_FREES | HEAP_FINDS_DOUBLE_FREE | HEAP_FINDS_INTERIOR | HEAP_NO_IMAGE,
    .walk = HOST_ONLY(walk), .check = HOST_ONLY(check), .end = HOST_ONLY(end), .extent = extent, .largest_request = largest_request,
    .idea = "the C library's malloc and free, whatever they are",
    .overhead = "the library's",
    .bounds = "the library's; on a host two switches of process a call",
    .source = "FreeRTOS-Kernel, portable/MemMang/heap_3.c",
    .picture = "| the library's | payload |",
    .replica = &replica,
};

HEAP_POLICY_TABLE(freertos_heap_3, HEAP_ID('F', 'R', 'H', '3'), 8);
