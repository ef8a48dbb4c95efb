/* rtthread_slab.c: RT-Thread's slab heap: a page allocator, and above it zones of equal chunks.
 *
 *     | control 364 | … | page table | pages: zone | free run | large block | …                 pages of 4096 bytes
 *     zone:         | header 36 | gap | chunk | chunk | … | rest |             a free chunk: | next | mark | … |
 *     page table:   | type 2 bits, value 30 bits | …
 *
 * Requests from L bytes on are whole pages: the first free run that is long enough, its low part. Smaller ones are rounded up to a
 * chunk size of 72 (steps of an eighth of the power of two below); the first zone in the class's list serves, never-used chunks first,
 * freed ones after them, last in first out. A zone without free chunks leaves the list and comes back at its head. A zone that is
 * all free leaves its class if that has another: to a stack of two zones that any class takes first, or back to the pages.
 * Chunks have no header: a payload's page says what it lies in, and the zone what chunk. Chunks of a power of two are aligned to
 * their size within the zone, others to 8.
 *
 * The mark tells a freed chunk from most live ones; only where it is found is the zone's list searched. Alignments above 8 (above
 * align when faithful): src/rtthread.h; free and realloc do best when told the layout. In the picture each free chunk is a free
 * block, a zone on the stack is one, and so is a run of pages.
 *
 * Time: a chunk O(1), pages O(free runs), O(zones of the class) when a zone falls empty. Overhead: 0 B a block but the rounding;
 * 36 B and a rest a zone, 4 B a page, 364 B a heap; the first block of a class takes a zone of 32 KiB. Too small for 32 KiB of
 * zone: refused, unless faithful.
 * Source: RT-Thread 4.1.1, slab.c; by its behaviour. */
#include "../src/slab.h"

HEAP_POLICY_PROTOTYPES(rtthread_slab);

static void grow_used(struct heap *heap, uint32_t bytes)
{
    const uint32_t in_use = slab_control_word(heap, SLAB_IN_USE) + bytes;
    slab_set_control_word(heap, SLAB_IN_USE, in_use);
    if (in_use > slab_control_word(heap, SLAB_MAX_USED)) {
        slab_set_control_word(heap, SLAB_MAX_USED, in_use);
    }
}

static void shrink_used(struct heap *heap, uint32_t bytes) { slab_set_control_word(heap, SLAB_IN_USE, slab_control_word(heap, SLAB_IN_USE) - bytes); }

/* ---- pages ---- */

static void set_run(struct heap *heap, uint32_t run, uint32_t pages, uint32_t next)
{
    slab_set_word(heap, run, SLAB_RUN_NEXT, next);
    slab_set_word(heap, run, SLAB_RUN_PAGES, pages);
    nominal_note_free_added(heap, run, pages * SLAB_PAGE);
}

static void note_run_gone(struct heap *heap, uint32_t run)
{
    nominal_note_free_removed(heap, run, slab_word(heap, run, SLAB_RUN_PAGES) * SLAB_PAGE);
}

/* The low pages of the first run that has so many; 0: none has. */
static uint32_t get_pages(struct heap *heap, uint32_t pages)
{
    uint32_t link = slab_first_link(heap), run = 0;
    for (run = nominal_u32(heap, link); run != 0 && pages != 0; link = run, run = slab_word(heap, run, SLAB_RUN_NEXT)) {
        const uint32_t has = slab_word(heap, run, SLAB_RUN_PAGES), next = slab_word(heap, run, SLAB_RUN_NEXT), rest = run + pages * SLAB_PAGE;
        nominal_note_step(heap, HEAP_STEP_VISIT, run, has * SLAB_PAGE);
        if (has >= pages) {
            note_run_gone(heap, run);
            if (has > pages) {
                nominal_note_step(heap, HEAP_STEP_SPLIT, rest, (has - pages) * SLAB_PAGE);
                set_run(heap, rest, has - pages, next);
            }
            nominal_set_u32(heap, link, has > pages ? rest : next);
            return run;
        }
    }
    return 0;
}

