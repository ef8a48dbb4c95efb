/* mattconte_tlsf.c: Matthew Conte's two-level segregated fit, on a 32-bit target.
 *
 *     used  | size·flags | payload ………………………………………… |           flags: bit 0 this block is free, bit 1 the block before is
 *     free  | size·flags | next | prev | … | own address |           size: the payload's, a multiple of 4, at least 12
 *             4            4      4          4
 *
 * The next block's header follows the payload. A free block's own address, in its last payload word, belongs to it only while bit 1 of the
 * next block's header is set. A pool is a run of blocks and a mark of size 0 that counts as used.
 *
 *     control  | null block 16 | index of 24 rows (two_level.h) |    3188 bytes at the arena's start, the first pool behind it
 *
 * A size below 128 has a class for every 4 bytes (row 0); above, every power of two is a row of 32 classes. A request is rounded up to
 * the next class and served by the head of the first list at or above it; a block that fits, in the request's own class, is
 * not seen. Lists are last in, first out; freed blocks merge at once; splits hand out the low part.
 *
 * Where the original has addresses, here are nominal ones, and 0 where it has the address of its null block.
 * Time: O(1). Overhead: 4 bytes a block, payloads of at least 12; the control; 8 bytes a pool.
 * Source: mattconte/tlsf, commit deff9ab50934 (2020, README v3.1). */
#include "../src/two_level.h"

HEAP_POLICY_PROTOTYPES(mattconte_tlsf);

#define NULL_BLOCK_BYTES 16u
#define ROWS 24u
#define CONTROL_BYTES (NULL_BLOCK_BYTES + 4 * TWO_LEVEL_WORDS(ROWS))
_Static_assert(CONTROL_BYTES == 3188, "the original's tlsf_size()");

#define ALIGN 4u
#define HEADER 4u
#define MIN_PAYLOAD 12u
#define SPLIT_BYTES 16u /* a block of the least payload, header included */
#define POOL_OVERHEAD 8u
#define SIZE_LIMIT (UINT32_C(1) << 30)

#define IS_FREE 1u
#define PREV_FREE 2u
#define FLAGS 3u

/* ---- control and pools: where they lie follows from the regions ---- */

/* tlsf_create: none where the memory is misaligned, or (here) too small to hold it. */
static bool has_control(const struct heap *heap)
{
    return heap->regions[0].address % ALIGN == 0 && heap->regions[0].bytes >= CONTROL_BYTES;
}

static struct two_level index_of(const struct heap *heap)
{
    return (struct two_level){(arena_word *)(void *)(heap->base + NULL_BLOCK_BYTES), ROWS};
}

/* The payloads of a pool's first block and of its mark. */
struct pool {
    uint32_t first, mark;
};

/* tlsf_add_pool's conditions (2^30 bytes, which it takes, would have a class beyond its index). False: the region has no pool. */
static bool pool_in(const struct heap *heap, uint32_t index, struct pool *pool)
{
    const struct heap_region *region = &heap->regions[index];
    const uint32_t own = index == 0 ? CONTROL_BYTES : 0, memory = region->address + own;
    const uint32_t bytes = bits_down(region->bytes - own - POOL_OVERHEAD, ALIGN); /* of the first block; wraps where there is no room */
    *pool = (struct pool){memory + HEADER, memory + HEADER + bytes + HEADER};
    return has_control(heap) && memory % ALIGN == 0 && region->bytes >= own && bytes >= MIN_PAYLOAD && bytes < SIZE_LIMIT;
}

/* ---- blocks, by the address of their payload ---- */

static uint32_t tag_of(const struct heap *heap, uint32_t block) { return nominal_u32(heap, block - HEADER); }
static void set_tag(struct heap *heap, uint32_t block, uint32_t tag) { nominal_set_u32(heap, block - HEADER, tag); }
static uint32_t size_of(const struct heap *heap, uint32_t block) { return tag_of(heap, block) & ~FLAGS; }
static bool is_free(const struct heap *heap, uint32_t block) { return (tag_of(heap, block) & IS_FREE) != 0; }
static uint32_t next_of(const struct heap *heap, uint32_t block) { return block + size_of(heap, block) + HEADER; }

