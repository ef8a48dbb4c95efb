/* linked_list_allocator.c: Rust's linked_list_allocator, which is also alloc-cortex-m's CortexMHeap and embedded-alloc's LlffHeap.
 *
 *     | payload | payload | hole: size, next, … | payload | hole: size, next, … | payload | rest |
 *     bottom                                                                              top
 *     control, outside the arena: used, size and next of a dummy hole that heads the list, bottom, top, pending
 *
 * Blocks have no header. Holes are one list in order of address; they never touch, and none is smaller than two words, so that every
 * request is at least that. First fit: a block comes from the low end of the first hole that suits; what remains in front of an
 * aligned block, or behind any, stays a hole. A hole that would leave one word behind the block does not suit, nor is another place
 * in it tried. Free needs the size that was asked for; realloc always moves, with both blocks held meanwhile.
 *
 * Time: alloc and free O(holes). Overhead: none but rounding to words, 8 bytes at least.
 * Source: linked_list_allocator 0.10.5, as alloc-cortex-m 0.4.3 and embedded-alloc 0.5 and later have it. */
#include "../src/rust.h"

HEAP_POLICY_PROTOTYPES(linked_list_allocator);

#define HOLE_BYTES (2 * RUST_WORD) /* the smallest */
#define SIZE 0u
#define NEXT RUST_WORD

struct control {
    uint32_t used, dummy_size, first, bottom, top, pending; /* bottom 0: never initialised */
};

#define DUMMY 0u /* the node in `control` that heads the list */

static struct control *control_of(const struct heap *heap) { return (struct control *)(void *)heap->state; }
static uint32_t hole_size(const struct heap *heap, uint32_t hole) { return nominal_u32(heap, hole + SIZE); }

static uint32_t hole_next(const struct heap *heap, uint32_t hole)
{
    return hole == DUMMY ? control_of(heap)->first : nominal_u32(heap, hole + NEXT);
}

static void set_next(struct heap *heap, uint32_t hole, uint32_t next)
{
    if (hole == DUMMY) {
        control_of(heap)->first = next;
    } else {
        nominal_set_u32(heap, hole + NEXT, next);
    }
}

/* Writes a hole behind `before` in the list; the observer hears of it. */
static void put_hole(struct heap *heap, uint32_t before, uint32_t hole, uint32_t bytes, uint32_t next)
{
    nominal_set_u32(heap, hole + SIZE, bytes);
    nominal_set_u32(heap, hole + NEXT, next);
    set_next(heap, before, hole);
    nominal_note_free_added(heap, hole, bytes);
}

/* What a request takes; 0 where its rounding is more than a Layout can have. */
static uint32_t block_bytes(uint32_t size)
{
    const uint32_t bytes = size > HOLE_BYTES ? size : HOLE_BYTES;
    return rust_layout_exists(bytes, RUST_WORD) ? bits_up(bytes, RUST_WORD) : 0;
}

/* Where in the hole [hole, end) a block of `bytes` goes; 0: the hole does not suit. */
static uint32_t place_in(uint32_t hole, uint32_t end, uint32_t bytes, uint32_t align)
{
    const uint32_t place = (hole & (align - 1)) == 0 ? hole : bits_up(hole + HOLE_BYTES, align);
    if (place < hole || place > end || bytes > end - place) {
        return 0;
    }
    const uint32_t back = end - place - bytes;
    return back != 0 && back < HOLE_BYTES ? 0 : place;
}

/* ---- the policy's functions ---- */

int heap_linked_list_allocator_init(struct heap *heap)
{
    struct control *control = control_of(heap);
    const struct heap_region *region = &heap->regions[0];
    rust_set_alignment(heap);
    const uint32_t bottom = bits_up(region->address, RUST_WORD), skipped = bottom - region->address;
    if (region->bytes < HOLE_BYTES + skipped) {
        return heap_faithful(heap) ? HEAP_OK : HEAP_E_TOO_SMALL; /* the original panics */
    }
    const uint32_t rest = region->bytes - skipped, usable = bits_down(rest, RUST_WORD);
    control->bottom = bottom;
    control->top = bottom + usable;
    control->pending = rest - usable;
    put_hole(heap, DUMMY, bottom, usable, 0);
    return HEAP_OK;
}