/* Merges with the run above and the run below. */
static void put_pages(struct heap *heap, uint32_t address, uint32_t pages)
{
    uint32_t link = slab_first_link(heap), next = nominal_u32(heap, link), below = 0;
    for (; next != 0 && next < address; below = link = next, next = slab_word(heap, next, SLAB_RUN_NEXT)) {
        nominal_note_step(heap, HEAP_STEP_VISIT, next, slab_word(heap, next, SLAB_RUN_PAGES) * SLAB_PAGE);
    }
    if (next == address + pages * SLAB_PAGE && next != 0) {
        nominal_note_step(heap, HEAP_STEP_MERGE, next, slab_word(heap, next, SLAB_RUN_PAGES) * SLAB_PAGE);
        note_run_gone(heap, next);
        pages += slab_word(heap, next, SLAB_RUN_PAGES);
        next = slab_word(heap, next, SLAB_RUN_NEXT);
    }
    if (below != 0 && below + slab_word(heap, below, SLAB_RUN_PAGES) * SLAB_PAGE == address) {
        nominal_note_step(heap, HEAP_STEP_MERGE, address, pages * SLAB_PAGE);
        note_run_gone(heap, below);
        set_run(heap, below, slab_word(heap, below, SLAB_RUN_PAGES) + pages, next);
        return;
    }
    set_run(heap, address, pages, next);
    nominal_set_u32(heap, link, address);
}

/* ---- zones ---- */

/* From the stack, or from the pages, whose entries then say so; 0: none. */
static uint32_t get_zone(struct heap *heap)
{
    const uint32_t bytes = slab_control_word(heap, SLAB_ZONE_BYTES), cached = slab_control_word(heap, SLAB_CACHE);
    if (cached != 0) {
        nominal_note_step(heap, HEAP_STEP_VISIT, cached, bytes);
        nominal_note_free_removed(heap, cached, bytes);
        slab_set_control_word(heap, SLAB_CACHE, slab_word(heap, cached, SLAB_ZONE_NEXT));
        slab_set_control_word(heap, SLAB_CACHED, slab_control_word(heap, SLAB_CACHED) - 1);
        return cached;
    }
    const uint32_t zone = get_pages(heap, bytes / SLAB_PAGE);
    for (uint32_t i = 0; i < bytes / SLAB_PAGE && zone != 0; i++) {
        slab_set_entry(heap, slab_page_of(heap, zone) + i, SLAB_SMALL, i);
    }
    return zone;
}

/* To the stack, or back to the pages. */
static void put_zone(struct heap *heap, uint32_t zone)
{
    const uint32_t bytes = slab_control_word(heap, SLAB_ZONE_BYTES), cached = slab_control_word(heap, SLAB_CACHED);
    if (cached < SLAB_CACHED_MOST) {
        slab_set_word(heap, zone, SLAB_ZONE_CLASS, SLAB_CLASSES);
        slab_set_word(heap, zone, SLAB_ZONE_NEXT, slab_control_word(heap, SLAB_CACHE));
        slab_set_control_word(heap, SLAB_CACHE, zone);
        slab_set_control_word(heap, SLAB_CACHED, cached + 1);
        nominal_note_free_added(heap, zone, bytes);
        return;
    }
    for (uint32_t i = 0; i < bytes / SLAB_PAGE; i++) {
        slab_set_entry(heap, slab_page_of(heap, zone) + i, 0, 0);
    }
    put_pages(heap, zone, bytes / SLAB_PAGE);
}

/* A new zone at the head of its class; its first chunk is given. 0: no memory. */
static uint32_t open_zone(struct heap *heap, struct slab_class class)
{
    const uint32_t zone = get_zone(heap), most = slab_most_chunks(heap, class.chunk);
    if (zone == 0) {
        return 0;
    }
    memset(nominal_at(heap, zone), 0, SLAB_ZONE_HEADER);
    slab_set_word(heap, zone, SLAB_ZONE_MAGIC, SLAB_MAGIC);
    slab_set_word(heap, zone, SLAB_ZONE_CLASS, class.index);
    slab_set_word(heap, zone, SLAB_ZONE_CHUNK, class.chunk);
    slab_set_word(heap, zone, SLAB_ZONE_MOST, most);
    slab_set_word(heap, zone, SLAB_ZONE_FREE, most - 1);
    slab_set_word(heap, zone, SLAB_ZONE_NEXT, nominal_u32(heap, slab_zone_list(heap, class.index)));
    nominal_set_u32(heap, slab_zone_list(heap, class.index), zone);
    for (uint32_t i = 1; i < most; i++) {
        nominal_note_free_added(heap, slab_chunk_at(heap, zone, i), class.chunk);
    }
    return slab_chunk_at(heap, zone, 0);
}

