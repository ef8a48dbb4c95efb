/* buddy.c: blocks of 16·2^k bytes, each at a multiple of its own size; a block that is freed joins its other half, its buddy.
 *
 *     | 16 | 16 |   32    |         64          |              128              | … | cells | lists | … | lists at | n |
 *       └─ buddies ┘
 *     └──── buddies ──────┘
 *     free block: | next | prev | … |
 *
 * Any memory will do: a region is cut into the largest aligned powers of two that fit, and two halves join only if both lie in it.
 * What is known of a block is kept apart from it, so that a request of 2^k bytes takes a block of 2^k bytes: `cells` has four bits
 * for each 16 bytes: bit 3 where a used block begins, bits 0 to 2 the order k of the block that begins there, 7 for a larger one:
 * then the next two cells hold k - 7 (they begin no block, and their bit 3 is clear). `lists` is a bitmap of the orders that
 * have free blocks and one list head an order, where the largest region needs it; "lists at" says where (in region 0).
 *
 * Time: malloc, free, realloc O(log(arena / 16)), bounded by the number of orders. Overhead: rounding up to a power of two (a third
 * of a block in the mean, half at worst), 1/32 of the arena for cells. Worst case by Robson's measure: 2 M (1 + ceil(log2 n)).
 * Every bad pointer is told exactly. A block is aligned to its size.
 * Source: Knowlton, CACM 8, 1965; Knuth, TAOCP 1, 2.5, algorithms R and S. */
#include "../src/arena.h"

HEAP_POLICY_PROTOTYPES(buddy);

#define CELL_BYTES 16u
#define CELL_LOG 4u
#define USED 8u
#define ORDER_ELSEWHERE 7u

/* Words at a region's end, by their distance from it. */
#define COUNT 4u
#define LISTS_AT 8u /* region 0 only */

/* The cells of one region. */
struct grid {
    heap_off lo, hi; /* the blocks' range; the cells' own table follows */
};

static heap_off end_of(const struct heap_region *region) { return region->first + region->bytes; }
static uint32_t block_bytes(uint32_t order) { return CELL_BYTES << order; }

static struct grid grid_of(const struct heap *heap, const struct heap_region *region)
{
    const heap_off lo = bits_up(region->first, CELL_BYTES);
    return (struct grid){lo, lo + arena_u32(heap, end_of(region) - COUNT) * CELL_BYTES};
}

static struct grid grid_around(const struct heap *heap, heap_off off)
{
    return grid_of(heap, arena_region(heap, off));
}

/* ---- cells ---- */

static uint32_t cell_get(const struct heap *heap, struct grid grid, uint32_t cell)
{
    return (uint32_t)arena_u8(heap, grid.hi + cell / 2) >> cell % 2 * 4 & 15u;
}

static void cell_set(struct heap *heap, struct grid grid, uint32_t cell, uint32_t value)
{
    const heap_off at = grid.hi + cell / 2;
    const uint32_t shift = cell % 2 * 4, others = arena_u8(heap, at) & (0xF0u >> shift);
    arena_set_u8(heap, at, (uint8_t)(others | value << shift));
}

static uint32_t cell_of(struct grid grid, heap_off block) { return (block - grid.lo) >> CELL_LOG; }

static bool is_used(const struct heap *heap, struct grid grid, heap_off block)
{
    return (cell_get(heap, grid, cell_of(grid, block)) & USED) != 0;
}

static uint32_t order_of(const struct heap *heap, struct grid grid, heap_off block)
{
    const uint32_t cell = cell_of(grid, block), order = cell_get(heap, grid, cell) & ORDER_ELSEWHERE;
    return order < ORDER_ELSEWHERE ? order : order + cell_get(heap, grid, cell + 1) + cell_get(heap, grid, cell + 2) * 8;
}

