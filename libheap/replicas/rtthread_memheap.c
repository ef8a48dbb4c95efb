/* rtthread_memheap.c: RT-Thread's memheap: first fit over a list of free blocks whose newest stands first.
 *
 *     | magic | owner | next | prev | next free | prev free | payload … | magic | …          | magic | … |      a region
 *     ^ block: six words                                    ^ + 24      ^ next                ^ the tail: used, empty
 *
 * Blocks are chained in order of address (next, prev); the free ones besides in a ring through the control structure's anchor.
 * What becomes free is put at the ring's head, and a search takes the first that is large enough: the block freed last is given
 * out first. A free block that takes in its freed neighbour behind it keeps its place in the ring. A request of exactly the free
 * bytes is refused although it may fit, and a size near 2^32 wraps to a small one. Each region is a memheap of its own: region 0
 * is asked first, then the others, last one first; a realloc asks its own first. Alignments above A: rtthread.h.
 *
 * Control: 104 bytes a memheap outside its memory, mostly the kernel object and a semaphore; of them a heap here needs 16, so
 * that the one state block of 104 bytes holds those of all regions, six at most. Links hold nominal addresses, 0 for none; an
 * anchor, and the owner of a block, is the odd number 2·region + 1, which is the address of no block.
 * Parameters: align is A (RT_ALIGN_SIZE); before 5.0 the smallest payload is 12 bytes whatever A is, so that with A = 8 payloads
 * are only 4-aligned.
 * Time: alloc O(free blocks), free and a realloc in place O(1). Overhead: 24 bytes a block, 24 a region for the tail.
 * Source: RT-Thread 4.1.1 (rtthread-nano 44d75c7), memheap.c and kservice.c; 5.x by its differences. */
#include "../src/rtthread.h"

HEAP_POLICY_PROTOTYPES(rtthread_memheap);

enum { MAGIC = 0, OWNER = 4, NEXT = 8, PREV = 12, NEXT_FREE = 16, PREV_FREE = 20, HEADER = 24 };

#define MAGIC_FREE 0x1ea01ea0u
#define MAGIC_USED (MAGIC_FREE | 1u)
#define SMALLEST 12u
#define CONTROL_BYTES 104u
#define MEMHEAPS 6u

/* A region's memheap: the anchor's links, the payload of all its free blocks, the most that was not available. */
struct __attribute__((may_alias)) memheap {
    uint32_t next_free, prev_free, available, max_used;
};
_Static_assert(MEMHEAPS * sizeof(struct memheap) <= CONTROL_BYTES, "all of them fit into the place of one original");

enum { PARAM_ALIGN, PARAM_VERSION };
enum { VERSION_4_1 = 1, VERSION_5_0 };

static uint32_t alignment_of(const struct heap *heap) { return heap_param_or(heap, PARAM_ALIGN, 4); }

static uint32_t smallest(const struct heap *heap)
{
    return heap_param_or(heap, PARAM_VERSION, VERSION_5_0) == VERSION_4_1 ? SMALLEST : bits_up(SMALLEST, alignment_of(heap));
}

/* Wraps, as the original's arithmetic does. */
static uint32_t rounded(const struct heap *heap, uint32_t size)
{
    const uint32_t up = bits_up(size, alignment_of(heap)), least = smallest(heap);
    return up > least ? up : least;
}

/* ---- regions and their memheaps ---- */

static struct memheap *memheap_of(const struct heap *heap, uint32_t index)
{
    return (struct memheap *)(void *)heap->state + index;
}

static uint32_t anchor_of(uint32_t index) { return 2 * index + 1; }
static bool is_anchor(uint32_t node) { return (node & 1u) != 0; }

static uint32_t pool_bytes(const struct heap *heap, uint32_t index)
{
    return bits_down(heap->regions[index].bytes, alignment_of(heap));
}

/* There is room for a block and the tail, and words can be read there. The original does not ask. */
static bool is_usable(const struct heap *heap, uint32_t index)
{
    return heap->regions[index].address % 4 == 0 && pool_bytes(heap, index) >= 2 * HEADER;
}

static void note_use(const struct heap *heap, uint32_t index)
{
    struct memheap *memheap = memheap_of(heap, index);
    const uint32_t used = pool_bytes(heap, index) - memheap->available;
    memheap->max_used = used > memheap->max_used ? used : memheap->max_used;
}