/* The zone is all free: it leaves its class if that has another. */
static void retire_zone(struct heap *heap, uint32_t zone)
{
    uint32_t link = slab_zone_list(heap, slab_word(heap, zone, SLAB_ZONE_CLASS));
    if (nominal_u32(heap, link) == zone && slab_word(heap, zone, SLAB_ZONE_NEXT) == 0) {
        return;
    }
    for (uint32_t at = nominal_u32(heap, link); at != zone; link = at + SLAB_ZONE_NEXT, at = slab_word(heap, at, SLAB_ZONE_NEXT)) {
        nominal_note_step(heap, HEAP_STEP_VISIT, at, SLAB_ZONE_HEADER);
    }
    nominal_set_u32(heap, link, slab_word(heap, zone, SLAB_ZONE_NEXT));
    for (uint32_t i = 0; i < slab_word(heap, zone, SLAB_ZONE_MOST); i++) {
        nominal_note_free_removed(heap, slab_chunk_at(heap, zone, i), slab_word(heap, zone, SLAB_ZONE_CHUNK));
    }
    put_zone(heap, zone);
}

/* A free chunk of a zone in its class's list. */
static uint32_t take_chunk(struct heap *heap, uint32_t zone)
{
    const uint32_t left = slab_word(heap, zone, SLAB_ZONE_FREE) - 1, unused = slab_word(heap, zone, SLAB_ZONE_LAST) + 1;
    nominal_note_step(heap, HEAP_STEP_VISIT, zone, SLAB_ZONE_HEADER);
    slab_set_word(heap, zone, SLAB_ZONE_FREE, left);
    if (left == 0) {
        nominal_set_u32(heap, slab_zone_list(heap, slab_word(heap, zone, SLAB_ZONE_CLASS)), slab_word(heap, zone, SLAB_ZONE_NEXT));
    }
    uint32_t chunk = slab_word(heap, zone, SLAB_ZONE_LIST);
    if (unused != slab_word(heap, zone, SLAB_ZONE_MOST)) {
        chunk = slab_chunk_at(heap, zone, unused);
        slab_set_word(heap, zone, SLAB_ZONE_LAST, unused);
    } else {
        slab_set_word(heap, zone, SLAB_ZONE_LIST, slab_word(heap, chunk, SLAB_CHUNK_NEXT));
        slab_set_word(heap, chunk, SLAB_CHUNK_MARK, 0);
    }
    nominal_note_free_removed(heap, chunk, slab_word(heap, zone, SLAB_ZONE_CHUNK));
    return chunk;
}

static void put_chunk(struct heap *heap, uint32_t zone, uint32_t chunk)
{
    const uint32_t free_chunks = slab_word(heap, zone, SLAB_ZONE_FREE), list = slab_zone_list(heap, slab_word(heap, zone, SLAB_ZONE_CLASS));
    slab_set_word(heap, chunk, SLAB_CHUNK_NEXT, slab_word(heap, zone, SLAB_ZONE_LIST));
    slab_set_word(heap, chunk, SLAB_CHUNK_MARK, chunk ^ SLAB_MARK);
    slab_set_word(heap, zone, SLAB_ZONE_LIST, chunk);
    slab_set_word(heap, zone, SLAB_ZONE_FREE, free_chunks + 1);
    nominal_note_free_added(heap, chunk, slab_word(heap, zone, SLAB_ZONE_CHUNK));
    if (free_chunks == 0) {
        slab_set_word(heap, zone, SLAB_ZONE_NEXT, nominal_u32(heap, list));
        nominal_set_u32(heap, list, zone);
    }
    if (free_chunks + 1 == slab_word(heap, zone, SLAB_ZONE_MOST)) {
        retire_zone(heap, zone);
    }
}

/* ---- plain blocks ---- */

static uint32_t large_alloc(struct heap *heap, uint32_t size)
{
    const uint32_t pages = bits_up(size, SLAB_PAGE) / SLAB_PAGE; /* wraps, as the original's does */
    const uint32_t block = get_pages(heap, pages);
    if (block == 0) {
        return 0;
    }
    slab_set_entry(heap, slab_page_of(heap, block), SLAB_LARGE, pages);
    for (uint32_t i = 1; i < pages; i++) {
        slab_set_entry(heap, slab_page_of(heap, block) + i, 0, 0);
    }
    grow_used(heap, pages * SLAB_PAGE);
    return block;
}

static uint32_t plain_alloc(struct heap *heap, uint32_t size)
{
    if (size == 0 || !slab_is_laid(heap)) {
        return 0;
    }
    if (size >= slab_control_word(heap, SLAB_LIMIT)) {
        return large_alloc(heap, size);
    }
    const struct slab_class class = slab_class_of(size);
    const uint32_t zone = nominal_u32(heap, slab_zone_list(heap, class.index));
    nominal_note_step(heap, HEAP_STEP_BIN, slab_zone_list(heap, class.index), 4);
    const uint32_t chunk = zone != 0 ? take_chunk(heap, zone) : open_zone(heap, class);
    if (chunk != 0) {
        grow_used(heap, class.chunk);
    }
    return chunk;
}