static void mark(struct heap *heap, struct grid grid, heap_off block, uint32_t order, uint32_t used)
{
    const uint32_t cell = cell_of(grid, block);
    if (order < ORDER_ELSEWHERE) {
        cell_set(heap, grid, cell, order | used);
    } else {
        cell_set(heap, grid, cell, ORDER_ELSEWHERE | used);
        cell_set(heap, grid, cell + 1, (order - ORDER_ELSEWHERE) % 8);
        cell_set(heap, grid, cell + 2, (order - ORDER_ELSEWHERE) / 8);
    }
}

/* Does a used block begin at `off`? */
static bool is_live(const struct heap *heap, struct grid grid, heap_off off)
{
    return off >= grid.lo && off < grid.hi && off % CELL_BYTES == 0 && is_used(heap, grid, off);
}

/* The buddy of a block, if it is free and whole; else HEAP_NONE. A block of at most this order begins where it must lie. */
static heap_off free_buddy(const struct heap *heap, struct grid grid, heap_off block, uint32_t order)
{
    const heap_off buddy = block ^ block_bytes(order);
    if (buddy < grid.lo || buddy >= grid.hi || grid.hi - buddy < block_bytes(order) || is_used(heap, grid, buddy)) {
        return HEAP_NONE;
    }
    return order_of(heap, grid, buddy) == order ? buddy : HEAP_NONE;
}

/* ---- the lists ---- */

static heap_off lists_at(const struct heap *heap) { return arena_u32(heap, end_of(&heap->regions[0]) - LISTS_AT); }
static heap_off head_at(const struct heap *heap, uint32_t order) { return lists_at(heap) + 4 + 4 * order; }
static heap_off next_of(const struct heap *heap, heap_off block) { return arena_u32(heap, block); }
static heap_off prev_of(const struct heap *heap, heap_off block) { return arena_u32(heap, block + 4); }

static void push(struct heap *heap, struct grid grid, heap_off block, uint32_t order)
{
    const heap_off at = head_at(heap, order), head = arena_u32(heap, at), bitmap = lists_at(heap);
    mark(heap, grid, block, order, 0);
    arena_set_u32(heap, block, head);
    arena_set_u32(heap, block + 4, HEAP_NONE);
    if (head != HEAP_NONE) {
        arena_set_u32(heap, head + 4, block);
    }
    arena_set_u32(heap, at, block);
    arena_set_u32(heap, bitmap, arena_u32(heap, bitmap) | 1u << order);
    heap_note_free_added(heap, block, block_bytes(order));
}

static void pull(struct heap *heap, heap_off block, uint32_t order)
{
    const heap_off next = next_of(heap, block), prev = prev_of(heap, block), bitmap = lists_at(heap);
    if (next != HEAP_NONE) {
        arena_set_u32(heap, next + 4, prev);
    }
    if (prev != HEAP_NONE) {
        arena_set_u32(heap, prev, next);
    } else {
        arena_set_u32(heap, head_at(heap, order), next);
        if (next == HEAP_NONE) {
            arena_set_u32(heap, bitmap, arena_u32(heap, bitmap) & ~(1u << order));
        }
    }
    heap_note_free_removed(heap, block, block_bytes(order));
}

/* ---- regions ---- */

/* What a region of a heap holds: `cells` of them, and lists for `orders` if no region before has as many (else 0). */
struct plan {
    uint32_t cells, orders;
};

static uint32_t tail_bytes(uint32_t index) { return index == 0 ? LISTS_AT : COUNT; }
static uint32_t table_bytes(uint32_t cells) { return (cells + 7) / 8 * 4; }
static uint32_t lists_bytes(uint32_t orders) { return orders == 0 ? 0 : 4 + 4 * orders; }
static uint32_t orders_for(uint32_t cells) { return cells == 0 ? 0 : bits_highest(cells) + 1; }

/* The most cells c with 16 c + table + lists <= rest. */
static uint32_t cells_in(uint32_t rest, bool lists)
{
    uint32_t cells = rest / 33 * 2 + rest % 33 * 2 / 33;
    while (cells != 0 && cells * CELL_BYTES + table_bytes(cells) + (lists ? lists_bytes(orders_for(cells)) : 0) > rest) {
        cells--;
    }
    return cells;
}

