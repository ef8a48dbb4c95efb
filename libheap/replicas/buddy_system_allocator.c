/* buddy_system_allocator.c: the buddy heap of rCore and of many Rust kernels.
 *
 *     | free 2^k: next, … | payload | unused | free 2^k: next, … | …
 *     control, outside the arena: 32 list heads, user, allocated, total
 *
 * List k holds free blocks of 2^k bytes whose address, not whose offset, is a multiple of 2^k: the same arena elsewhere is cut
 * otherwise. Memory is added as the largest such blocks that fit, from the low end up. A request takes the smallest power of two that
 * holds its size and alignment, a word at least; larger blocks are halved, the low half goes on. Free derives the class from the
 * caller's Layout and merges with the buddy for as long as that is in its list, across the borders of regions too. Lists are last in,
 * first out. Realloc always moves.
 *
 * Versions: 0.6 has 32 lists; 0.11 has `order` of them, cuts no block beyond the last list's and does not merge there.
 *
 * Time: alloc O(order); free O(order + free blocks in the lists it merges through). Overhead: none but the rounding to a power of two.
 * Source: buddy_system_allocator 0.6.0 and 0.11.0. */
#include "../src/rust.h"

HEAP_POLICY_PROTOTYPES(buddy_system_allocator);

#define LISTS 32u
#define ORDER_MIN 3u /* a free block holds one word */

enum { VERSION_0_6 = 1, VERSION_0_11 };

struct control {
    uint32_t heads[LISTS]; /* nominal addresses; 0: empty */
    uint32_t user, allocated, total;
};

static struct control *control_of(const struct heap *heap) { return (struct control *)(void *)heap->state; }

static uint32_t order_of(const struct heap *heap)
{
    return heap_param_or(heap, 1, VERSION_0_11) == VERSION_0_6 ? LISTS : heap_param_or(heap, 0, LISTS);
}

/* ---- what the observer and a walk see of a free block: one piece in every region that it lies in ---- */

typedef void (*piece_fn)(void *ctx, heap_off off, uint32_t address, uint32_t bytes);

static void for_pieces(const struct heap *heap, uint32_t block, uint32_t bytes, piece_fn use, void *ctx)
{
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const struct heap_region *region = &heap->regions[i];
        const uint32_t first = block > region->address ? block : region->address, region_last = region->address + region->bytes - 1;
        const uint32_t last = block + bytes - 1 < region_last ? block + bytes - 1 : region_last;
        if (region->bytes != 0 && first <= last) {
            use(ctx, region->first + (first - region->address), first, last - first + 1);
        }
    }
}

#if HEAP_LAB
static void note_added(void *heap, heap_off off, uint32_t address, uint32_t bytes)
{
    (void)address;
    heap_note_free_added(heap, off, bytes);
}

static void note_removed(void *heap, heap_off off, uint32_t address, uint32_t bytes)
{
    (void)address;
    heap_note_free_removed(heap, off, bytes);
}
#define NOTE(heap, block, k, what) for_pieces(heap, block, UINT32_C(1) << (k), note_##what, heap)
#else
#define NOTE(heap, block, k, what) ((void)0)
#endif

/* ---- lists ---- */

static uint32_t next_of(const struct heap *heap, uint32_t block) { return nominal_u32(heap, block); }

static void push(struct heap *heap, uint32_t k, uint32_t block)
{
    nominal_set_u32(heap, block, control_of(heap)->heads[k]);
    control_of(heap)->heads[k] = block;
    NOTE(heap, block, k, added);
}

static uint32_t pop(struct heap *heap, uint32_t k)
{
    const uint32_t block = control_of(heap)->heads[k];
    control_of(heap)->heads[k] = next_of(heap, block);
    NOTE(heap, block, k, removed);
    return block;
}

/* Takes `block` out of list k, the order of the others kept; false where it is not there. */
static bool unlink_block(struct heap *heap, uint32_t k, uint32_t block)
{
    uint32_t before = 0;
    for (uint32_t at = control_of(heap)->heads[k]; at != 0; before = at, at = next_of(heap, at)) {
        nominal_note_step(heap, HEAP_STEP_VISIT, at, UINT32_C(1) << k);
        if (at != block) {
            continue;
        }
        if (before == 0) {
            control_of(heap)->heads[k] = next_of(heap, at);
        } else {
            nominal_set_u32(heap, before, next_of(heap, at));
        }
        NOTE(heap, block, k, removed);
        return true;
    }
    return false;
}

