/* tlsf.c: two-level segregated fit: a list of free blocks for every size class, found by two bitmaps, everything O(1).
 *
 * Blocks and merging: tagged.h and tagged_ops.h. Sizes below 2·sl units (a unit is the heap's alignment) have a class each; above,
 * every power of two is divided into sl classes. A request looks at the first two blocks of its own class, where the better of
 * those that fit is taken, and else at two of the next class that is not empty, where any is large enough.
 *
 *     control   | table | geometry |                    at offset 0
 *     table     | top | word 0 | word 1 | … | head of class 0 | head of class 1 | … |
 *                  │       └ bit c: class c (of 32) has a free block
 *                  └ bit w: word w is not 0
 *
 * The table has as many classes as the largest region can need. A region that needs more brings a larger table, at its own
 * start; the old one stays behind, empty.
 *
 * Time: O(1), at most four blocks visited, six for an aligned request. Overhead: 4 bytes a block (tagged.h); for the heap 20 bytes
 * and 4 for every class (8 KiB: about 250 bytes with sl = 8). A request that only a block deeper in its own class could serve fails (with sl = 8 such a
 * block is at most 1/8 larger than the request).
 * Source: Masmano, Ripoll, Crespo, Real, "TLSF: a new dynamic memory allocator for real-time systems", ECRTS 2004. */
#include "../src/tagged_ops.h"

HEAP_POLICY_PROTOTYPES(tlsf);

#define TABLE 0u    /* where the table lies */
#define GEOMETRY 4u /* classes << 16 | log2(sl) << 8; bit 0 stays 0, so that it never looks like a used block's tag */
#define CONTROL_BYTES 8u
#define SL_DEFAULT 8u
#define PROBES 2u

/* ---- classes ---- */

static uint32_t geometry_classes(uint32_t geometry) { return geometry >> 16; }
static uint32_t geometry_log(uint32_t geometry) { return geometry >> 8 & 0xFFu; }
static uint32_t bitmap_words(uint32_t classes) { return (classes + 31) / 32; }
static uint32_t table_bytes(uint32_t classes) { return 4 * (1 + bitmap_words(classes) + classes); }

/* The class of blocks of `bytes`: linear up to 2·sl units, then sl classes for every doubling. */
static uint32_t class_for(const struct heap *heap, uint32_t log, uint32_t bytes)
{
    const uint32_t units = bytes >> bits_lowest(heap->alignment);
    if (units >> log == 0) {
        return units;
    }
    const uint32_t row = bits_highest(units) - log;
    return (row << log) + (units >> row);
}

static uint32_t class_of(const struct heap *heap, uint32_t bytes)
{
    return class_for(heap, geometry_log(arena_u32(heap, GEOMETRY)), bytes);
}

#if HEAP_MAX_REGIONS > 1
static heap_off table(const struct heap *heap) { return arena_u32(heap, TABLE); }
#else
static heap_off table(const struct heap *heap) { return (void)heap, CONTROL_BYTES; }
#endif

static heap_off word_at(const struct heap *heap, uint32_t word) { return table(heap) + 4 + 4 * word; }

static heap_off head_at(const struct heap *heap, uint32_t class)
{
    return word_at(heap, bitmap_words(geometry_classes(arena_u32(heap, GEOMETRY))) + class);
}

static void set_bit(struct heap *heap, heap_off at, uint32_t bit) { arena_set_u32(heap, at, arena_u32(heap, at) | 1u << bit); }
static void clear_bit(struct heap *heap, heap_off at, uint32_t bit) { arena_set_u32(heap, at, arena_u32(heap, at) & ~(1u << bit)); }