static struct plan plan_of(const struct heap *heap, uint32_t index)
{
    uint32_t most = 0;
    struct plan plan = {0, 0};
    for (uint32_t i = 0; i <= index; i++) {
        const struct heap_region *region = &heap->regions[i];
        const uint32_t lost = tail_bytes(i) + bits_up(region->first, CELL_BYTES) - region->first;
        const uint32_t rest = region->bytes > lost ? region->bytes - lost : 0;
        plan.cells = cells_in(rest, true);
        plan.orders = orders_for(plan.cells);
        if (plan.orders <= most) {
            plan = (struct plan){cells_in(rest, false), 0};
            plan.cells = orders_for(plan.cells) > most ? (1u << most) - 1 : plan.cells; /* a larger order would need lists of its own */
        } else {
            most = plan.orders;
        }
    }
    return plan;
}

static void lay_lists(struct heap *heap, heap_off at, uint32_t orders)
{
    arena_set_u32(heap, end_of(&heap->regions[0]) - LISTS_AT, at);
    arena_set_u32(heap, at, 0);
    memset(arena_at(heap, at + 4), 0xFF, 4 * orders);
}

/* Cuts the range into the largest aligned powers of two. */
static void release_all(struct heap *heap, struct grid grid)
{
    for (heap_off block = grid.lo; block != grid.hi;) {
        const uint32_t fits = bits_highest((grid.hi - block) >> CELL_LOG);
        const uint32_t aligned = block == 0 ? fits : bits_lowest(block) - CELL_LOG;
        const uint32_t order = aligned < fits ? aligned : fits;
        push(heap, grid, block, order);
        block += block_bytes(order);
    }
}

static int lay_region(struct heap *heap, uint32_t index)
{
    const struct heap_region *region = &heap->regions[index];
    const struct plan plan = plan_of(heap, index);
    if (plan.cells == 0) {
        return HEAP_E_TOO_SMALL;
    }
    arena_set_u32(heap, end_of(region) - COUNT, plan.cells);
    const struct grid grid = grid_of(heap, region);
    memset(arena_at(heap, grid.hi), 0, table_bytes(plan.cells));
    if (plan.orders != 0) {
        const heap_off from = index == 0 ? HEAP_NONE : lists_at(heap), to = grid.hi + table_bytes(plan.cells);
        lay_lists(heap, to, plan.orders);
        if (from != HEAP_NONE) {
            uint32_t most = 0;
            for (uint32_t i = 0; i < index; i++) {
                const uint32_t orders = plan_of(heap, i).orders;
                most = orders > most ? orders : most;
            }
            memcpy(arena_at(heap, to), arena_at(heap, from), lists_bytes(most));
        }
    }
    release_all(heap, grid);
    return HEAP_OK;
}

/* ---- the policy's functions ---- */

int heap_buddy_init(struct heap *heap)
{
    return lay_region(heap, 0);
}

int heap_buddy_add_region(struct heap *heap, uint32_t index)
{
    return lay_region(heap, index);
}

static uint32_t order_for(uint32_t size)
{
    return bits_log2_ceil((size + (CELL_BYTES - 1)) >> CELL_LOG);
}

heap_off heap_buddy_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    const uint32_t wanted = order_for(size), aligned = align > CELL_BYTES ? bits_lowest(align) - CELL_LOG : 0;
    const uint32_t orders = arena_u32(heap, lists_at(heap)) & (UINT32_MAX << (wanted > aligned ? wanted : aligned));
    if (orders == 0) {
        return HEAP_NONE;
    }
    uint32_t order = bits_lowest(orders);
    const heap_off block = arena_u32(heap, head_at(heap, order));
    const struct grid grid = grid_around(heap, block);
    heap_note_step(heap, HEAP_STEP_BIN, head_at(heap, order), block_bytes(order));
    heap_note_step(heap, HEAP_STEP_VISIT, block, block_bytes(order));
    pull(heap, block, order);
    while (order > wanted) { /* the lower half is aligned as the whole was */
        order--;
        heap_note_step(heap, HEAP_STEP_SPLIT, block + block_bytes(order), block_bytes(order));
        push(heap, grid, block + block_bytes(order), order);
    }
    mark(heap, grid, block, wanted, USED);
    return block;
}