static void plain_release(struct heap *heap, uint32_t payload)
{
    const uint32_t page = slab_page_of(heap, payload), pages = slab_entry(heap, page) >> 2, zone = slab_zone_of(heap, payload);
    if (zone != 0) {
        shrink_used(heap, slab_word(heap, zone, SLAB_ZONE_CHUNK));
        put_chunk(heap, zone, payload);
        return;
    }
    shrink_used(heap, pages * SLAB_PAGE);
    slab_set_entry(heap, page, SLAB_LARGE, 0);
    put_pages(heap, payload, pages);
}

static uint32_t plain_realloc(struct heap *heap, uint32_t payload, uint32_t size)
{
    const uint32_t zone = slab_zone_of(heap, payload);
    if (size == 0) {
        plain_release(heap, payload);
        heap->error = HEAP_RELEASED;
        return 0;
    }
    const uint32_t capacity = zone != 0 ? slab_word(heap, zone, SLAB_ZONE_CHUNK) : (slab_entry(heap, slab_page_of(heap, payload)) >> 2) * SLAB_PAGE;
    const uint32_t wanted = zone != 0 && size < SLAB_CHUNK_LIMIT ? slab_class_of(size).chunk : size;
    if (zone != 0 && wanted == capacity) {
        return payload;
    }
    const uint32_t moved = plain_alloc(heap, wanted);
    if (moved != 0) {
        memcpy(nominal_at(heap, moved), nominal_at(heap, payload), wanted < capacity ? wanted : capacity);
        plain_release(heap, payload);
    }
    return moved;
}

static const struct rt_plain plain = {plain_alloc, plain_realloc, plain_release, slab_capacity};

/* ---- the policy's functions ---- */

int heap_rtthread_slab_init(struct heap *heap)
{
    const uint32_t align = heap_param_or(heap, 0, SLAB_ALIGN_DEFAULT);
    if (align != 4 && align != 8) {
        return HEAP_E_ARGUMENT;
    }
    heap->alignment = 8;
    heap->natural = heap_faithful(heap) ? align : 8;
    if (!slab_is_laid(heap)) {
        return heap_faithful(heap) ? HEAP_OK : HEAP_E_TOO_SMALL;
    }
    const uint32_t bytes = slab_pages_end(heap) - slab_pages_begin(heap), zone = slab_zone_bytes_for(bytes);
    if (!heap_faithful(heap) && slab_page_count(heap) - slab_table_pages(heap) < zone / SLAB_PAGE) {
        return HEAP_E_TOO_SMALL;
    }
    memset(nominal_at(heap, slab_control_at(heap)), 0, SLAB_CONTROL_BYTES);
    slab_set_control_word(heap, SLAB_TOTAL, bytes);
    slab_set_control_word(heap, SLAB_ZONE_BYTES, zone);
    slab_set_control_word(heap, SLAB_LIMIT, zone / 4 < SLAB_CHUNK_LIMIT ? zone / 4 : SLAB_CHUNK_LIMIT);
    slab_set_control_word(heap, SLAB_RUNS, slab_pages_begin(heap));
    set_run(heap, slab_pages_begin(heap), slab_page_count(heap), 0);
    memset(nominal_at(heap, get_pages(heap, slab_table_pages(heap))), 0, slab_table_pages(heap) * SLAB_PAGE);
    return HEAP_OK;
}

int heap_rtthread_slab_add_region(struct heap *heap, uint32_t index)
{
    (void)heap, (void)index;
    return HEAP_E_UNSUPPORTED;
}

heap_off heap_rtthread_slab_alloc(struct heap *heap, uint32_t size, uint32_t align)
{
    return rt_policy_alloc(heap, &plain, size, align, heap->natural);
}

int heap_rtthread_slab_free(struct heap *heap, heap_off off, struct heap_layout layout)
{
    return rt_policy_free(heap, &plain, off, layout, heap->natural);
}

heap_off heap_rtthread_slab_realloc(struct heap *heap, heap_off off, struct heap_layout old, uint32_t size)
{
    return rt_policy_realloc(heap, &plain, off, old, size, heap->natural);
}

uint32_t heap_rtthread_slab_usable(const struct heap *heap, heap_off off)
{
    return rt_policy_usable(heap, &plain, off, heap->natural);
}

/* ---- inspection ---- */