/* The list that a request of this Layout is served from. */
static uint32_t class_of(const struct heap *heap, uint32_t size, uint32_t align)
{
    const uint32_t least = rust_align(heap, align);
    return bits_log2_ceil(size > least ? size : least);
}

/* ---- memory ---- */

static uint32_t smaller(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* add_to_heap([start, end)); where the original panics because nothing is left after rounding, nothing is added. */
static void seed(struct heap *heap, uint32_t start, uint32_t end)
{
    struct control *control = control_of(heap);
    const uint32_t low = bits_up(start, RUST_WORD), high = bits_down(end, RUST_WORD), most = UINT32_C(1) << (order_of(heap) - 1);
    uint32_t bytes = 0;
    for (uint32_t at = low; low != 0 && at < high; at += bytes) {
        bytes = smaller(smaller(bits_lowest_power(at), UINT32_C(1) << bits_highest(high - at)), most);
        push(heap, bits_highest(bytes), at);
        control->total += bytes;
    }
}

/* Blocks merge across regions that are neighbours by name: they must be neighbours in memory. */
static bool neighbours_are_real(const struct heap *heap, const struct heap_region *region)
{
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const struct heap_region *other = &heap->regions[i];
        if ((other->address + other->bytes == region->address && other->base + other->bytes != region->base) ||
            (region->address + region->bytes == other->address && region->base + region->bytes != other->base)) {
            return false;
        }
    }
    return true;
}

int heap_buddy_system_allocator_init(struct heap *heap)
{
    const struct heap_region *region = &heap->regions[0];
    rust_set_alignment(heap);
    if (heap_param_or(heap, 1, VERSION_0_11) == VERSION_0_6 && heap->params[0] != 0 && heap->params[0] != LISTS) {
        return HEAP_E_ARGUMENT; /* 0.6 has no such parameter */
    }
    if (order_of(heap) < ORDER_MIN || order_of(heap) > LISTS) {
        return HEAP_E_ARGUMENT;
    }
    seed(heap, region->address, region->address + region->bytes);
    return HEAP_OK;
}

int heap_buddy_system_allocator_add_region(struct heap *heap, uint32_t index)
{
    const struct heap_region *region = &heap->regions[index];
    if (!neighbours_are_real(heap, region)) {
        return HEAP_E_ARGUMENT;
    }
    seed(heap, region->address, region->address + region->bytes);
    return HEAP_OK;
}

/* ---- the policy's functions ---- */

heap_off heap_buddy_system_allocator_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    struct control *control = control_of(heap);
    if (!rust_layout_exists(size, align)) {
        return HEAP_NONE;
    }
    const uint32_t k = class_of(heap, size, align), order = order_of(heap);
    uint32_t i = k;
    while (i < order && control->heads[i] == 0) {
        i++;
    }
    if (i >= order) {
        return HEAP_NONE;
    }
    nominal_note_step(heap, HEAP_STEP_VISIT, control->heads[i], UINT32_C(1) << i);
    for (; i > k; i--) {
        const uint32_t low = pop(heap, i), high = low + (UINT32_C(1) << (i - 1));
        nominal_note_step(heap, HEAP_STEP_SPLIT, high, UINT32_C(1) << (i - 1));
        push(heap, i - 1, high);
        push(heap, i - 1, low);
    }
    control->user += size;
    control->allocated += UINT32_C(1) << k;
    return nominal_off(heap, pop(heap, k));
}