int heap_buddy_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    const struct grid grid = grid_around(heap, off);
    (void)layout;
    if (heap_checked(heap) && !is_live(heap, grid, off)) {
        return HEAP_E_NOT_LIVE;
    }
    uint32_t order = order_of(heap, grid, off);
    heap_off block = off;
    mark(heap, grid, block, order, 0);
    for (heap_off buddy; (buddy = free_buddy(heap, grid, block, order)) != HEAP_NONE; order++) {
        heap_note_step(heap, HEAP_STEP_MERGE, buddy, block_bytes(order));
        pull(heap, buddy, order);
        block = buddy < block ? buddy : block;
    }
    push(heap, grid, block, order);
    return HEAP_OK;
}

/* Grows a used block by joining free buddies, upward ones or any, until it has the order wanted: where it then begins, or HEAP_NONE
 * with nothing changed. The content moves down with it. */
static heap_off join_to(struct heap *heap, struct grid grid, heap_off off, uint32_t wanted, bool upward, uint32_t align)
{
    const uint32_t order = order_of(heap, grid, off);
    heap_off start = off;
    for (uint32_t k = order; k < wanted; k++) {
        const heap_off buddy = free_buddy(heap, grid, start, k);
        if (buddy == HEAP_NONE || (upward && buddy < start)) {
            return HEAP_NONE;
        }
        start = buddy < start ? buddy : start;
    }
    if ((start & (align - 1)) != 0) {
        return HEAP_NONE;
    }
    heap_off block = off;
    for (uint32_t k = order; k < wanted; k++) {
        const heap_off buddy = block ^ block_bytes(k);
        heap_note_step(heap, HEAP_STEP_MERGE, buddy, block_bytes(k));
        pull(heap, buddy, k);
        block = buddy < block ? buddy : block;
    }
    mark(heap, grid, off, order, 0);
    if (start != off) {
        arena_move(heap, start, off, block_bytes(order));
    }
    mark(heap, grid, start, wanted, USED);
    return start;
}

heap_off heap_buddy_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    const struct grid grid = grid_around(heap, off);
    if (heap_checked(heap) && !is_live(heap, grid, off)) {
        heap->error = HEAP_E_NOT_LIVE;
        return HEAP_NONE;
    }
    const uint32_t wanted = order_for(size), align = old.align > heap->alignment ? old.align : heap->alignment;
    uint32_t order = order_of(heap, grid, off);
    if (wanted <= order) {
        while (order > wanted) {
            order--;
            push(heap, grid, off + block_bytes(order), order);
        }
        mark(heap, grid, off, wanted, USED);
        return off;
    }
    heap_off moved = join_to(heap, grid, off, wanted, true, align);
    if (moved == HEAP_NONE) {
        moved = arena_realloc_by_moving(heap, off, old, block_bytes(order), size, heap_buddy_alloc, heap_buddy_free);
    }
    return moved != HEAP_NONE ? moved : join_to(heap, grid, off, wanted, false, align);
}

uint32_t heap_buddy_usable(const struct heap *heap, heap_off off)
{
    const struct grid grid = grid_around(heap, off);
    return heap_checked(heap) && !is_live(heap, grid, off) ? 0 : block_bytes(order_of(heap, grid, off));
}

/* ---- inspection ---- */