struct item {
    enum { TABLE_ITEM, RUN_ITEM, LARGE_ITEM, ZONE_ITEM, NO_ITEM } kind;
    uint32_t bytes;
};

/* What begins at a page; *run is the next free run, and goes on to the one behind it, which does not touch it. */
static struct item item_at(const struct heap *heap, uint32_t address, uint32_t *run)
{
    const uint32_t page = slab_page_of(heap, address), of_page = slab_entry(heap, page), value = of_page >> 2;
    const uint32_t left = slab_page_count(heap) - page;
    if (page == 0) {
        return (struct item){TABLE_ITEM, slab_table_pages(heap) * SLAB_PAGE};
    }
    if (address == *run) {
        const uint32_t pages = slab_word(heap, address, SLAB_RUN_PAGES), next = slab_word(heap, address, SLAB_RUN_NEXT);
        *run = next;
        const bool good = pages != 0 && pages <= left && (next == 0 || next > address + pages * SLAB_PAGE);
        return (struct item){good ? RUN_ITEM : NO_ITEM, pages * SLAB_PAGE};
    }
    if ((of_page & SLAB_TYPE_MASK) == SLAB_LARGE) {
        return (struct item){value != 0 && value <= left ? LARGE_ITEM : NO_ITEM, value * SLAB_PAGE};
    }
    const bool zone = (of_page & SLAB_TYPE_MASK) == SLAB_SMALL && value == 0 && slab_is_zone(heap, address);
    return (struct item){zone ? ZONE_ITEM : NO_ITEM, slab_control_word(heap, SLAB_ZONE_BYTES)};
}

static bool emit(const struct heap *heap, heap_span_fn visit, void *ctx, uint32_t from, uint32_t to, enum heap_span_kind kind)
{
    return arena_emit(visit, ctx, from - heap->regions[0].address, to - from, kind);
}

/* Chunks [from, to) are live. */
static bool emit_live(const struct heap *heap, heap_span_fn visit, void *ctx, uint32_t from, uint32_t to, uint32_t chunk)
{
    bool more = true;
    for (; from < to && more; from += chunk) {
        more = emit(heap, visit, ctx, from, from + chunk, HEAP_PAYLOAD);
    }
    return more;
}

/* The freed chunks at or above batch->above, from an unsorted list. */
static void collect_freed(const struct heap *heap, uint32_t zone, struct nominal_batch *batch)
{
    uint32_t left = slab_word(heap, zone, SLAB_ZONE_MOST), at = slab_word(heap, zone, SLAB_ZONE_LIST);
    for (; slab_is_chunk(heap, zone, at) && left-- != 0; at = slab_word(heap, at, SLAB_CHUNK_NEXT)) {
        nominal_batch_add(batch, at, slab_word(heap, zone, SLAB_ZONE_CHUNK));
    }
}

static bool emit_zone(const struct heap *heap, heap_span_fn visit, void *ctx, uint32_t zone)
{
    const uint32_t end = zone + slab_control_word(heap, SLAB_ZONE_BYTES), header_end = zone + SLAB_ZONE_HEADER;
    const uint32_t chunk = slab_word(heap, zone, SLAB_ZONE_CHUNK), most = slab_word(heap, zone, SLAB_ZONE_MOST);
    if (slab_word(heap, zone, SLAB_ZONE_CLASS) == SLAB_CLASSES) {
        return emit(heap, visit, ctx, zone, end, HEAP_FREE);
    }
    uint32_t at = slab_first_chunk(zone, chunk);
    const uint32_t unused = slab_chunk_at(heap, zone, slab_word(heap, zone, SLAB_ZONE_LAST) + 1), rest = at + most * chunk;
    struct nominal_batch batch = {.above = at, .count = 0};
    bool more = emit(heap, visit, ctx, zone, header_end, HEAP_CONTROL) && emit(heap, visit, ctx, header_end, at, HEAP_RESERVED);
    do {
        batch.above = at;
        batch.count = 0;
        collect_freed(heap, zone, &batch);
        for (uint32_t i = 0; i < batch.count && more; i++) {
            const uint32_t freed = batch.blocks[i].address;
            if (freed >= at) { /* a damaged list may name one twice */
                more = emit_live(heap, visit, ctx, at, freed, chunk) && emit(heap, visit, ctx, freed, freed + chunk, HEAP_FREE);
                at = freed + chunk;
            }
        }
    } while (batch.count == NOMINAL_BATCH && more);
    more = more && emit_live(heap, visit, ctx, at, unused, chunk);
    for (at = unused; at < rest && more; at += chunk) {
        more = emit(heap, visit, ctx, at, at + chunk, HEAP_FREE);
    }
    return more && emit(heap, visit, ctx, rest, end, HEAP_RESERVED);
}