/* ---- blocks ---- */

static uint32_t field(const struct heap *heap, uint32_t block, uint32_t which) { return nominal_u32(heap, block + which); }
static void set_field(struct heap *heap, uint32_t block, uint32_t which, uint32_t value) { nominal_set_u32(heap, block + which, value); }
static bool is_free(const struct heap *heap, uint32_t block) { return field(heap, block, MAGIC) == MAGIC_FREE; }
static uint32_t payload_bytes(const struct heap *heap, uint32_t block) { return field(heap, block, NEXT) - block - HEADER; }

static void write_header(struct heap *heap, uint32_t block, uint32_t index, uint32_t next, uint32_t prev)
{
    set_field(heap, block, OWNER, anchor_of(index));
    set_field(heap, block, NEXT, next);
    set_field(heap, block, PREV, prev);
}

static void set_used(struct heap *heap, uint32_t block)
{
    set_field(heap, block, MAGIC, MAGIC_USED);
    set_field(heap, block, NEXT_FREE, 0);
    set_field(heap, block, PREV_FREE, 0);
}

/* ---- the ring of free blocks; its nodes are blocks and the anchor ---- */

static uint32_t ring_link(const struct heap *heap, uint32_t node, uint32_t which)
{
    if (is_anchor(node)) {
        const struct memheap *memheap = memheap_of(heap, node / 2);
        return which == NEXT_FREE ? memheap->next_free : memheap->prev_free;
    }
    return field(heap, node, which);
}

static void ring_set_link(struct heap *heap, uint32_t node, uint32_t which, uint32_t to)
{
    if (!is_anchor(node)) {
        set_field(heap, node, which, to);
    } else if (which == NEXT_FREE) {
        memheap_of(heap, node / 2)->next_free = to;
    } else {
        memheap_of(heap, node / 2)->prev_free = to;
    }
}

static void ring_push(struct heap *heap, uint32_t index, uint32_t block)
{
    const uint32_t anchor = anchor_of(index), first = ring_link(heap, anchor, NEXT_FREE);
    set_field(heap, block, MAGIC, MAGIC_FREE);
    set_field(heap, block, NEXT_FREE, first);
    set_field(heap, block, PREV_FREE, anchor);
    ring_set_link(heap, first, PREV_FREE, block);
    ring_set_link(heap, anchor, NEXT_FREE, block);
}

static void ring_remove(struct heap *heap, uint32_t block)
{
    const uint32_t next = field(heap, block, NEXT_FREE), prev = field(heap, block, PREV_FREE);
    ring_set_link(heap, next, PREV_FREE, prev);
    ring_set_link(heap, prev, NEXT_FREE, next);
}

/* A new free block [block, next) behind `prev`, at the ring's head. */
static void add_free(struct heap *heap, uint32_t index, uint32_t block, uint32_t next, uint32_t prev)
{
    write_header(heap, block, index, next, prev);
    set_field(heap, next, PREV, block);
    if (prev != 0) {
        set_field(heap, prev, NEXT, block);
    }
    ring_push(heap, index, block);
    nominal_note_free_added(heap, block, next - block);
}

static void drop_free(struct heap *heap, uint32_t block)
{
    nominal_note_free_removed(heap, block, HEADER + payload_bytes(heap, block));
    ring_remove(heap, block);
}

/* ---- one memheap ---- */

static int lay_memheap(struct heap *heap, uint32_t index)
{
    if (index >= MEMHEAPS) {
        return HEAP_E_REGIONS;
    }
    struct memheap *memheap = memheap_of(heap, index);
    const uint32_t start = heap->regions[index].address, pool = pool_bytes(heap, index);
    if (!heap_faithful(heap) && pool <= 2 * HEADER + smallest(heap)) {
        return HEAP_E_TOO_SMALL;
    }
    if (!is_usable(heap, index)) {
        *memheap = (struct memheap){anchor_of(index), anchor_of(index), 0, pool};
        return HEAP_OK;
    }
    const uint32_t tail = start + pool - HEADER;
    *memheap = (struct memheap){anchor_of(index), anchor_of(index), pool - 2 * HEADER, 2 * HEADER};
    write_header(heap, tail, index, 0, start);
    set_used(heap, tail);
    add_free(heap, index, start, tail, 0);
    return HEAP_OK;
}