/* The original checks nothing. Neither can this tell a block from another of the same bytes, but what is free is not in use. */
static int in_use(const struct heap *heap, uint32_t block, uint32_t k)
{
    const uint32_t bytes = UINT32_C(1) << k, order = order_of(heap);
    if (k >= order || (block & (bytes - 1)) != 0 || nominal_off(heap, block + bytes - 1) == HEAP_NONE) {
        return HEAP_E_NOT_LIVE;
    }
    for (uint32_t j = 0; j < order; j++) {
        for (uint32_t at = control_of(heap)->heads[j]; at != 0; at = next_of(heap, at)) {
            if (at - block < bytes || block - at < UINT32_C(1) << j) {
                return HEAP_E_NOT_LIVE;
            }
        }
    }
    return HEAP_OK;
}

static int refusal_of(const struct heap *heap, uint32_t block, struct heap_layout layout)
{
    if (!rust_layout_given(heap, layout)) {
        return HEAP_E_LAYOUT;
    }
    return heap_checked(heap) ? in_use(heap, block, class_of(heap, layout.size, layout.align)) : HEAP_OK;
}

int heap_buddy_system_allocator_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    struct control *control = control_of(heap);
    uint32_t block = nominal_of(heap, off), k = class_of(heap, layout.size, layout.align);
    const int error = refusal_of(heap, block, layout);
    if (error != HEAP_OK) {
        return error;
    }
    control->user -= layout.size;
    control->allocated -= UINT32_C(1) << k;
    push(heap, k, block);
    for (; k < order_of(heap) - 1; k++) {
        const uint32_t buddy = block ^ UINT32_C(1) << k;
        if (!unlink_block(heap, k, buddy)) {
            break;
        }
        nominal_note_step(heap, HEAP_STEP_MERGE, buddy, UINT32_C(1) << k);
        (void)pop(heap, k);
        block = smaller(block, buddy);
        push(heap, k + 1, block);
    }
    return HEAP_OK;
}

heap_off heap_buddy_system_allocator_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    heap->error = refusal_of(heap, nominal_of(heap, off), old);
    if (heap->error != HEAP_OK) {
        return HEAP_NONE;
    }
    return rust_realloc_by_moving(heap, off, old, size, heap_buddy_system_allocator_alloc, heap_buddy_system_allocator_free);
}

uint32_t heap_buddy_system_allocator_usable(const struct heap *heap, heap_off off)
{
    (void)heap, (void)off;
    return 0; /* only the owner knows */
}

/* ---- inspection ---- */

/* Upwards alone: add_to_heap of what is new. */
static int resize(struct heap *heap, uint32_t index, const struct heap_region *before)
{
    const struct heap_region *region = &heap->regions[index];
    if (region->address != before->address || region->bytes < before->bytes) {
        return HEAP_E_UNSUPPORTED;
    }
    if (!neighbours_are_real(heap, region)) {
        return HEAP_E_ARGUMENT;
    }
    seed(heap, before->address + before->bytes, region->address + region->bytes);
    return HEAP_OK;
}

static void take_piece(void *batch, heap_off off, uint32_t address, uint32_t bytes)
{
    (void)off;
    nominal_batch_add(batch, address, bytes);
}

/* The free pieces from `above` on, as many as a batch holds; false where a list is damaged. */
static bool collect(const struct heap *heap, uint32_t above, struct nominal_batch *batch)
{
    uint32_t most = heap->bytes / RUST_WORD;
    batch->above = above;
    batch->count = 0;
    for (uint32_t k = 0; k < LISTS; k++) {
        for (uint32_t block = control_of(heap)->heads[k]; block != 0; block = next_of(heap, block)) {
            const uint32_t bytes = UINT32_C(1) << k;
            if (k >= order_of(heap) || bytes < RUST_WORD || (block & (bytes - 1)) != 0 || !nominal_holds(heap, block, RUST_WORD) ||
                nominal_off(heap, block + bytes - 1) == HEAP_NONE || most-- == 0) {
                return false;
            }
            for_pieces(heap, block, bytes, take_piece, batch);
        }
    }
    return true;
}

static int walk(const struct heap *heap, heap_span_fn visit, void *ctx)
{
    int error = HEAP_OK;
    for (uint32_t i = 0; i < heap->region_count && error == HEAP_OK; i++) {
        const struct heap_region *region = &heap->regions[i];
        const uint32_t low = bits_up(region->address, RUST_WORD), high = bits_down(region->address + region->bytes, RUST_WORD);
        error = rust_walk(heap, region, low, high, collect, visit, ctx);
    }
    return error == RUST_STOPPED ? HEAP_OK : error;
}