/* The original knows one run of memory, which heap_resize_region extends. */
int heap_linked_list_allocator_add_region(struct heap *heap, uint32_t index)
{
    (void)heap, (void)index;
    return HEAP_E_UNSUPPORTED;
}

heap_off heap_linked_list_allocator_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    const uint32_t bytes = block_bytes(size);
    if (!rust_layout_exists(size, align) || bytes == 0) {
        return HEAP_NONE;
    }
    uint32_t before = DUMMY, place = 0;
    uint32_t hole = hole_next(heap, DUMMY);
    for (; hole != 0; before = hole, hole = hole_next(heap, hole)) {
        nominal_note_step(heap, HEAP_STEP_VISIT, hole, hole_size(heap, hole));
        place = place_in(hole, hole + hole_size(heap, hole), bytes, rust_align(heap, align));
        if (place != 0) {
            break;
        }
    }
    if (hole == 0) {
        return HEAP_NONE;
    }
    const uint32_t end = hole + hole_size(heap, hole), back = place + bytes, next = hole_next(heap, hole);
    nominal_note_free_removed(heap, hole, end - hole);
    set_next(heap, before, next);
    if (back != end) {
        nominal_note_step(heap, HEAP_STEP_SPLIT, back, end - back);
        put_hole(heap, before, back, end - back, next);
    }
    if (place != hole) {
        nominal_note_step(heap, HEAP_STEP_SPLIT, hole, place - hole);
        put_hole(heap, before, hole, place - hole, hole_next(heap, before));
    }
    control_of(heap)->used += bytes;
    return nominal_off(heap, place);
}

/* The last hole below `address`, or DUMMY. */
static uint32_t hole_before(const struct heap *heap, uint32_t address)
{
    uint32_t before = DUMMY;
    for (uint32_t next = hole_next(heap, DUMMY); next != 0 && next < address; next = hole_next(heap, next)) {
        before = next;
    }
    return before;
}

/* HEAP_OK where [address, address + bytes) is memory in use: the original panics at what overlaps a hole. */
static int in_use(const struct heap *heap, uint32_t before, uint32_t address, uint32_t bytes)
{
    const struct control *control = control_of(heap);
    const uint32_t next = hole_next(heap, before), limit = next != 0 ? next : control->top;
    if (address < control->bottom || address > limit || bytes > limit - address) {
        return HEAP_E_NOT_LIVE;
    }
    return before != DUMMY && hole_size(heap, before) > address - before ? HEAP_E_NOT_LIVE : HEAP_OK;
}

/* Makes [hole, hole + bytes) a hole behind `before`, and one with those that it touches. */
static void insert(struct heap *heap, uint32_t before, uint32_t hole, uint32_t bytes)
{
    uint32_t next = hole_next(heap, before);
    if (next != 0 && hole + bytes == next) {
        nominal_note_step(heap, HEAP_STEP_MERGE, next, hole_size(heap, next));
        nominal_note_free_removed(heap, next, hole_size(heap, next));
        bytes += hole_size(heap, next);
        next = hole_next(heap, next);
    }
    if (before != DUMMY && before + hole_size(heap, before) == hole) {
        nominal_note_step(heap, HEAP_STEP_MERGE, before, hole_size(heap, before));
        nominal_note_free_removed(heap, before, hole_size(heap, before));
        nominal_set_u32(heap, before + SIZE, hole_size(heap, before) + bytes);
        nominal_set_u32(heap, before + NEXT, next);
        nominal_note_free_added(heap, before, hole_size(heap, before));
    } else {
        put_hole(heap, before, hole, bytes, next);
    }
}