/* The first free block of the ring with `size` bytes of payload; 0: none. */
static uint32_t find(struct heap *heap, uint32_t index, uint32_t size)
{
    if (size >= memheap_of(heap, index)->available) {
        return 0;
    }
    for (uint32_t block = memheap_of(heap, index)->next_free; !is_anchor(block); block = field(heap, block, NEXT_FREE)) {
        nominal_note_step(heap, HEAP_STEP_VISIT, block, HEADER + payload_bytes(heap, block));
        if (payload_bytes(heap, block) >= size) {
            return block;
        }
    }
    return 0;
}

static void take(struct heap *heap, uint32_t index, uint32_t block, uint32_t size)
{
    struct memheap *memheap = memheap_of(heap, index);
    const uint32_t payload = payload_bytes(heap, block), rest = block + HEADER + size;
    drop_free(heap, block);
    if (payload >= size + HEADER + smallest(heap)) {
        nominal_note_step(heap, HEAP_STEP_SPLIT, rest, payload - size);
        add_free(heap, index, rest, field(heap, block, NEXT), block);
        memheap->available -= size + HEADER;
    } else {
        memheap->available -= payload;
    }
    set_used(heap, block);
    note_use(heap, index);
}

static void release(struct heap *heap, uint32_t block)
{
    const uint32_t index = field(heap, block, OWNER) / 2, prev = field(heap, block, PREV);
    struct memheap *memheap = memheap_of(heap, index);
    uint32_t next = field(heap, block, NEXT);
    memheap->available += next - block - HEADER;
    set_field(heap, block, MAGIC, MAGIC_FREE);
    const bool joins = prev != 0 && is_free(heap, prev);
    if (joins) {
        nominal_note_step(heap, HEAP_STEP_MERGE, prev, block - prev);
        nominal_note_free_removed(heap, prev, block - prev);
        memheap->available += HEADER;
        block = prev;
    }
    if (is_free(heap, next)) {
        nominal_note_step(heap, HEAP_STEP_MERGE, next, HEADER + payload_bytes(heap, next));
        drop_free(heap, next);
        memheap->available += HEADER;
        next = field(heap, next, NEXT);
    }
    if (joins) { /* it keeps its place in the ring */
        set_field(heap, block, NEXT, next);
        set_field(heap, next, PREV, block);
        nominal_note_free_added(heap, block, next - block);
    } else {
        add_free(heap, index, block, next, prev);
    }
}

enum resized { STAYED, MUST_MOVE, NEVER };

/* A used block's payload shall be n bytes, which are rounded already. */
static enum resized resize(struct heap *heap, uint32_t block, uint32_t n)
{
    const uint32_t index = field(heap, block, OWNER) / 2, least = smallest(heap);
    const uint32_t next = field(heap, block, NEXT), c = payload_bytes(heap, block), rest = block + HEADER + n;
    struct memheap *memheap = memheap_of(heap, index);
    if (n > c) {
        if (!is_free(heap, next)) {
            return MUST_MOVE;
        }
        if (n + least < n) {
            return NEVER; /* the original's sum wraps, and it writes a header in front of the block */
        }
        if (payload_bytes(heap, next) + c <= n + least) {
            return MUST_MOVE;
        }
        memheap->available -= n - c;
    } else if (n + HEADER + least >= c) {
        return STAYED;
    } else {
        memheap->available += c - n - HEADER;
    }
    uint32_t behind = next;
    if (is_free(heap, next)) {
        behind = field(heap, next, NEXT);
        nominal_note_step(heap, HEAP_STEP_MERGE, next, behind - next);
        drop_free(heap, next);
        memheap->available += n > c ? 0 : HEADER;
    }
    nominal_note_step(heap, HEAP_STEP_SPLIT, rest, behind - rest);
    add_free(heap, index, rest, behind, block);
    note_use(heap, index);
    return STAYED;
}

/* ---- plain requests: rtthread.h wraps those for larger alignments ---- */

static uint32_t request_in(struct heap *heap, uint32_t index, uint32_t size)
{
    const uint32_t bytes = rounded(heap, size), block = find(heap, index, bytes);
    if (block == 0) {
        return 0;
    }
    take(heap, index, block, bytes);
    return block + HEADER;
}

/* Region 0 first, then from the last one down. */
static uint32_t plain_alloc(struct heap *heap, uint32_t size)
{
    uint32_t payload = request_in(heap, 0, size);
    for (uint32_t index = heap->region_count; payload == 0 && --index != 0;) {
        payload = request_in(heap, index, size);
    }
    return payload;
}