/* The first class at or above `class` that has a free block, or HEAP_NONE. */
static uint32_t class_with_blocks(const struct heap *heap, uint32_t class)
{
    uint32_t word = class / 32;
    if (class >= geometry_classes(arena_u32(heap, GEOMETRY))) {
        return HEAP_NONE;
    }
    uint32_t bits = arena_u32(heap, word_at(heap, word)) & (UINT32_MAX << class % 32);
    if (bits == 0) {
        const uint32_t words = arena_u32(heap, table(heap)) & ~((2u << word) - 1);
        if (words == 0) {
            return HEAP_NONE;
        }
        word = bits_lowest(words);
        bits = arena_u32(heap, word_at(heap, word));
    }
    return word * 32 + bits_lowest(bits);
}

/* ---- the lists ---- */

static void push(struct heap *heap, heap_off block, uint32_t bytes, heap_off before)
{
    const uint32_t class = class_of(heap, bytes);
    const heap_off at = head_at(heap, class), head = arena_u32(heap, at);
    (void)before;
    tag_make_free(heap, block, bytes);
    tag_set_link_next(heap, block, head);
    tag_set_link_prev(heap, block, HEAP_NONE);
    arena_set_u32(heap, at, block);
    if (head != HEAP_NONE) {
        tag_set_link_prev(heap, head, block);
    } else {
        set_bit(heap, word_at(heap, class / 32), class % 32);
        set_bit(heap, table(heap), class / 32);
    }
    heap_note_free_added(heap, block, bytes);
}

static void pull(struct heap *heap, heap_off block)
{
    const heap_off next = tag_link_next(heap, block), prev = tag_link_prev(heap, block);
    heap_note_free_removed(heap, block, tag_size(heap, block));
    if (next != HEAP_NONE) {
        tag_set_link_prev(heap, next, prev);
    }
    if (prev != HEAP_NONE) {
        tag_set_link_next(heap, prev, next);
        return;
    }
    const uint32_t class = class_of(heap, tag_size(heap, block));
    arena_set_u32(heap, head_at(heap, class), next);
    if (next == HEAP_NONE) {
        const heap_off word = word_at(heap, class / 32);
        clear_bit(heap, word, class % 32);
        if (arena_u32(heap, word) == 0) {
            clear_bit(heap, table(heap), class / 32);
        }
    }
}

static void replace(struct heap *heap, heap_off old, heap_off block, uint32_t bytes)
{
    pull(heap, old);
    push(heap, block, bytes, HEAP_NONE);
}

static const struct tagged_lists lists = {push, pull, replace};

/* ---- the choice ---- */

/* The smallest of the first PROBES blocks of a class that can serve the request, or HEAP_NONE. */
static heap_off probe(struct heap *heap, uint32_t class, uint32_t need, uint32_t align)
{
    heap_off best = HEAP_NONE, block = arena_u32(heap, head_at(heap, class));
    uint32_t best_bytes = UINT32_MAX;
    heap_note_step(heap, HEAP_STEP_BIN, head_at(heap, class), need);
    for (uint32_t i = 0; i < PROBES && block != HEAP_NONE && best_bytes != need; i++, block = tag_link_next(heap, block)) {
        const uint32_t bytes = tag_size(heap, block);
        heap_note_step(heap, HEAP_STEP_VISIT, block, bytes);
        if (bytes < best_bytes && tag_lead(block, bytes, need, align) != HEAP_NONE) {
            best = block;
            best_bytes = bytes;
        }
    }
    return best;
}

/* The smaller of the first two blocks of a class where any block serves; the class is not empty. */
static heap_off smaller(struct heap *heap, uint32_t class, uint32_t need)
{
    const heap_off first = arena_u32(heap, head_at(heap, class)), second = tag_link_next(heap, first);
    (void)need;
    heap_note_step(heap, HEAP_STEP_BIN, head_at(heap, class), need);
    heap_note_step(heap, HEAP_STEP_VISIT, first, tag_size(heap, first));
    if (second == HEAP_NONE) {
        return first;
    }
    heap_note_step(heap, HEAP_STEP_VISIT, second, tag_size(heap, second));
    return tag_size(heap, second) < tag_size(heap, first) ? second : first;
}

