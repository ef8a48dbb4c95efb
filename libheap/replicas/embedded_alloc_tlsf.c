/* embedded_alloc_tlsf.c: embedded-alloc's TlsfHeap (rlsf inside) as Rust's global allocator, on a 32-bit target.
 *
 *     used  | size·flags | block before | payload ……………………………………… |     flags: bit 0 used, bit 1 the mark at the end
 *     used  | size·flags | block before | … | block | payload ……………… |     for alignments of 16 and more: the block's own address before p
 *     free  | size·flags | block before | next | prev | … |               size: the whole block, a multiple of 16
 *             4            4              4      4
 *
 * Blocks lie at multiples of 16, side by side, behind them a used mark of 16 bytes; "block before" is 0 for the first. So payloads lie 8
 * beyond a multiple of 16, and at one where the alignment is 16 or more: p alone tells where its block begins.
 *
 * Every power of two is a row of 32 classes (two_level.h; 4228 static bytes, the state block here). A request is rounded up to the next
 * class, with what its alignment may cost, and served by the head of the first list at or above it; a freed block goes to the class
 * below its size. Lists are last in, first out; freed blocks merge at once; splits hand out the low part, and leave anything from
 * 16 bytes. Realloc is Rust's default one: allocate, copy, free, also to shrink.
 *
 * Time: O(1). Overhead: 8 bytes a block, rounded up to 16; 16 bytes a heap, and the state.
 * Source: embedded-alloc 0.6.0 to 0.7.0, rlsf 0.2.1. */
#include "../src/rust.h"
#include "../src/two_level.h"

HEAP_POLICY_PROTOTYPES(embedded_alloc_tlsf);

#define GRANULE 16u
#define HEADER 8u
#define ROWS 32u
#define COLUMNS_LOG 5u
#define STATE_BYTES (4 * TWO_LEVEL_WORDS(ROWS))
_Static_assert(STATE_BYTES == 4228, "the original's Tlsf");

#define USED 1u
#define MARK 2u
#define FLAGS (GRANULE - 1)

static struct two_level index_of(const struct heap *heap)
{
    return (struct two_level){(arena_word *)(void *)heap->state, ROWS};
}

/* The first block and the mark. */
struct pool {
    uint32_t first, mark;
};

/* False: too small for a block, and the original panics. */
static bool pool_in(const struct heap *heap, struct pool *pool)
{
    const struct heap_region *region = &heap->regions[0];
    const uint32_t first = bits_up(region->address, GRANULE), skipped = first - region->address;
    const uint32_t bytes = region->bytes < skipped ? 0 : bits_down(region->bytes - skipped, GRANULE);
    *pool = (struct pool){first, first + bytes - GRANULE};
    return bytes >= 2 * GRANULE;
}

/* ---- blocks, by address ---- */

static uint32_t tag_of(const struct heap *heap, uint32_t block) { return nominal_u32(heap, block); }
static uint32_t size_of(const struct heap *heap, uint32_t block) { return tag_of(heap, block) & ~FLAGS; }
static bool is_used(const struct heap *heap, uint32_t block) { return (tag_of(heap, block) & USED) != 0; }
static uint32_t before_of(const struct heap *heap, uint32_t block) { return nominal_u32(heap, block + 4); }
static void set_before(struct heap *heap, uint32_t block, uint32_t before) { nominal_set_u32(heap, block + 4, before); }
static uint32_t links_of(uint32_t block) { return block + HEADER; }

static struct two_level_class class_of(uint32_t size)
{
    const uint32_t log = bits_highest(size), over = size - (UINT32_C(1) << log);
    const uint32_t column = log >= COLUMNS_LOG ? over >> (log - COLUMNS_LOG) : over << (COLUMNS_LOG - log);
    return (struct two_level_class){log - 4, column};
}

/* The smallest size of a class. */
static uint32_t class_size(struct two_level_class class)
{
    const uint32_t log = class.row + 4;
    return (UINT32_C(1) << log) + (log >= COLUMNS_LOG ? class.column << (log - COLUMNS_LOG) : class.column >> (COLUMNS_LOG - log));
}