static void plain_release(struct heap *heap, uint32_t payload) { release(heap, payload - HEADER); }

static uint32_t plain_realloc(struct heap *heap, uint32_t payload, uint32_t size)
{
    const uint32_t block = payload - HEADER;
    if (size == 0) {
        release(heap, block);
        heap->error = HEAP_RELEASED;
        return 0;
    }
    const enum resized resized = resize(heap, block, rounded(heap, size));
    if (resized != MUST_MOVE) {
        return resized == STAYED ? payload : 0;
    }
    uint32_t moved = request_in(heap, field(heap, block, OWNER) / 2, size);
    if (moved == 0 && heap->region_count > 1) {
        moved = plain_alloc(heap, size);
    }
    if (moved != 0) { /* it has grown */
        memcpy(nominal_at(heap, moved), nominal_at(heap, payload), payload_bytes(heap, block));
        release(heap, block);
    }
    return moved;
}

/* The payload of the live block that begins at `payload`, as far as its header can be told from other bytes; 0: none begins there. */
static uint32_t plain_capacity(const struct heap *heap, uint32_t payload)
{
    const struct heap_region *region = nominal_region(heap, payload, 0);
    const uint32_t start = region->address, index = (uint32_t)(region - heap->regions), block = payload - HEADER;
    const uint32_t tail = start + pool_bytes(heap, index) - HEADER;
    if (payload % 4 != 0 || !is_usable(heap, index) || payload - start < HEADER || payload >= tail ||
        field(heap, block, MAGIC) != MAGIC_USED || field(heap, block, OWNER) != anchor_of(index)) {
        return 0;
    }
    const uint32_t next = field(heap, block, NEXT), prev = field(heap, block, PREV);
    const bool chained = next % 4 == 0 && next > payload && next <= tail && field(heap, next, PREV) == block &&
                         (field(heap, next, MAGIC) | 1u) == MAGIC_USED;
    const bool backed = prev == 0 ? block == start : prev % 4 == 0 && prev >= start && prev < block && field(heap, prev, NEXT) == block;
    return chained && backed ? next - payload : 0;
}

static const struct rt_plain plain = {plain_alloc, plain_realloc, plain_release, plain_capacity};

/* The largest alignment that needs no wrapper. */
static uint32_t plain_alignment(const struct heap *heap)
{
    return heap_faithful(heap) ? alignment_of(heap) : heap->alignment;
}

/* ---- the policy's functions ---- */

int heap_rtthread_memheap_init(struct heap *heap)
{
    const bool odd = alignment_of(heap) == 4 || smallest(heap) % 8 != 0 || heap->regions[0].address % 8 != 0;
    heap->alignment = heap->natural = odd ? 4 : 8;
    return lay_memheap(heap, 0);
}

int heap_rtthread_memheap_add_region(struct heap *heap, uint32_t index)
{
    const int error = lay_memheap(heap, index);
    if (error == HEAP_OK && heap->regions[index].address % 8 != 0) {
        heap->alignment = heap->natural = 4;
    }
    return error;
}

heap_off heap_rtthread_memheap_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    return rt_policy_alloc(heap, &plain, size, align, plain_alignment(heap));
}

int heap_rtthread_memheap_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    return rt_policy_free(heap, &plain, off, layout, plain_alignment(heap));
}

heap_off heap_rtthread_memheap_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    return rt_policy_realloc(heap, &plain, off, old, size, plain_alignment(heap));
}

uint32_t heap_rtthread_memheap_usable(const struct heap *heap, heap_off off)
{
    return rt_policy_usable(heap, &plain, off, plain_alignment(heap));
}

/* ---- inspection ---- */