static bool emit_item(const struct heap *heap, heap_span_fn visit, void *ctx, uint32_t address, struct item item)
{
    static const enum heap_span_kind kinds[] = {HEAP_CONTROL, HEAP_FREE, HEAP_PAYLOAD};
    return item.kind == ZONE_ITEM ? emit_zone(heap, visit, ctx, address)
                                  : emit(heap, visit, ctx, address, address + item.bytes, kinds[item.kind]);
}

static int walk(const struct heap *heap, heap_span_fn visit, void *ctx)
{
    const uint32_t start = heap->regions[0].address, limit = start + heap->regions[0].bytes;
    if (!slab_is_laid(heap)) {
        (void)emit(heap, visit, ctx, start, limit, HEAP_RESERVED);
        return HEAP_OK;
    }
    const uint32_t control = slab_control_at(heap), pages = slab_pages_begin(heap), end = slab_pages_end(heap);
    bool more = emit(heap, visit, ctx, start, control, HEAP_RESERVED) &&
                emit(heap, visit, ctx, control, control + SLAB_CONTROL_BYTES, HEAP_CONTROL) &&
                emit(heap, visit, ctx, control + SLAB_CONTROL_BYTES, pages, HEAP_RESERVED);
    uint32_t run = slab_control_word(heap, SLAB_RUNS);
    if (slab_control_word(heap, SLAB_ZONE_BYTES) != slab_zone_bytes_for(end - pages)) {
        return HEAP_E_CORRUPT;
    }
    for (uint32_t at = pages; at != end && more;) {
        const struct item item = item_at(heap, at, &run);
        if (item.kind == NO_ITEM) {
            return HEAP_E_CORRUPT;
        }
        more = emit_item(heap, visit, ctx, at, item);
        at += item.bytes;
    }
    if (more) {
        (void)emit(heap, visit, ctx, end, limit, HEAP_RESERVED);
    }
    return HEAP_OK;
}

/* What the pages say; compared with the control. */
struct census {
    uint32_t in_use, listed, cached;
};

/* A zone's list holds as many chunks as its counts say, each marked. */
static bool check_zone(const struct heap *heap, uint32_t zone, struct census *census)
{
    const uint32_t most = slab_word(heap, zone, SLAB_ZONE_MOST), free_chunks = slab_word(heap, zone, SLAB_ZONE_FREE);
    const uint32_t unused = most - 1 - slab_word(heap, zone, SLAB_ZONE_LAST);
    uint32_t freed = 0, at = slab_word(heap, zone, SLAB_ZONE_LIST);
    for (; at != 0 && slab_is_chunk(heap, zone, at) && freed < most; at = slab_word(heap, at, SLAB_CHUNK_NEXT)) {
        if (slab_word(heap, at, SLAB_CHUNK_MARK) != (at ^ SLAB_MARK)) {
            return false;
        }
        freed++;
    }
    const bool cached = slab_word(heap, zone, SLAB_ZONE_CLASS) == SLAB_CLASSES;
    census->cached += cached;
    census->listed += !cached && free_chunks != 0;
    census->in_use += (most - free_chunks) * slab_word(heap, zone, SLAB_ZONE_CHUNK);
    return at == 0 && freed + unused == free_chunks && (!cached || free_chunks == most);
}

static int check_pages(const struct heap *heap, struct census *census, heap_off *where)
{
    uint32_t run = slab_control_word(heap, SLAB_RUNS);
    for (uint32_t at = slab_pages_begin(heap); at != slab_pages_end(heap);) {
        const struct item item = item_at(heap, at, &run);
        *where = nominal_off(heap, at);
        if (item.kind == NO_ITEM || (item.kind == ZONE_ITEM && !check_zone(heap, at, census))) {
            return HEAP_E_CORRUPT;
        }
        census->in_use += item.kind == LARGE_ITEM ? item.bytes : 0;
        at += item.bytes;
    }
    *where = nominal_off(heap, slab_first_link(heap));
    return run == 0 ? HEAP_OK : HEAP_E_CORRUPT;
}

/* Counts a list of zones of one class (SLAB_CLASSES: the stack); false where it holds another, or more than `most`. */
static bool count_zones(const struct heap *heap, uint32_t zone, uint32_t index, uint32_t most, uint32_t *found)
{
    for (; zone != 0; zone = slab_word(heap, zone, SLAB_ZONE_NEXT)) {
        const bool inside = (zone & (SLAB_PAGE - 1)) == 0 && zone >= slab_pages_begin(heap) && zone < slab_pages_end(heap);
        if (!inside || slab_zone_of(heap, zone) != zone || !slab_is_zone(heap, zone) || slab_word(heap, zone, SLAB_ZONE_CLASS) != index ||
            slab_word(heap, zone, SLAB_ZONE_FREE) == 0 || (*found)++ == most) {
            return false;
        }
    }
    return true;
}