int heap_linked_list_allocator_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    const uint32_t address = nominal_of(heap, off), bytes = block_bytes(layout.size);
    if (!rust_layout_given(heap, layout)) {
        return HEAP_E_LAYOUT;
    }
    uint32_t before = DUMMY;
    for (uint32_t next = hole_next(heap, DUMMY); next != 0 && next < address; next = hole_next(heap, next)) {
        nominal_note_step(heap, HEAP_STEP_VISIT, next, hole_size(heap, next));
        before = next;
    }
    const int error = bytes == 0 ? HEAP_E_NOT_LIVE : in_use(heap, before, address, bytes);
    if (error == HEAP_OK) {
        insert(heap, before, address, bytes);
        control_of(heap)->used -= bytes;
    }
    return error;
}

heap_off heap_linked_list_allocator_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    const uint32_t address = nominal_of(heap, off), bytes = block_bytes(old.size);
    heap->error = !rust_layout_given(heap, old) ? HEAP_E_LAYOUT
                  : bytes == 0                  ? HEAP_E_NOT_LIVE
                                                : in_use(heap, hole_before(heap, address), address, bytes);
    if (heap->error != HEAP_OK) {
        return HEAP_NONE;
    }
    return rust_realloc_by_moving(heap, off, old, size, heap_linked_list_allocator_alloc, heap_linked_list_allocator_free);
}

uint32_t heap_linked_list_allocator_usable(const struct heap *heap, heap_off off)
{
    (void)heap, (void)off;
    return 0; /* only the owner knows */
}

/* ---- inspection ---- */

/* Upwards alone: extend(by). */
static int resize(struct heap *heap, uint32_t index, const struct heap_region *before)
{
    struct control *control = control_of(heap);
    const struct heap_region *region = &heap->regions[index];
    if (region->address != before->address || region->bytes < before->bytes) {
        return HEAP_E_UNSUPPORTED;
    }
    if (control->bottom == 0) {
        return HEAP_E_TOO_SMALL;
    }
    const uint32_t more = control->pending + (region->bytes - before->bytes);
    if (more < HOLE_BYTES) {
        control->pending = more;
        return HEAP_OK;
    }
    const uint32_t block = bits_down(more, RUST_WORD), top = control->top;
    control->top += block;
    control->pending = more - block;
    insert(heap, hole_before(heap, top), top, block);
    return HEAP_OK;
}

/* Is there a hole's header at `hole`, and a hole that ends by the top? */
static bool is_hole(const struct heap *heap, uint32_t hole)
{
    const struct control *control = control_of(heap);
    if (hole < control->bottom || hole >= control->top || (hole & (RUST_WORD - 1)) != 0 || control->top - hole < HOLE_BYTES) {
        return false;
    }
    const uint32_t bytes = hole_size(heap, hole);
    return bytes >= HOLE_BYTES && bytes <= control->top - hole && (bytes & (RUST_WORD - 1)) == 0;
}

static bool is_framed(const struct heap *heap)
{
    const struct control *control = control_of(heap);
    const struct heap_region *region = &heap->regions[0];
    return control->bottom == bits_up(region->address, RUST_WORD) && control->top >= control->bottom + HOLE_BYTES &&
           (control->top & (RUST_WORD - 1)) == 0 && control->pending < HOLE_BYTES &&
           control->top - region->address + control->pending == region->bytes;
}

static int walk(const struct heap *heap, heap_span_fn visit, void *ctx)
{
    const struct control *control = control_of(heap);
    if (control->bottom == 0) {
        (void)arena_emit(visit, ctx, 0, heap->bytes, HEAP_RESERVED);
        return HEAP_OK;
    }
    if (!is_framed(heap)) {
        return HEAP_E_CORRUPT;
    }
    uint32_t at = control->bottom;
    if (!arena_emit(visit, ctx, 0, nominal_off(heap, at), HEAP_RESERVED)) {
        return HEAP_OK;
    }
    for (uint32_t hole = control->first; hole != 0; hole = hole_next(heap, hole)) {
        if (hole < at || !is_hole(heap, hole)) {
            return HEAP_E_CORRUPT;
        }
        if (!arena_emit(visit, ctx, nominal_off(heap, at), hole - at, HEAP_PAYLOAD) ||
            !arena_emit(visit, ctx, nominal_off(heap, hole), hole_size(heap, hole), HEAP_FREE)) {
            return HEAP_OK;
        }
        at = hole + hole_size(heap, hole);
    }
    const heap_off rest = control->top - heap->regions[0].address;
    (void)(arena_emit(visit, ctx, at - heap->regions[0].address, control->top - at, HEAP_PAYLOAD) &&
           arena_emit(visit, ctx, rest, heap->bytes - rest, HEAP_RESERVED));
    return HEAP_OK;
}