/* The class where any block can serve the request. */
static struct two_level_class search_class(uint32_t size)
{
    struct two_level_class class = class_of(size);
    if (class_size(class) != size && ++class.column == TWO_LEVEL_COLUMNS) {
        class = (struct two_level_class){class.row + 1, 0};
    }
    return class;
}

/* Lists a free block. */
static void insert(struct heap *heap, uint32_t block, uint32_t size, uint32_t before)
{
    nominal_set_u32(heap, block, size);
    set_before(heap, block, before);
    set_before(heap, block + size, block);
    two_level_push(heap, index_of(heap), class_of(size), links_of(block));
    nominal_note_free_added(heap, block, size);
}

static void unlist(struct heap *heap, uint32_t block)
{
    const uint32_t size = size_of(heap, block);
    two_level_pull(heap, index_of(heap), class_of(size), links_of(block));
    nominal_note_free_removed(heap, block, size);
}

/* Where the block of a payload begins. */
static uint32_t block_of(const struct heap *heap, uint32_t payload)
{
    return payload % GRANULE == 0 ? nominal_u32(heap, payload - 4) : payload - HEADER;
}

/* Frees a used block, merging it with the next one, then with the one before. */
static void release(struct heap *heap, uint32_t block)
{
    uint32_t size = size_of(heap, block);
    const uint32_t next = block + size, before = before_of(heap, block);
    nominal_set_u32(heap, block, size); /* also where a merge leaves the header behind */
    if (!is_used(heap, next)) {
        nominal_note_step(heap, HEAP_STEP_MERGE, next, size_of(heap, next));
        unlist(heap, next);
        size += size_of(heap, next);
    }
    if (before != 0 && !is_used(heap, before)) {
        nominal_note_step(heap, HEAP_STEP_MERGE, block, size);
        unlist(heap, before);
        insert(heap, before, size + size_of(heap, before), before_of(heap, before));
    } else {
        insert(heap, block, size, before);
    }
}

/* ---- the policy's functions ---- */

int heap_embedded_alloc_tlsf_init(struct heap *heap)
{
    struct pool pool;
    rust_set_alignment(heap);
    if (!pool_in(heap, &pool)) {
        return heap_faithful(heap) ? HEAP_OK : HEAP_E_TOO_SMALL;
    }
    memset(nominal_at(heap, pool.mark), 0, GRANULE);
    nominal_set_u32(heap, pool.mark, GRANULE | USED | MARK);
    insert(heap, pool.first, pool.mark - pool.first, 0);
    return HEAP_OK;
}

int heap_embedded_alloc_tlsf_add_region(struct heap *heap, uint32_t index)
{
    (void)heap, (void)index;
    return HEAP_E_UNSUPPORTED;
}

/* Size 0, which no Rust program asks for, is an ordinary least block; where its payload is aligned, it ends there. */
heap_off heap_embedded_alloc_tlsf_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    if (!rust_layout_exists(size, align)) {
        return HEAP_NONE;
    }
    const struct two_level index = index_of(heap);
    struct two_level_class class = search_class(bits_up(size + (align > HEADER ? align - HEADER : 0) + HEADER, GRANULE));
    if (!two_level_find(index, &class)) {
        return HEAP_NONE;
    }
    const uint32_t block = *two_level_head(index, class) - HEADER;
    const uint32_t all = size_of(heap, block), payload = bits_up(block + HEADER, align);
    const uint32_t used = bits_up(payload - block + size, GRANULE);
    nominal_note_step(heap, HEAP_STEP_BIN, block, used);
    nominal_note_step(heap, HEAP_STEP_VISIT, block, all);
    unlist(heap, block);
    nominal_set_u32(heap, block, used | USED);
    if (used < all) {
        nominal_note_step(heap, HEAP_STEP_SPLIT, block + used, all - used);
        insert(heap, block + used, all - used, block);
    }
    if (align >= GRANULE) {
        nominal_set_u32(heap, payload - 4, block);
    }
    return nominal_off(heap, payload);
}

/* Do the neighbours know the block? */
static bool before_agrees(const struct heap *heap, struct pool pool, uint32_t block)
{
    const uint32_t before = before_of(heap, block);
    if (before == 0 || block == pool.first) {
        return before == 0 && block == pool.first;
    }
    return before >= pool.first && before < block && before % GRANULE == 0 && size_of(heap, before) == block - before;
}