static struct two_level_class class_of(uint32_t size)
{
    if (size < 128) {
        return (struct two_level_class){0, size / 4};
    }
    const uint32_t log = bits_highest(size);
    return (struct two_level_class){log - 6, (size >> (log - 5)) - 32};
}

/* The class where any block can serve the request. */
static struct two_level_class search_class(uint32_t need)
{
    return class_of(need < 128 ? need : need + (UINT32_C(1) << (bits_highest(need) - 5)) - 1);
}

/* The payload for a request; 0: no block can have it. Rounding wraps: sizes just below 2^32 become small ones. */
static uint32_t adjust(uint32_t size, uint32_t align)
{
    const uint32_t rounded = bits_up(size, align);
    if (size == 0 || rounded >= SIZE_LIMIT) {
        return 0;
    }
    return rounded > MIN_PAYLOAD ? rounded : MIN_PAYLOAD;
}

/* Lists a free block; the block before it is used. */
static void insert(struct heap *heap, uint32_t block, uint32_t size)
{
    const uint32_t next = block + size + HEADER;
    set_tag(heap, block, size | IS_FREE);
    nominal_set_u32(heap, block + size - 4, block);
    set_tag(heap, next, tag_of(heap, next) | PREV_FREE);
    two_level_push(heap, index_of(heap), class_of(size), block);
    nominal_note_free_added(heap, block - HEADER, size + HEADER);
}

static void unlist(struct heap *heap, uint32_t block)
{
    const uint32_t size = size_of(heap, block);
    two_level_pull(heap, index_of(heap), class_of(size), block);
    nominal_note_free_removed(heap, block - HEADER, size + HEADER);
}

/* Frees a used block, merging it with its free neighbours, the one before first. */
static void release(struct heap *heap, uint32_t block)
{
    const uint32_t tag = tag_of(heap, block), next = next_of(heap, block);
    uint32_t size = tag & ~FLAGS;
    set_tag(heap, block, tag | IS_FREE); /* also where a merge leaves the header behind */
    if ((tag & PREV_FREE) != 0) {
        nominal_note_step(heap, HEAP_STEP_MERGE, block - HEADER, size + HEADER);
        block = nominal_u32(heap, block - HEADER - 4);
        unlist(heap, block);
        size += size_of(heap, block) + HEADER;
    }
    if (is_free(heap, next)) {
        nominal_note_step(heap, HEAP_STEP_MERGE, next - HEADER, size_of(heap, next) + HEADER);
        unlist(heap, next);
        size += size_of(heap, next) + HEADER;
    }
    insert(heap, block, size);
}

/* Unlinks the block that serves a request of `need`, or 0. */
static uint32_t find(struct heap *heap, uint32_t need)
{
    const struct two_level index = index_of(heap);
    struct two_level_class class = search_class(need);
    if (need == 0 || !two_level_find(index, &class)) {
        return 0;
    }
    const uint32_t block = *two_level_head(index, class);
    nominal_note_step(heap, HEAP_STEP_BIN, block - HEADER, need);
    nominal_note_step(heap, HEAP_STEP_VISIT, block - HEADER, size_of(heap, block) + HEADER);
    unlist(heap, block);
    return block;
}

/* The block of `size` becomes a used one of `need`; what is left over, if it is enough for a block, is released. */
static void place(struct heap *heap, uint32_t block, uint32_t size, uint32_t need, uint32_t prev_free)
{
    if (size < need + SPLIT_BYTES) {
        const uint32_t next = block + size + HEADER;
        set_tag(heap, block, size | prev_free);
        set_tag(heap, next, tag_of(heap, next) & ~PREV_FREE);
        return;
    }
    const uint32_t rest = block + need + HEADER;
    nominal_note_step(heap, HEAP_STEP_SPLIT, rest - HEADER, size - need);
    set_tag(heap, block, need | prev_free);
    set_tag(heap, rest, size - need - HEADER);
    release(heap, rest);
}