static int walk_memheap(const struct heap *heap, uint32_t index, heap_span_fn visit, void *ctx, bool *wanted)
{
    const struct heap_region *region = &heap->regions[index];
    const uint32_t pool = pool_bytes(heap, index), tail = region->address + pool - HEADER;
    if (!is_usable(heap, index)) {
        *wanted = arena_emit(visit, ctx, region->first, region->bytes, HEAP_RESERVED);
        return HEAP_OK;
    }
    for (uint32_t block = region->address, next = 0; *wanted && block != tail; block = next) {
        const heap_off off = region->first + (block - region->address);
        next = field(heap, block, NEXT);
        if (next % 4 != 0 || next > tail || next <= block || next - block < HEADER || (field(heap, block, MAGIC) | 1u) != MAGIC_USED) {
            return HEAP_E_CORRUPT;
        }
        *wanted = is_free(heap, block) ? arena_emit(visit, ctx, off, next - block, HEAP_FREE)
                                       : arena_emit(visit, ctx, off, HEADER, HEAP_HEADER) &&
                                             arena_emit(visit, ctx, off + HEADER, next - block - HEADER, HEAP_PAYLOAD);
    }
    *wanted = *wanted && arena_emit(visit, ctx, region->first + pool - HEADER, HEADER, HEAP_CONTROL) &&
              arena_emit(visit, ctx, region->first + pool, region->bytes - pool, HEAP_RESERVED);
    return HEAP_OK;
}

static int walk(const struct heap *heap, heap_span_fn visit, void *ctx)
{
    int error = HEAP_OK;
    bool wanted = true;
    for (uint32_t i = 0; i < heap->region_count && wanted && error == HEAP_OK; i++) {
        error = walk_memheap(heap, i, visit, ctx, &wanted);
    }
    return error;
}

/* The chain of blocks from the start to the tail: *blocks and *payload are those of the free ones. */
static int check_chain(const struct heap *heap, uint32_t index, uint32_t *blocks, uint32_t *payload, heap_off *where)
{
    const struct heap_region *region = &heap->regions[index];
    const uint32_t tail = region->address + pool_bytes(heap, index) - HEADER;
    bool after_free = false;
    for (uint32_t block = region->address, prev = 0;; block = field(heap, prev, NEXT)) {
        const uint32_t next = field(heap, block, NEXT);
        *where = region->first + (block - region->address);
        if (field(heap, block, PREV) != prev || field(heap, block, OWNER) != anchor_of(index)) {
            return HEAP_E_CORRUPT;
        }
        if (block == tail) {
            return next == 0 && field(heap, block, MAGIC) == MAGIC_USED ? HEAP_OK : HEAP_E_CORRUPT;
        }
        const bool frees = is_free(heap, block);
        if (next % 4 != 0 || next > tail || next <= block || next - block < HEADER || (frees && after_free) ||
            (!frees && (field(heap, block, MAGIC) != MAGIC_USED || field(heap, block, NEXT_FREE) != 0 || field(heap, block, PREV_FREE) != 0))) {
            return HEAP_E_CORRUPT;
        }
        *blocks += frees;
        *payload += frees ? next - block - HEADER : 0;
        after_free = frees;
        prev = block;
    }
}

/* The ring holds as many blocks as the chain has free ones, each linked back and each a free one in the chain. */
static int check_ring(const struct heap *heap, uint32_t index, uint32_t blocks, heap_off *where)
{
    const struct heap_region *region = &heap->regions[index];
    const uint32_t anchor = anchor_of(index), last = pool_bytes(heap, index) - 2 * HEADER;
    uint32_t before = anchor;
    *where = region->first;
    for (uint32_t block = memheap_of(heap, index)->next_free; block != anchor; block = field(heap, block, NEXT_FREE)) {
        if (blocks-- == 0 || block % 4 != 0 || block - region->address > last) {
            return HEAP_E_CORRUPT;
        }
        *where = region->first + (block - region->address);
        const uint32_t next = field(heap, block, NEXT);
        if (!is_free(heap, block) || field(heap, block, PREV_FREE) != before || next % 4 != 0 ||
            next - region->address > last + HEADER || field(heap, next, PREV) != block) {
            return HEAP_E_CORRUPT;
        }
        before = block;
    }
    return blocks == 0 && memheap_of(heap, index)->prev_free == before ? HEAP_OK : HEAP_E_CORRUPT;
}

static int check(const struct heap *heap, heap_off *where)
{
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const struct memheap *memheap = memheap_of(heap, i);
        uint32_t blocks = 0, payload = 0;
        if (!is_usable(heap, i)) {
            continue;
        }
        int error = check_chain(heap, i, &blocks, &payload, where);
        error = error == HEAP_OK ? check_ring(heap, i, blocks, where) : error;
        if (error != HEAP_OK) {
            return error;
        }
        *where = heap->regions[i].first;
        if (memheap->available != payload || memheap->max_used < pool_bytes(heap, i) - payload || memheap->max_used > pool_bytes(heap, i)) {
            return HEAP_E_CORRUPT;
        }
    }
    return HEAP_OK;
}