/* Is the block at `block` one that can be: whole, aligned, inside? *order is its order. */
static bool read_block(const struct heap *heap, struct grid grid, heap_off block, uint32_t *order)
{
    const bool large = (cell_get(heap, grid, cell_of(grid, block)) & ORDER_ELSEWHERE) == ORDER_ELSEWHERE;
    if (large && grid.hi - block < block_bytes(ORDER_ELSEWHERE)) {
        return false;
    }
    *order = order_of(heap, grid, block);
    return *order < 32 - CELL_LOG && grid.hi - block >= block_bytes(*order) && (block & (block_bytes(*order) - 1)) == 0;
}

static int walk(const struct heap *heap, heap_span_fn visit, void *ctx)
{
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const struct heap_region *region = &heap->regions[i];
        const struct plan plan = plan_of(heap, i);
        const struct grid grid = grid_of(heap, region);
        if (plan.cells != arena_u32(heap, end_of(region) - COUNT)) {
            return HEAP_E_CORRUPT;
        }
        if (!arena_emit(visit, ctx, region->first, grid.lo - region->first, HEAP_RESERVED)) {
            return HEAP_OK;
        }
        uint32_t order = 0;
        for (heap_off block = grid.lo; block != grid.hi; block += block_bytes(order)) {
            if (!read_block(heap, grid, block, &order)) {
                return HEAP_E_CORRUPT;
            }
            if (!arena_emit(visit, ctx, block, block_bytes(order), is_used(heap, grid, block) ? HEAP_PAYLOAD : HEAP_FREE)) {
                return HEAP_OK;
            }
        }
        const heap_off gap = grid.hi + table_bytes(plan.cells) + lists_bytes(plan.orders), tail = end_of(region) - tail_bytes(i);
        if (!arena_emit(visit, ctx, grid.hi, gap - grid.hi, HEAP_CONTROL) || !arena_emit(visit, ctx, gap, tail - gap, HEAP_RESERVED) ||
            !arena_emit(visit, ctx, tail, tail_bytes(i), HEAP_CONTROL)) {
            return HEAP_OK;
        }
    }
    return HEAP_OK;
}

/* One region: blocks tile it, nothing inside a block looks used, no two halves are both free. */
static int check_region(const struct heap *heap, uint32_t index, uint32_t *free_blocks, heap_off *where)
{
    const struct heap_region *region = &heap->regions[index];
    *where = end_of(region) - COUNT;
    if (arena_u32(heap, *where) != plan_of(heap, index).cells) {
        return HEAP_E_CORRUPT;
    }
    const struct grid grid = grid_of(heap, region);
    uint32_t order = 0;
    for (heap_off block = grid.lo; block != grid.hi; block += block_bytes(order)) {
        *where = block;
        if (!read_block(heap, grid, block, &order)) {
            return HEAP_E_CORRUPT;
        }
        const bool is_free = !is_used(heap, grid, block);
        if (is_free && free_buddy(heap, grid, block, order) != HEAP_NONE) {
            return HEAP_E_CORRUPT;
        }
        *free_blocks += is_free;
        for (heap_off inside = block + CELL_BYTES; inside != block + block_bytes(order); inside += CELL_BYTES) {
            if (is_used(heap, grid, inside)) {
                return HEAP_E_CORRUPT;
            }
        }
    }
    return HEAP_OK;
}

static int check_list(const struct heap *heap, uint32_t order, uint32_t *expected, heap_off *where)
{
    heap_off prev = HEAP_NONE, block = arena_u32(heap, head_at(heap, order));
    *where = head_at(heap, order);
    if ((arena_u32(heap, lists_at(heap)) >> order & 1u) != (block != HEAP_NONE)) {
        return HEAP_E_CORRUPT;
    }
    for (; block != HEAP_NONE; prev = block, block = next_of(heap, block)) {
        *where = block;
        if (*expected == 0 || block >= heap->bytes || block % CELL_BYTES != 0) {
            return HEAP_E_CORRUPT;
        }
        const struct grid grid = grid_around(heap, block);
        uint32_t real = 0;
        if (block < grid.lo || block >= grid.hi || is_used(heap, grid, block) || !read_block(heap, grid, block, &real) || real != order ||
            prev_of(heap, block) != prev) {
            return HEAP_E_CORRUPT;
        }
        --*expected;
    }
    return HEAP_OK;
}