static int check(const struct heap *heap, heap_off *where)
{
    const struct control *control = control_of(heap);
    *where = 0;
    if (control->bottom == 0) {
        return HEAP_OK;
    }
    if (!is_framed(heap) || control->dummy_size != 0) {
        return HEAP_E_CORRUPT;
    }
    uint32_t free_bytes = 0, least = control->bottom;
    for (uint32_t hole = control->first; hole != 0; hole = hole_next(heap, hole)) {
        if (hole < least || !is_hole(heap, hole)) {
            return HEAP_E_CORRUPT;
        }
        *where = nominal_off(heap, hole);
        free_bytes += hole_size(heap, hole);
        least = hole + hole_size(heap, hole) + RUST_WORD; /* something lies between two holes */
    }
    return control->used == control->top - control->bottom - free_bytes ? HEAP_OK : HEAP_E_CORRUPT;
}

static struct heap_extent extent(const struct heap *heap, heap_off off, struct heap_layout layout)
{
    return (struct heap_extent){off, rust_layout_given(heap, layout) ? block_bytes(layout.size) : 0, 0};
}

static uint32_t largest_request(const struct heap *heap)
{
    uint32_t largest = 0;
    for (uint32_t hole = hole_next(heap, DUMMY); hole != 0; hole = hole_next(heap, hole)) {
        const uint32_t end = hole + hole_size(heap, hole);
        const uint32_t place = (hole & (RUST_ALIGN - 1)) == 0 ? hole : bits_up(hole + HOLE_BYTES, RUST_ALIGN);
        if (place < end && end - place >= HOLE_BYTES && end - place > largest) {
            largest = end - place;
        }
    }
    return rust_largest(heap, largest);
}

static void statistics(const struct heap *heap, heap_statistic_fn emit, void *ctx)
{
    const struct control *control = control_of(heap);
    const uint32_t size = control->top - control->bottom;
    const struct heap_statistic all[] = {
        {"used()", "used", HEAP_NONE, control->used},
        {"free()", "free", HEAP_NONE, size - control->used},
        {"size()", "size", HEAP_NONE, size},
        {"bottom()", "bottom", HEAP_NONE, control->bottom},
        {"top()", "top", HEAP_NONE, control->top + control->pending},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        emit(ctx, &all[i]);
    }
}

static const struct heap_replica replica = {
    .of = "linked_list_allocator", .version = "0.10.5 (alloc-cortex-m 0.4.3, embedded-alloc 0.5 and later)", .keys = "linked_list_allocator",
    .fidelity = "placements identical to the compiled original on 55,208 events of 11 traces and 1,108 steps of 4 scripts with extend",
};

const struct heap_policy_inspect heap_linked_list_allocator_inspect = {
    .traits = HEAP_FREES | HEAP_COALESCES | HEAP_ALIGNS | HEAP_FINDS_DOUBLE_FREE | HEAP_NEEDS_LAYOUT | HEAP_SIZED_FREE | HEAP_RESTORES,
    .walk = walk, .check = check, .extent = extent, .largest_request = largest_request,
    .idea = "first fit in a list of holes sorted by address; blocks without headers",
    .overhead = "rounding to 4 B, at least 8 B a block; 24 B outside the arena",
    .bounds = "alloc and free O(holes); realloc both, it always moves",
    .source = "Rust crate linked_list_allocator 0.10.5",
    .space_bound = HEAP_BOUND_FIRST_FIT, .smallest_block = HOLE_BYTES,
    .picture = "| payload |",
    HEAP_INSPECT_WORDS("| size 4 | next 4 | … |", NULL)
    .resize = resize, .statistics = statistics, .replica = &replica,
};

HEAP_POLICY_TABLE(linked_list_allocator, HEAP_ID('L', 'L', 'F', 'F'), sizeof(struct control));