static uint32_t allocate(struct heap *heap, uint32_t size)
{
    const uint32_t need = adjust(size, ALIGN), block = find(heap, need);
    if (block != 0) {
        place(heap, block, size_of(heap, block), need, 0);
    }
    return block;
}

/* tlsf_memalign: any block that it finds has room for a free block in front of the payload. */
static uint32_t allocate_aligned(struct heap *heap, uint32_t size, uint32_t align)
{
    const uint32_t need = adjust(size, ALIGN);
    const uint32_t span = need == 0 || align > SIZE_LIMIT ? 0 : adjust(need + align + SPLIT_BYTES, align);
    const uint32_t block = find(heap, span);
    if (block == 0) {
        return 0;
    }
    const uint32_t all = size_of(heap, block);
    uint32_t aligned = bits_up(block, align), gap = aligned - block;
    if (gap != 0 && gap < SPLIT_BYTES) {
        aligned = bits_up(aligned + (SPLIT_BYTES - gap > align ? SPLIT_BYTES - gap : align), align);
        gap = aligned - block;
    }
    if (gap != 0) {
        nominal_note_step(heap, HEAP_STEP_SPLIT, block - HEADER, gap);
        insert(heap, block, gap - HEADER);
    }
    place(heap, aligned, all - gap, need, gap != 0 ? PREV_FREE : 0);
    return aligned;
}

/* ---- the policy's functions ---- */

static void lay_pool(struct heap *heap, struct pool pool)
{
    set_tag(heap, pool.mark, 0);
    insert(heap, pool.first, pool.mark - pool.first - HEADER);
}

int heap_mattconte_tlsf_init(struct heap *heap)
{
    struct pool pool;
    heap->alignment = heap->natural = ALIGN;
    if (has_control(heap)) {
        memset(heap->base, 0, CONTROL_BYTES);
    }
    if (!pool_in(heap, 0, &pool)) {
        return heap_faithful(heap) ? HEAP_OK : HEAP_E_TOO_SMALL;
    }
    lay_pool(heap, pool);
    return HEAP_OK;
}

int heap_mattconte_tlsf_add_region(struct heap *heap, uint32_t index)
{
    struct pool pool;
    if (!pool_in(heap, index, &pool)) {
        return heap_faithful(heap) ? HEAP_OK : HEAP_E_TOO_SMALL;
    }
    lay_pool(heap, pool);
    return HEAP_OK;
}

/* Does a block's payload begin there? HEAP_OK, HEAP_E_NOT_LIVE, or HEAP_E_CORRUPT where the block before contradicts it. */
static int live(const struct heap *heap, uint32_t block)
{
    struct pool pool = {0, 0};
    uint32_t i = 0;
    while (i < heap->region_count && (!pool_in(heap, i, &pool) || block - pool.first >= pool.mark - pool.first)) {
        i++;
    }
    if (i == heap->region_count || block % ALIGN != 0) {
        return HEAP_E_NOT_LIVE;
    }
    const uint32_t tag = tag_of(heap, block), size = tag & ~FLAGS;
    if ((tag & IS_FREE) != 0 || size < MIN_PAYLOAD || size > pool.mark - block - HEADER || (tag_of(heap, block + size + HEADER) & PREV_FREE) != 0) {
        return HEAP_E_NOT_LIVE;
    }
    if ((tag & PREV_FREE) != 0) {
        const uint32_t before = block == pool.first ? 0 : nominal_u32(heap, block - HEADER - 4);
        if (before < pool.first || before >= block || before % ALIGN != 0 || (tag_of(heap, before) & FLAGS) != IS_FREE ||
            next_of(heap, before) != block) {
            return HEAP_E_CORRUPT;
        }
    }
    return HEAP_OK;
}