static bool add_free(void *sum, const struct heap_span *span)
{
    *(uint32_t *)sum += span->kind == HEAP_FREE ? span->size : 0;
    return true;
}

/* Every block of a list is where one of its size can be, none overlaps another, and they are as many bytes as are not allocated. */
static int check(const struct heap *heap, heap_off *where)
{
    const struct control *control = control_of(heap);
    uint32_t listed = 0, seen = 0;
    *where = 0;
    if (walk(heap, add_free, &seen) != HEAP_OK) {
        return HEAP_E_CORRUPT;
    }
    for (uint32_t k = 0; k < LISTS; k++) {
        for (uint32_t block = control->heads[k]; block != 0; block = next_of(heap, block)) {
            listed += UINT32_C(1) << k;
        }
    }
    return listed == seen && listed == control->total - control->allocated && control->user <= control->allocated ? HEAP_OK : HEAP_E_CORRUPT;
}

static struct heap_extent extent(const struct heap *heap, heap_off off, struct heap_layout layout)
{
    const bool given = rust_layout_given(heap, layout);
    return (struct heap_extent){off, given ? UINT32_C(1) << class_of(heap, layout.size, layout.align) : 0, 0};
}

static uint32_t largest_request(const struct heap *heap)
{
    uint32_t k = LISTS;
    while (k != 0 && control_of(heap)->heads[k - 1] == 0) {
        k--;
    }
    return k == 0 || UINT32_C(1) << (k - 1) < RUST_ALIGN ? 0 : rust_largest(heap, UINT32_C(1) << (k - 1));
}

static void statistics(const struct heap *heap, heap_statistic_fn emit, void *ctx)
{
    const struct control *control = control_of(heap);
    const struct heap_statistic all[] = {
        {"stats_alloc_user()", "user", HEAP_NONE, control->user},
        {"stats_alloc_actual()", "allocated", HEAP_NONE, control->allocated},
        {"stats_total_bytes()", "total", HEAP_NONE, control->total},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        emit(ctx, &all[i]);
    }
}

static const struct heap_param params[] = {
    {.key = "order", .help = "lists; the largest block is 2^(order-1) bytes; 0.6 always has 32", .standard = LISTS, .min = ORDER_MIN, .max = LISTS},
    {.key = "version", .help = "of the crate", .standard = VERSION_0_11, .min = VERSION_0_6, .max = VERSION_0_11, .choices = "0.6|0.11"},
    {.key = NULL},
};

static const struct heap_replica replica = {
    .of = "buddy_system_allocator", .version = "0.6.0 and 0.11.0",
    .keys = "buddy_system_allocator-0.6 buddy_system_allocator-0.11 buddy_system_allocator-0.11-order15",
    .fidelity = "placements identical to the compiled originals on 165,624 events of 11 traces and 2,221 steps of 8 scripts with add_to_heap",
};

const struct heap_policy_inspect heap_buddy_system_allocator_inspect = {
    .traits = HEAP_FREES | HEAP_ALIGNS | HEAP_FINDS_DOUBLE_FREE | HEAP_NEEDS_LAYOUT | HEAP_SIZED_FREE | HEAP_RESTORES,
    .walk = walk, .check = check, .extent = extent, .largest_request = largest_request,
    .params = params,
    .idea = "binary buddies by address, one last-in first-out list a power of two; blocks without headers",
    .overhead = "rounding to a power of two; 140 B outside the arena",
    .bounds = "alloc O(order); free O(order + free blocks of the classes that it merges through); realloc both, it always moves",
    .source = "Rust crate buddy_system_allocator 0.6.0 and 0.11.0",
    .space_bound = HEAP_BOUND_BUDDY, .smallest_block = RUST_WORD,
    .picture = "| payload | unused to the power of two |",
    .resize = resize, .statistics = statistics, .replica = &replica,
};

HEAP_POLICY_TABLE(buddy_system_allocator, HEAP_ID('B', 'U', 'D', 'S'), sizeof(struct control));