static heap_off choose(struct heap *heap, uint32_t need, uint32_t align)
{
    const uint32_t classes = geometry_classes(arena_u32(heap, GEOMETRY));
    uint32_t class = class_of(heap, need);
    heap_off block = class < classes ? probe(heap, class, need, align) : HEAP_NONE;
    if (block == HEAP_NONE && align > heap->alignment) {
        class = class_of(heap, need + align + TAG_MIN_BLOCK); /* whatever its address, a block above can serve */
        block = class < classes ? probe(heap, class, need, align) : HEAP_NONE;
    }
    if (block == HEAP_NONE) {
        class = class_with_blocks(heap, class + 1);
        block = class != HEAP_NONE ? smaller(heap, class, need) : HEAP_NONE;
    }
    return block;
}

/* ---- regions ---- */

static uint32_t classes_for_region(const struct heap *heap, uint32_t index)
{
    const uint32_t log = bits_highest(heap_param_or(heap, 0, SL_DEFAULT));
    return class_for(heap, log, heap->regions[index].bytes) + 1;
}

/* Region 0 and every region that is larger than all before it have a table. */
static uint32_t control_bytes(const struct heap *heap, uint32_t index)
{
    const uint32_t classes = classes_for_region(heap, index);
    for (uint32_t i = 0; i < index; i++) {
        if (classes <= classes_for_region(heap, i)) {
            return 0;
        }
    }
    return table_bytes(classes) + (index == 0 ? CONTROL_BYTES : 0);
}

static void lay_table(struct heap *heap, heap_off at, uint32_t classes)
{
    const uint32_t words = bitmap_words(classes);
    arena_set_u32(heap, TABLE, at);
    arena_set_u32(heap, GEOMETRY, classes << 16 | bits_highest(heap_param_or(heap, 0, SL_DEFAULT)) << 8);
    memset(arena_at(heap, at), 0, 4 * (1 + words));
    memset(arena_at(heap, at + 4 * (1 + words)), 0xFF, 4 * classes);
}

int heap_tlsf_init(struct heap *heap)
{
    const uint32_t sl = heap_param_or(heap, 0, SL_DEFAULT), classes = classes_for_region(heap, 0);
    heap_off block = HEAP_NONE;
    if (!bits_is_power(sl) || sl < 4 || sl > 32) {
        return HEAP_E_ARGUMENT;
    }
    const int error = tagged_lay_region(heap, 0, control_bytes(heap, 0), &block);
    if (error == HEAP_OK) {
        lay_table(heap, CONTROL_BYTES, classes);
        tagged_release(heap, &lists, block);
    }
    return error;
}

#if HEAP_MAX_REGIONS > 1
/* The larger table takes over the lists; what looked like bitmaps in the old one must not look like blocks to a bad pointer. */
static void move_table(struct heap *heap, heap_off to, uint32_t classes)
{
    const heap_off from = table(heap);
    const uint32_t old = geometry_classes(arena_u32(heap, GEOMETRY)), words = bitmap_words(old);
    lay_table(heap, to, classes);
    memcpy(arena_at(heap, to), arena_at(heap, from), 4 * (1 + words));
    memcpy(arena_at(heap, to + 4 * (1 + bitmap_words(classes))), arena_at(heap, from + 4 * (1 + words)), 4 * old);
    memset(arena_at(heap, from), 0, table_bytes(old));
}
#endif

int heap_tlsf_add_region(struct heap *heap, uint32_t index)
{
#if HEAP_MAX_REGIONS > 1
    const uint32_t control = control_bytes(heap, index);
    heap_off block = HEAP_NONE;
    const int error = tagged_lay_region(heap, index, control, &block);
    if (error == HEAP_OK) {
        if (control != 0) {
            move_table(heap, heap->regions[index].first, classes_for_region(heap, index));
        }
        tagged_release(heap, &lists, block);
    }
    return error;
#else
    (void)heap, (void)index;
    return HEAP_E_REGIONS;
#endif
}