static struct heap_extent extent(const struct heap *heap, heap_off off, struct heap_layout layout)
{
    const uint32_t payload = nominal_of(heap, off), at = rt_plain_of(heap, &plain, payload, layout.align, plain_alignment(heap));
    return at == 0 ? (struct heap_extent){off, 0, 0} : (struct heap_extent){off - (payload - at) - HEADER, HEADER + plain_capacity(heap, at), 0};
}

static uint32_t largest_request(const struct heap *heap)
{
    uint32_t largest = 0;
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const struct memheap *memheap = memheap_of(heap, i);
        uint32_t payload = 0;
        for (uint32_t block = memheap->next_free; !is_anchor(block); block = field(heap, block, NEXT_FREE)) {
            payload = payload_bytes(heap, block) > payload ? payload_bytes(heap, block) : payload;
        }
        payload = payload < memheap->available ? payload : memheap->available == 0 ? 0 : memheap->available - 1;
        payload = payload < smallest(heap) ? 0 : bits_down(payload, alignment_of(heap));
        largest = payload > largest ? payload : largest;
    }
    return largest;
}

static void statistics(const struct heap *heap, heap_statistic_fn emit, void *ctx)
{
    for (uint32_t i = 0; i < heap->region_count; i++) {
        const uint32_t pool = pool_bytes(heap, i);
        const struct heap_statistic numbers[] = {{"total", "pool_size", i, pool},
                                                 {"used", "used", i, pool - memheap_of(heap, i)->available},
                                                 {"max_used", "max_used", i, memheap_of(heap, i)->max_used}};
        for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) {
            emit(ctx, &numbers[k]);
        }
    }
    emit(ctx, &(struct heap_statistic){"sizeof (struct rt_memheap)", "control_bytes", HEAP_NONE, CONTROL_BYTES});
}

static const struct heap_param params[] = {
    {.key = "align", .help = "RT_ALIGN_SIZE: 4 (nano) or 8 (5.x)", .standard = 4, .min = 4, .max = 8, .power_of_two = true},
    {.key = "version", .help = "kernel: before 5.0 the smallest payload is 12 bytes for align=8 too", .standard = VERSION_5_0,
     .min = VERSION_4_1, .max = VERSION_5_0, .choices = "4.1|5.0", .since = true},
    {.key = NULL},
};

static const char *const defects[] = {
    "a request of exactly the free bytes is refused though it fits",
    "a request of 2^32 - align + 1 bytes or more wraps to the smallest block, and is a success",
    "realloc to 2^32 - align + 1 bytes or more shrinks the block to the smallest, and is a success",
    "4.1 with align=8: payloads are only 4-aligned after a request of 8 bytes or less",
    NULL,
};

static const struct heap_replica replica = {
    .of = "RT-Thread memheap", .version = "4.1.1 (rtthread-nano 44d75c7); 5.x by reading",
    .keys = "rtthread-memheap rtthread-memheap-a8 rtthread-memheap-multi",
    .fidelity = "placements and statistics identical to the compiled original on 82,662 events of 13 traces, one region and several",
    .defects = defects,
};

const struct heap_policy_inspect heap_rtthread_memheap_inspect = {
    .traits = HEAP_FREES | HEAP_COALESCES | HEAP_ALIGNS | HEAP_FINDS_DOUBLE_FREE | HEAP_RESTORES,
    .walk = walk, .check = check, .extent = extent, .largest_request = largest_request,
    .params = params,
    .idea = "first fit over a list of free blocks, the newest first; every region a heap of its own",
    .overhead = "24 B a block, 24 B a region, 104 B of control outside it",
    .bounds = "malloc O(free blocks), free O(1), realloc O(1) in place",
    .source = "RT-Thread, memheap.c",
    .picture = "| magic 4 | owner 4 | next 4 | prev 4 | next free 4 | prev free 4 | payload |",
    HEAP_INSPECT_WORDS("| magic 4 | owner 4 | next 4 | prev 4 | next free 4 | prev free 4 | … |", "magic: used 0")
    .statistics = statistics,
    .replica = &replica,
};

HEAP_POLICY_TABLE(rtthread_memheap, HEAP_ID('R', 'T', 'M', 'H'), CONTROL_BYTES);