static bool next_agrees(const struct heap *heap, struct pool pool, uint32_t block)
{
    const uint32_t size = size_of(heap, block);
    return size != 0 && size <= pool.mark - block && before_of(heap, block + size) == block;
}

/* Does a block's payload begin there? HEAP_OK, HEAP_E_NOT_LIVE, or HEAP_E_CORRUPT where only one neighbour says so. */
static int live(const struct heap *heap, uint32_t payload)
{
    struct pool pool;
    if (!pool_in(heap, &pool) || payload < pool.first + HEADER || payload > pool.mark || payload % HEADER != 0) {
        return HEAP_E_NOT_LIVE;
    }
    const uint32_t block = block_of(heap, payload);
    if (block < pool.first || block > payload - HEADER || block % GRANULE != 0 || (tag_of(heap, block) & FLAGS) != USED) {
        return HEAP_E_NOT_LIVE;
    }
    const bool before = before_agrees(heap, pool, block), next = next_agrees(heap, pool, block);
    if (before != next) {
        return HEAP_E_CORRUPT;
    }
    const uint32_t room = size_of(heap, block) + (heap_faithful(heap) ? 1 : 0); /* a block of size 0 may have none */
    return next && payload - block < room ? HEAP_OK : HEAP_E_NOT_LIVE;
}

int heap_embedded_alloc_tlsf_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    const uint32_t payload = nominal_of(heap, off);
    const int error = heap_checked(heap) ? live(heap, payload) : HEAP_OK;
    (void)layout;
    if (error == HEAP_OK) {
        release(heap, block_of(heap, payload));
    }
    return error;
}

static uint32_t capacity(const struct heap *heap, uint32_t payload)
{
    const uint32_t block = block_of(heap, payload);
    return block + size_of(heap, block) - payload;
}

heap_off heap_embedded_alloc_tlsf_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    const uint32_t payload = nominal_of(heap, off);
    heap->error = heap_checked(heap) ? live(heap, payload) : HEAP_OK;
    if (heap->error != HEAP_OK) {
        return HEAP_NONE;
    }
    old.size = old.size != 0 ? old.size : capacity(heap, payload);
    return rust_realloc_by_moving(heap, off, old, size, heap_embedded_alloc_tlsf_alloc, heap_embedded_alloc_tlsf_free);
}

uint32_t heap_embedded_alloc_tlsf_usable(const struct heap *heap, heap_off off)
{
    const uint32_t payload = nominal_of(heap, off);
    return heap_checked(heap) && live(heap, payload) != HEAP_OK ? 0 : capacity(heap, payload);
}

/* ---- inspection ---- */

/* The block's size, or 0 where it cannot be one of the pool's. */
static uint32_t sound_size(const struct heap *heap, struct pool pool, uint32_t block)
{
    const uint32_t size = size_of(heap, block);
    return size <= pool.mark - block && (tag_of(heap, block) & FLAGS & ~USED) == 0 ? size : 0;
}

static int walk(const struct heap *heap, heap_span_fn visit, void *ctx)
{
    struct pool pool;
    if (!pool_in(heap, &pool)) {
        (void)arena_emit(visit, ctx, 0, heap->bytes, HEAP_RESERVED);
        return HEAP_OK;
    }
    bool more = arena_emit(visit, ctx, 0, nominal_off(heap, pool.first), HEAP_RESERVED);
    for (uint32_t block = pool.first; more && block != pool.mark;) {
        const uint32_t size = sound_size(heap, pool, block);
        const heap_off off = nominal_off(heap, block);
        if (size == 0) {
            return HEAP_E_CORRUPT;
        }
        more = is_used(heap, block)
                   ? arena_emit(visit, ctx, off, HEADER, HEAP_HEADER) && arena_emit(visit, ctx, off + HEADER, size - HEADER, HEAP_PAYLOAD)
                   : arena_emit(visit, ctx, off, size, HEAP_FREE);
        block += size;
    }
    const heap_off mark = nominal_off(heap, pool.mark);
    if (more && arena_emit(visit, ctx, mark, GRANULE, HEAP_CONTROL)) {
        (void)arena_emit(visit, ctx, mark + GRANULE, heap->bytes - mark - GRANULE, HEAP_RESERVED);
    }
    return HEAP_OK;
}