/* ---- the policy's functions ---- */

/* A bitmap can look like a tag: pointers into the control are told apart first. */
static int live(const struct heap *heap, heap_off off)
{
    const uint32_t size = table_bytes(geometry_classes(arena_u32(heap, GEOMETRY)));
    return off - table(heap) <= size ? HEAP_E_NOT_LIVE : tagged_live(heap, off);
}

heap_off heap_tlsf_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    const uint32_t need = tag_need(heap, size);
    const heap_off block = choose(heap, need, align);
    return block == HEAP_NONE ? HEAP_NONE : tagged_take(heap, &lists, block, need, align);
}

int heap_tlsf_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    const int error = heap_checked(heap) ? live(heap, off) : HEAP_OK;
    (void)layout;
    if (error == HEAP_OK) {
        tagged_release(heap, &lists, tag_block(off));
    }
    return error;
}

heap_off heap_tlsf_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    heap->error = heap_checked(heap) ? live(heap, off) : HEAP_OK;
    return heap->error != HEAP_OK ? HEAP_NONE : tagged_realloc(heap, &lists, off, old, size, heap_tlsf_alloc, heap_tlsf_free);
}

uint32_t heap_tlsf_usable(const struct heap *heap, heap_off off)
{
    return heap_checked(heap) && live(heap, off) != HEAP_OK ? 0 : tag_size(heap, tag_block(off)) - TAG_BYTES;
}

/* ---- inspection ---- */

static int walk(const struct heap *heap, heap_span_fn visit, void *ctx)
{
    return tagged_walk(heap, control_bytes, visit, ctx);
}

/* Everything below the highest class is served from it at worst; in it, only the probed blocks count. */
static uint32_t largest_request(const struct heap *heap)
{
    const uint32_t top = arena_u32(heap, table(heap));
    if (top == 0) {
        return 0;
    }
    const uint32_t word = bits_highest(top), class = word * 32 + bits_highest(arena_u32(heap, word_at(heap, word)));
    heap_off block = arena_u32(heap, head_at(heap, class));
    uint32_t largest = 0;
    for (uint32_t i = 0; i < PROBES && block != HEAP_NONE; i++, block = tag_link_next(heap, block)) {
        largest = tag_size(heap, block) > largest ? tag_size(heap, block) : largest;
    }
    return largest - TAG_BYTES;
}

/* One list: links agree, blocks are free and of this class, and its bit says whether there are any. */
static int check_class(const struct heap *heap, uint32_t class, uint32_t *expected, heap_off *where)
{
    const uint32_t word = arena_u32(heap, word_at(heap, class / 32));
    heap_off prev = HEAP_NONE, block = arena_u32(heap, head_at(heap, class));
    *where = head_at(heap, class);
    if ((word >> class % 32 & 1u) != (block != HEAP_NONE)) {
        return HEAP_E_CORRUPT;
    }
    for (; block != HEAP_NONE; prev = block, block = tag_link_next(heap, block)) {
        *where = block;
        if (*expected == 0 || !tag_may_be_block(heap, block) || tag_is_used(heap, block) || tag_link_prev(heap, block) != prev ||
            class_of(heap, tag_size(heap, block)) != class) {
            return HEAP_E_CORRUPT;
        }
        --*expected;
    }
    return HEAP_OK;
}

/* The control's own numbers, as the regions determine them. */
static int check_table(const struct heap *heap, uint32_t *classes, heap_off *where)
{
    heap_off at = CONTROL_BYTES;
    *classes = classes_for_region(heap, 0);
    for (uint32_t i = 1; i < heap->region_count; i++) {
        if (control_bytes(heap, i) != 0) {
            *classes = classes_for_region(heap, i);
            at = heap->regions[i].first;
        }
    }
    *where = TABLE;
    if (arena_u32(heap, TABLE) != at || geometry_classes(arena_u32(heap, GEOMETRY)) != *classes ||
        geometry_log(arena_u32(heap, GEOMETRY)) != bits_highest(heap_param_or(heap, 0, SL_DEFAULT))) {
        return HEAP_E_CORRUPT;
    }
    const uint32_t words = bitmap_words(*classes);
    uint32_t top = 0;
    for (uint32_t i = 0; i < words; i++) {
        top |= (uint32_t)(arena_u32(heap, word_at(heap, i)) != 0) << i;
    }
    *where = at;
    return arena_u32(heap, at) == top ? HEAP_OK : HEAP_E_CORRUPT;
}