static int check_lists(const struct heap *heap, const struct census *census, heap_off *where)
{
    uint32_t listed = 0, cached = 0;
    for (uint32_t i = 0; i < SLAB_CLASSES; i++) {
        *where = nominal_off(heap, slab_zone_list(heap, i));
        if (!count_zones(heap, nominal_u32(heap, slab_zone_list(heap, i)), i, census->listed, &listed)) {
            return HEAP_E_CORRUPT;
        }
    }
    if (listed != census->listed) {
        return HEAP_E_CORRUPT;
    }
    *where = nominal_off(heap, slab_control_at(heap) + SLAB_CACHE);
    const bool good = count_zones(heap, slab_control_word(heap, SLAB_CACHE), SLAB_CLASSES, census->cached, &cached);
    return good && cached == census->cached && cached == slab_control_word(heap, SLAB_CACHED) ? HEAP_OK : HEAP_E_CORRUPT;
}

static int check(const struct heap *heap, heap_off *where)
{
    struct census census = {0, 0, 0};
    *where = 0;
    if (!slab_is_laid(heap)) {
        return HEAP_OK;
    }
    const uint32_t bytes = slab_pages_end(heap) - slab_pages_begin(heap), zone = slab_zone_bytes_for(bytes);
    const uint32_t limit = zone / 4 < SLAB_CHUNK_LIMIT ? zone / 4 : SLAB_CHUNK_LIMIT;
    *where = nominal_off(heap, slab_control_at(heap) + SLAB_ZONE_BYTES);
    if (slab_control_word(heap, SLAB_TOTAL) != bytes || slab_control_word(heap, SLAB_ZONE_BYTES) != zone ||
        slab_control_word(heap, SLAB_LIMIT) != limit) {
        return HEAP_E_CORRUPT;
    }
    int error = check_pages(heap, &census, where);
    error = error == HEAP_OK ? check_lists(heap, &census, where) : error;
    if (error != HEAP_OK) {
        return error;
    }
    *where = nominal_off(heap, slab_control_at(heap) + SLAB_IN_USE);
    const bool good = slab_control_word(heap, SLAB_IN_USE) == census.in_use && slab_control_word(heap, SLAB_MAX_USED) >= census.in_use;
    return good ? HEAP_OK : HEAP_E_CORRUPT;
}

static struct heap_extent extent(const struct heap *heap, heap_off off, struct heap_layout layout)
{
    const uint32_t payload = rt_plain_of(heap, &plain, nominal_of(heap, off), layout.align, heap->natural);
    return payload == 0 ? (struct heap_extent){off, 0, 0} : (struct heap_extent){nominal_off(heap, payload), slab_capacity(heap, payload), 0};
}

/* Pages in free runs; *longest is the longest run's. */
static uint32_t free_pages(const struct heap *heap, uint32_t *longest)
{
    uint32_t sum = 0, left = slab_page_count(heap);
    *longest = 0;
    for (uint32_t run = slab_control_word(heap, SLAB_RUNS); nominal_holds(heap, run, 8) && left-- != 0; run = slab_word(heap, run, SLAB_RUN_NEXT)) {
        const uint32_t pages = slab_word(heap, run, SLAB_RUN_PAGES);
        sum += pages;
        *longest = pages > *longest ? pages : *longest;
    }
    return sum;
}

static uint32_t largest_request(const struct heap *heap)
{
    if (!slab_is_laid(heap)) {
        return 0;
    }
    uint32_t longest = 0;
    const uint32_t limit = slab_control_word(heap, SLAB_LIMIT);
    (void)free_pages(heap, &longest);
    if (longest * SLAB_PAGE >= limit) {
        return longest * SLAB_PAGE;
    }
    if (slab_control_word(heap, SLAB_CACHE) != 0) {
        return limit - 1;
    }
    for (uint32_t i = SLAB_CLASSES; i-- > 0;) {
        const uint32_t zone = nominal_u32(heap, slab_zone_list(heap, i));
        if (zone != 0) {
            const uint32_t chunk = slab_word(heap, zone, SLAB_ZONE_CHUNK);
            return chunk < limit ? chunk : limit - 1;
        }
    }
    return 0;
}