static heap_off offset_of(const struct heap *heap, uint32_t block) { return block == 0 ? HEAP_NONE : nominal_off(heap, block); }

heap_off heap_mattconte_tlsf_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    if (!has_control(heap)) {
        return HEAP_NONE;
    }
    return offset_of(heap, align > ALIGN ? allocate_aligned(heap, size, align) : allocate(heap, size));
}

int heap_mattconte_tlsf_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    const uint32_t block = nominal_of(heap, off);
    const int error = heap_checked(heap) ? live(heap, block) : HEAP_OK;
    (void)layout;
    if (error == HEAP_OK) {
        release(heap, block);
    }
    return error;
}

/* Elsewhere. The original forgets the old block's alignment; a guarded heap keeps it. */
static uint32_t move(struct heap *heap, uint32_t block, uint32_t align, uint32_t size)
{
    const uint32_t held = size_of(heap, block);
    const uint32_t moved = align > ALIGN && !heap_faithful(heap) ? allocate_aligned(heap, size, align) : allocate(heap, size);
    if (moved != 0) {
        memcpy(nominal_at(heap, moved), nominal_at(heap, block), held < size ? held : size);
        release(heap, block);
    }
    return moved;
}

heap_off heap_mattconte_tlsf_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    const uint32_t block = nominal_of(heap, off);
    heap->error = heap_checked(heap) ? live(heap, block) : HEAP_OK;
    if (heap->error != HEAP_OK) {
        return HEAP_NONE;
    }
    if (size == 0) {
        release(heap, block);
        heap->error = HEAP_RELEASED;
        return HEAP_NONE;
    }
    const uint32_t need = adjust(size, ALIGN), next = next_of(heap, block), tag = tag_of(heap, block);
    if (need == 0 || size >= SIZE_LIMIT) {
        return HEAP_NONE; /* the original shrinks the block to nothing and returns it */
    }
    uint32_t held = tag & ~FLAGS;
    if (need > held) {
        if (!is_free(heap, next) || need > held + HEADER + size_of(heap, next)) {
            return old.align > heap->arena_align ? HEAP_NONE : offset_of(heap, move(heap, block, old.align, size));
        }
        nominal_note_step(heap, HEAP_STEP_MERGE, next - HEADER, size_of(heap, next) + HEADER);
        unlist(heap, next);
        held += HEADER + size_of(heap, next);
    }
    place(heap, block, held, need, tag & PREV_FREE);
    return off;
}

uint32_t heap_mattconte_tlsf_usable(const struct heap *heap, heap_off off)
{
    const uint32_t block = nominal_of(heap, off);
    return heap_checked(heap) && live(heap, block) != HEAP_OK ? 0 : size_of(heap, block);
}

/* ---- inspection ---- */

/* The block's size, or 0 where it cannot be one of the pool's. */
static uint32_t sound_size(const struct heap *heap, struct pool pool, uint32_t block)
{
    const uint32_t size = size_of(heap, block);
    return size >= MIN_PAYLOAD && size <= pool.mark - block - HEADER ? size : 0;
}

static int walk_pool(const struct heap *heap, struct pool pool, bool *more, heap_span_fn visit, void *ctx)
{
    for (uint32_t block = pool.first; *more && block != pool.mark;) {
        const uint32_t size = sound_size(heap, pool, block);
        const heap_off off = nominal_off(heap, block);
        if (size == 0) {
            return HEAP_E_CORRUPT;
        }
        *more = is_free(heap, block) ? arena_emit(visit, ctx, off - HEADER, HEADER + size, HEAP_FREE)
                                     : arena_emit(visit, ctx, off - HEADER, HEADER, HEAP_HEADER) && arena_emit(visit, ctx, off, size, HEAP_PAYLOAD);
        block += size + HEADER;
    }
    return HEAP_OK;
}