static int check(const struct heap *heap, heap_off *where)
{
    uint32_t expected = 0, classes = 0;
    int error = check_table(heap, &classes, where);
    error = error == HEAP_OK ? tagged_check(heap, control_bytes, &expected, where) : error;
    for (uint32_t class = 0; class < classes && error == HEAP_OK; class++) {
        error = check_class(heap, class, &expected, where);
    }
    if (error == HEAP_OK && expected != 0) {
        *where = table(heap);
        error = HEAP_E_CORRUPT;
    }
    return error;
}

#if HEAP_LAB
/* ---- for pictures ---- */

/* The sizes that belong to a class: the inverse of class_for. */
static struct heap_bin bin_of(const struct heap *heap, uint32_t class)
{
    const uint32_t log = geometry_log(arena_u32(heap, GEOMETRY)), row = class >> log, shift = row == 0 ? 0 : row - 1;
    const uint32_t units = row == 0 ? class : class - (shift << log), unit = bits_lowest(heap->alignment);
    return (struct heap_bin){row, class & ((1u << log) - 1), units << shift << unit, ((units + 1) << shift << unit) - 1,
                             (arena_u32(heap, word_at(heap, class / 32)) >> class % 32 & 1u) != 0};
}

static enum heap_bins_kind bins(const struct heap *heap, const struct heap_bins_visitor *visitor)
{
    const uint32_t geometry = arena_u32(heap, GEOMETRY), classes = geometry_classes(geometry), at = table(heap);
    bool more = geometry_log(geometry) < 6 && at < heap->bytes && table_bytes(classes) <= heap->bytes - at;
    uint32_t left = heap->bytes / TAG_MIN_BLOCK;
    for (uint32_t class = 0; class < classes && more; class++) {
        const struct heap_bin bin = bin_of(heap, class);
        more = visitor->bin(visitor->ctx, &bin);
        for (heap_off block = arena_u32(heap, head_at(heap, class)); more && left != 0 && tag_may_be_block(heap, block); left--) {
            more = visitor->block(visitor->ctx, block, tag_size(heap, block));
            block = tag_link_next(heap, block);
        }
    }
    return HEAP_BINS_TWO_LEVEL;
}
#endif

static const struct heap_param params[] = {
    {.key = "sl", .help = "classes a power of two: 4, 8, 16 or 32", .standard = SL_DEFAULT, .min = 4, .max = 32, .power_of_two = true},
    {.key = NULL},
};

const struct heap_policy_inspect heap_tlsf_inspect = {
    .traits = HEAP_FREES | HEAP_COALESCES | HEAP_ALIGNS | HEAP_FINDS_DOUBLE_FREE | HEAP_RESTORES | HEAP_ALIGNS_4,
    .walk = walk, .check = check, .extent = tagged_extent, .largest_request = largest_request,
    .params = params,
    .idea = "a free list for every size class, found by two bitmaps",
    .overhead = "4 B a block, rounded up to the alignment, at least 16 B; 20 B a heap and 4 B a size class",
    .bounds = "malloc, free and realloc O(1) (but for copying)",
    .source = "Masmano, Ripoll, Crespo, Real, ECRTS 2004",
    .picture = TAG_PICTURE,
    TAG_INSPECT_WORDS
    HEAP_INSPECT_BINS(bins)
};

HEAP_POLICY_TABLE(tlsf, HEAP_ID('T', 'L', 'S', 'F'), 0);