static void statistics(const struct heap *heap, heap_statistic_fn emit_one, void *ctx)
{
    const bool laid = slab_is_laid(heap);
    uint32_t longest = 0;
    const struct heap_statistic all[] = {
        {"total", "total", HEAP_NONE, laid ? slab_control_word(heap, SLAB_TOTAL) : 0},
        {"used", "used", HEAP_NONE, laid ? slab_control_word(heap, SLAB_IN_USE) : 0},
        {"max_used", "max_used", HEAP_NONE, laid ? slab_control_word(heap, SLAB_MAX_USED) : 0},
        {"free pages", "free_pages", HEAP_NONE, laid ? free_pages(heap, &longest) : 0},
        {"cached zones", "cached_zones", HEAP_NONE, laid ? slab_control_word(heap, SLAB_CACHED) : 0},
        {"control bytes", "control_bytes", HEAP_NONE, SLAB_CONTROL_BYTES},
    };
    for (uint32_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        emit_one(ctx, &all[i]);
    }
}

static const struct heap_param params[] = {
    {.key = "align", .help = "RT_ALIGN_SIZE, 4 or 8: what asks for more goes through rt_malloc_align (faithful only: else 8)",
     .standard = SLAB_ALIGN_DEFAULT, .min = 4, .max = 8, .power_of_two = true},
    {.key = NULL},
};

static const char *const defects[] = {
    "the first block of a class takes a whole zone of 32 KiB: an arena below 40 KiB serves no small request at all",
    "a request near 2^32 bytes wraps to no pages: NULL",
    NULL,
};

static const struct heap_replica replica = {
    .of = "RT-Thread slab", .version = "4.1.1 (rtthread-nano 44d75c741885), 32-bit, RT_NAME_MAX 8",
    .keys = "rtthread-slab",
    .fidelity = "identical to the compiled original in 27,554 of 27,554 placements and all final statistics",
    .defects = defects,
};

#if HEAP_LAB
/* For pictures: the zones are the slabs, the free runs of pages the one list. */
static enum heap_bins_kind bins(const struct heap *heap, const struct heap_bins_visitor *visitor)
{
    const uint32_t start = heap->regions[0].address;
    if (!slab_is_laid(heap)) {
        return HEAP_BINS_NONE;
    }
    const uint32_t end = slab_pages_end(heap);
    const struct heap_bin bin = {0, 0, SLAB_PAGE, heap->bytes, slab_control_word(heap, SLAB_RUNS) != 0};
    uint32_t run = slab_control_word(heap, SLAB_RUNS);
    bool more = visitor->bin(visitor->ctx, &bin);
    for (uint32_t at = slab_pages_begin(heap); at != end && more;) {
        const struct item item = item_at(heap, at, &run);
        if (item.kind == NO_ITEM) {
            break;
        }
        if (item.kind == RUN_ITEM) {
            more = visitor->block(visitor->ctx, at - start, item.bytes);
        } else if (item.kind == ZONE_ITEM && slab_word(heap, at, SLAB_ZONE_CLASS) != SLAB_CLASSES) {
            const uint32_t most = slab_word(heap, at, SLAB_ZONE_MOST);
            more = visitor->slab(visitor->ctx, at - start, item.bytes, slab_word(heap, at, SLAB_ZONE_CHUNK), most,
                                 most - slab_word(heap, at, SLAB_ZONE_FREE));
        }
        at += item.bytes;
    }
    return HEAP_BINS_SLABS;
}
#endif

const struct heap_policy_inspect heap_rtthread_slab_inspect = {
    .traits = HEAP_FREES | HEAP_ALIGNS | HEAP_FINDS_DOUBLE_FREE | HEAP_NEEDS_LAYOUT,
    .walk = walk, .check = check, .extent = extent, .largest_request = largest_request,
    .params = params,
    .idea = "pages, and zones of equal chunks: 72 chunk sizes, freed chunks last in first out",
    .overhead = "0 B a block but the rounding to its class; 36 B and a rest a zone of 32 KiB; 4 B a page, 364 B a heap",
    .bounds = "a chunk O(1), pages O(free runs), O(zones of the class) when a zone falls empty",
    .source = "RT-Thread 4.1.1, slab.c",
    .space_bound = HEAP_BOUND_UNKNOWN,
    .picture = "zone: | header 36 | chunk | chunk | … |",
    HEAP_INSPECT_BINS(bins)
    .statistics = statistics,
    .replica = &replica,
};

HEAP_POLICY_TABLE(rtthread_slab, HEAP_ID('R', 'T', 'S', 'L'), 0);