static int check(const struct heap *heap, heap_off *where)
{
    uint32_t expected = 0, orders = 0;
    heap_off lists = HEAP_NONE;
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const struct plan plan = plan_of(heap, i);
        const int error = check_region(heap, i, &expected, where);
        if (error != HEAP_OK) {
            return error;
        }
        if (plan.orders != 0) {
            orders = plan.orders;
            lists = grid_of(heap, &heap->regions[i]).hi + table_bytes(plan.cells);
        }
    }
    *where = end_of(&heap->regions[0]) - LISTS_AT;
    if (lists_at(heap) != lists || arena_u32(heap, lists) >> orders != 0) {
        return HEAP_E_CORRUPT;
    }
    for (uint32_t order = 0; order < orders; order++) {
        const int error = check_list(heap, order, &expected, where);
        if (error != HEAP_OK) {
            return error;
        }
    }
    return expected == 0 ? HEAP_OK : HEAP_E_CORRUPT;
}

static struct heap_extent extent(const struct heap *heap, heap_off off, struct heap_layout layout)
{
    (void)layout;
    return (struct heap_extent){off, block_bytes(order_of(heap, grid_around(heap, off), off)), 0};
}

static uint32_t largest_request(const struct heap *heap)
{
    const uint32_t orders = arena_u32(heap, lists_at(heap));
    return orders == 0 ? 0 : block_bytes(bits_highest(orders));
}

#if HEAP_LAB
/* For pictures: an order with a list has a head in the table that ends where the cells' table of its region ends; the bitmap's highest
 * possible order is that of the largest region. */
static enum heap_bins_kind bins(const struct heap *heap, const struct heap_bins_visitor *visitor)
{
    uint32_t orders = 0, left = heap->bytes / CELL_BYTES;
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const uint32_t here = orders_for(plan_of(heap, i).cells);
        orders = here > orders ? here : orders;
    }
    const heap_off lists = lists_at(heap);
    bool more = lists < heap->bytes && 4 + 4 * orders <= heap->bytes - lists;
    for (uint32_t order = 0; order < orders && more; order++) {
        const struct heap_bin bin = {order, 0, block_bytes(order), block_bytes(order), (arena_u32(heap, lists) >> order & 1u) != 0};
        more = visitor->bin(visitor->ctx, &bin);
        for (heap_off block = arena_u32(heap, head_at(heap, order)); more && left != 0 && block < heap->bytes; left--) {
            if (block % CELL_BYTES != 0 || heap->bytes - block < CELL_BYTES) {
                break;
            }
            more = visitor->block(visitor->ctx, block, block_bytes(order));
            block = next_of(heap, block);
        }
    }
    return HEAP_BINS_ORDERS;
}
#endif

const struct heap_policy_inspect heap_buddy_inspect = {
    .traits = HEAP_FREES | HEAP_ALIGNS | HEAP_FINDS_DOUBLE_FREE | HEAP_FINDS_INTERIOR | HEAP_RESTORES | HEAP_ALIGNS_4,
    .walk = walk, .check = check, .extent = extent, .largest_request = largest_request,
    .idea = "powers of two; a freed block joins its other half",
    .overhead = "rounding up to 16 B times a power of two; 1/32 of the arena",
    .bounds = "malloc, free and realloc O(log arena); space: Robson 2 M (1 + ceil(log2 n))",
    .source = "Knowlton, CACM 8, 1965; Knuth, TAOCP 1, 2.5, algorithms R and S",
    .picture = "| payload, a power of two |",
    HEAP_INSPECT_BINS(bins)
    .space_bound = HEAP_BOUND_BUDDY, .smallest_block = CELL_BYTES,
};

HEAP_POLICY_TABLE(buddy, HEAP_ID('B', 'U', 'D', 'Y'), 0);