static bool is_member(const struct heap *heap, uint32_t links, struct two_level_class *class)
{
    const uint32_t block = links - HEADER;
    struct pool pool;
    if (!pool_in(heap, &pool) || block < pool.first || block >= pool.mark || block % GRANULE != 0 || sound_size(heap, pool, block) == 0) {
        return false;
    }
    *class = class_of(size_of(heap, block));
    return !is_used(heap, block);
}

static int check(const struct heap *heap, heap_off *where)
{
    struct pool pool;
    uint32_t expected = 0, before = 0;
    *where = 0;
    if (!pool_in(heap, &pool)) {
        return HEAP_OK;
    }
    for (uint32_t block = pool.first; *where = nominal_off(heap, block), block != pool.mark;) {
        const uint32_t size = sound_size(heap, pool, block);
        const bool is_free = !is_used(heap, block);
        if (size == 0 || before_of(heap, block) != before || (is_free && before != 0 && !is_used(heap, before))) {
            return HEAP_E_CORRUPT;
        }
        expected += is_free;
        before = block;
        block += size;
    }
    if (tag_of(heap, pool.mark) != (GRANULE | USED | MARK) || before_of(heap, pool.mark) != before) {
        return HEAP_E_CORRUPT;
    }
    return two_level_check(heap, index_of(heap), is_member, expected, where);
}

static struct heap_extent extent(const struct heap *heap, heap_off off, struct heap_layout layout)
{
    const uint32_t block = block_of(heap, nominal_of(heap, off));
    (void)layout;
    return (struct heap_extent){nominal_off(heap, block), size_of(heap, block), 0};
}

/* The smallest size of the highest class with a block: a larger request is looked for above it. */
static uint32_t largest_request(const struct heap *heap)
{
    struct two_level_class class;
    return two_level_highest(index_of(heap), &class) ? rust_largest(heap, class_size(class) - HEADER) : 0;
}

static bool sum_free(void *ctx, const struct heap_span *span)
{
    *(uint32_t *)ctx += span->kind == HEAP_FREE ? span->size - HEADER : 0;
    return true;
}

static void statistics(const struct heap *heap, heap_statistic_fn emit, void *ctx)
{
    uint32_t bytes = 0;
    (void)walk(heap, sum_free, &bytes);
    const struct heap_statistic free_bytes = {"free()", "free", HEAP_NONE, bytes}, used = {"used()", "used", HEAP_NONE, heap->bytes - bytes};
    emit(ctx, &free_bytes);
    emit(ctx, &used);
}

static const struct heap_replica replica = {
    .of = "embedded-alloc TlsfHeap", .version = "0.7.0 (rlsf 0.2.1)", .keys = "embedded-alloc-tlsf",
    .fidelity = "placements identical to the compiled original on 55,208 events of 11 traces",
};

const struct heap_policy_inspect heap_embedded_alloc_tlsf_inspect = {
    .traits = HEAP_FREES | HEAP_COALESCES | HEAP_ALIGNS | HEAP_FINDS_DOUBLE_FREE | HEAP_RESTORES,
    .walk = walk, .check = check, .extent = extent, .largest_request = largest_request,
    .idea = "32 size classes a power of two, the first list at or above the rounded request; realloc always moves",
    .overhead = "8 B a block, rounded up to 16 B; 16 B a heap and 4228 B of state",
    .bounds = "malloc and free O(1); realloc O(1) but for copying",
    .source = "github.com/rust-embedded/embedded-alloc",
    .picture = "| size·flags 4 | before 4 | payload |",
    HEAP_INSPECT_WORDS("| size·flags 4 | before 4 | next 4 | previous 4 | … |",
                       "size·: used 0, end mark 1")
    .smallest_block = GRANULE,
    .statistics = statistics, .replica = &replica,
};

HEAP_POLICY_TABLE(embedded_alloc_tlsf, HEAP_ID('T', 'L', 'E', 'A'), STATE_BYTES);