static int walk(const struct heap *heap, heap_span_fn visit, void *ctx)
{
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const struct heap_region *region = &heap->regions[i];
        const uint32_t own = i == 0 && has_control(heap) ? CONTROL_BYTES : 0;
        struct pool pool;
        uint32_t done = own;
        bool more = arena_emit(visit, ctx, region->first, own, HEAP_CONTROL);
        if (pool_in(heap, i, &pool)) {
            const int error = walk_pool(heap, pool, &more, visit, ctx);
            if (error != HEAP_OK) {
                return error;
            }
            done = pool.mark - region->address;
            more = more && arena_emit(visit, ctx, region->first + done - HEADER, HEADER, HEAP_CONTROL);
        }
        if (!more || !arena_emit(visit, ctx, region->first + done, region->bytes - done, HEAP_RESERVED)) {
            return HEAP_OK;
        }
    }
    return HEAP_OK;
}

static bool is_member(const struct heap *heap, uint32_t links, struct two_level_class *class)
{
    struct pool pool;
    for (uint32_t i = 0; i < heap->region_count; i++) {
        if (pool_in(heap, i, &pool) && links - pool.first < pool.mark - pool.first && links % ALIGN == 0) {
            *class = class_of(size_of(heap, links));
            return sound_size(heap, pool, links) != 0 && is_free(heap, links);
        }
    }
    return false;
}

/* Sizes add up, flags and back pointers agree with neighbours, no two free blocks touch. */
static int check_pool(const struct heap *heap, struct pool pool, uint32_t *free_blocks, heap_off *where)
{
    uint32_t before = 0; /* the block before, if it is free */
    for (uint32_t block = pool.first; *where = nominal_off(heap, block - HEADER), block != pool.mark;) {
        const uint32_t tag = tag_of(heap, block), size = sound_size(heap, pool, block);
        if (size == 0 || ((tag & PREV_FREE) != 0) != (before != 0) || (before != 0 && (tag & IS_FREE) != 0)) {
            return HEAP_E_CORRUPT;
        }
        before = (tag & IS_FREE) != 0 ? block : 0;
        *free_blocks += before != 0;
        block += size + HEADER;
        if (before != 0 && nominal_u32(heap, block - HEADER - 4) != before) {
            return HEAP_E_CORRUPT;
        }
    }
    return tag_of(heap, pool.mark) == (before != 0 ? PREV_FREE : 0) ? HEAP_OK : HEAP_E_CORRUPT;
}

static int check(const struct heap *heap, heap_off *where)
{
    uint32_t expected = 0;
    struct pool pool;
    *where = 0;
    if (!has_control(heap)) {
        return HEAP_OK;
    }
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const int error = pool_in(heap, i, &pool) ? check_pool(heap, pool, &expected, where) : HEAP_OK;
        if (error != HEAP_OK) {
            return error;
        }
    }
    *where = 0;
    return two_level_check(heap, index_of(heap), is_member, expected, where);
}

static struct heap_extent extent(const struct heap *heap, heap_off off, struct heap_layout layout)
{
    (void)layout;
    return (struct heap_extent){off - HEADER, HEADER + size_of(heap, nominal_of(heap, off)), 0};
}

/* The smallest size of the highest class with a block: a larger request is looked for above it. */
static uint32_t largest_request(const struct heap *heap)
{
    struct two_level_class class;
    if (!has_control(heap) || !two_level_highest(index_of(heap), &class)) {
        return 0;
    }
    return class.row == 0 ? 4 * class.column : (32 + class.column) << (class.row + 1);
}

struct tally {
    uint32_t bytes, blocks, largest;
};

static bool tally_span(void *ctx, const struct heap_span *span)
{
    struct tally *tally = ctx;
    if (span->kind == HEAP_FREE) {
        const uint32_t payload = span->size - HEADER;
        tally->bytes += payload;
        tally->blocks++;
        tally->largest = payload > tally->largest ? payload : tally->largest;
    }
    return true;
}

/* The original keeps none; these are what a walk of its pools says. */
static void statistics(const struct heap *heap, heap_statistic_fn emit, void *ctx)
{
    struct tally tally = {0, 0, 0};
    (void)walk(heap, tally_span, &tally);
    const struct heap_statistic all[] = {
        {"free block sizes, summed (tlsf_walk_pool)", "free_payload", HEAP_NONE, tally.bytes},
        {"free blocks (tlsf_walk_pool)", "free_blocks", HEAP_NONE, tally.blocks},
        {"largest free block size (tlsf_walk_pool)", "largest_free", HEAP_NONE, tally.largest},
        {"tlsf_size()", "control_bytes", HEAP_NONE, CONTROL_BYTES},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        emit(ctx, &all[i]);
    }
}

static const char *const defects[] = {
    "malloc and memalign of 0xFFFFFFFD bytes or more wrap and return a block of 12",
    "realloc moves an aligned block without regard to its alignment",
    "tlsf_create_with_pool with too few bytes returns a handle that serves nothing",
    "realloc to 2^30 bytes or more shrinks the block to nothing and returns it (not replicated: NULL, block kept)",
    NULL,
};

static const struct heap_replica replica = {
    .of = "mattconte TLSF", .version = "3.1 (commit deff9ab)", .keys = "tlsf",
    .fidelity = "placements and final figures identical to the compiled original on 26,754 events of 12 traces",
    .defects = defects,
};

#if HEAP_LAB
/* For pictures: the inverse of class_of, header included. */
static struct heap_bin bin_of(const struct heap *heap, struct two_level_class class)
{
    const uint32_t shift = class.row == 0 ? 2 : class.row + 1, units = class.row == 0 ? class.column : class.column + 32;
    const bool bit = (*two_level_columns(index_of(heap), class.row) >> class.column & 1u) != 0;
    return (struct heap_bin){class.row, class.column, (units << shift) + HEADER, ((units + 1) << shift) - 1 + HEADER, bit};
}

static enum heap_bins_kind bins(const struct heap *heap, const struct heap_bins_visitor *visitor)
{
    uint32_t left = heap->bytes / SPLIT_BYTES;
    bool more = has_control(heap);
    if (!more) {
        return HEAP_BINS_NONE;
    }
    for (uint32_t i = 0; i < ROWS * TWO_LEVEL_COLUMNS && more; i++) {
        const struct two_level_class class = {i / TWO_LEVEL_COLUMNS, i % TWO_LEVEL_COLUMNS};
        const struct heap_bin bin = bin_of(heap, class);
        more = visitor->bin(visitor->ctx, &bin);
        for (uint32_t block = *two_level_head(index_of(heap), class); more && left != 0 && block != 0 && nominal_holds(heap, block, 8); left--) {
            more = visitor->block(visitor->ctx, nominal_off(heap, block - HEADER), size_of(heap, block) + HEADER);
            block = nominal_u32(heap, block);
        }
    }
    return HEAP_BINS_TWO_LEVEL;
}
#endif

const struct heap_policy_inspect heap_mattconte_tlsf_inspect = {
    .traits = HEAP_FREES | HEAP_COALESCES | HEAP_ALIGNS | HEAP_FINDS_DOUBLE_FREE | HEAP_RESTORES | HEAP_ALIGNS_4,
    .walk = walk, .check = check, .extent = extent, .largest_request = largest_request,
    .idea = "32 size classes a power of two, the first list at or above the rounded request",
    .overhead = "4 B a block, payloads of at least 12 B; 3188 B a heap, 8 B a pool",
    .bounds = "malloc, free and realloc O(1) (but for copying)",
    .source = "github.com/mattconte/tlsf",
    .picture = "| size·flags 4 | payload |",
    HEAP_INSPECT_WORDS("| size·flags 4 | next 4 | previous 4 | … | own address 4 |",
                       "size·: free 0, before free 1")
    HEAP_INSPECT_BINS(bins)
    .smallest_block = HEADER + MIN_PAYLOAD,
    .statistics = statistics, .replica = &replica,
};

HEAP_POLICY_TABLE(mattconte_tlsf, HEAP_ID('T', 'L', 'M', 'C'), 0);
