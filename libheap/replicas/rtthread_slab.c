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
#include "../src/rtthread.h"

HEAP_POLICY_PROTOTYPES(rtthread_slab);

#define ALIGN_DEFAULT 4u /* RT_ALIGN_SIZE */
#define PAGE 4096u
#define CONTROL_BYTES 364u
#define CLASSES 72u
#define CHUNK_LIMIT 16384u /* what has a chunk size at all is below */
#define CACHED_MOST 2u

/* The control's words. The original's first 20 bytes name it. */
#define TOTAL 24u
#define IN_USE 28u
#define MAX_USED 32u
#define ZONE_BYTES 36u
#define LIMIT 40u
#define RUNS 44u   /* the first free run of pages */
#define CACHE 48u  /* the zone on top of the stack */
#define CACHED 52u /* their number */
#define LISTS 56u  /* the first zone of every class */

/* A free run's words. */
#define RUN_NEXT 0u
#define RUN_PAGES 4u

/* A zone's words. */
#define ZONE_MAGIC 0u
#define ZONE_NEXT 4u
#define ZONE_CLASS 8u    /* CLASSES: on the stack */
#define ZONE_CHUNK 12u
#define ZONE_MOST 16u    /* chunks */
#define ZONE_FREE 20u    /* free ones */
#define ZONE_LAST 24u    /* the index of the last chunk that was ever used */
#define ZONE_LIST 28u    /* freed chunks */
#define ZONE_HEADER 36u
#define MAGIC 0x51ab51abu

#define CHUNK_NEXT 0u
#define CHUNK_MARK 4u
#define MARK 0xf4ee51abu /* with the chunk's address */

#define TYPE_MASK 3u
#define SMALL 1u /* value: the page's number in its zone */
#define LARGE 2u /* value: the block's pages; only at its first */

/* ---- words ---- */

static uint32_t control_at(const struct heap *heap)
{
    return bits_up(heap->regions[0].address, heap_param_or(heap, 0, ALIGN_DEFAULT));
}

static uint32_t control_word(const struct heap *heap, uint32_t word) { return nominal_u32(heap, control_at(heap) + word); }
static void set_control_word(struct heap *heap, uint32_t word, uint32_t value) { nominal_set_u32(heap, control_at(heap) + word, value); }

static uint32_t pages_begin(const struct heap *heap) { return bits_up(control_at(heap) + CONTROL_BYTES, PAGE); }
static uint32_t pages_end(const struct heap *heap) { return bits_down(heap->regions[0].address + heap->regions[0].bytes, PAGE); }
static uint32_t page_count(const struct heap *heap) { return (pages_end(heap) - pages_begin(heap)) / PAGE; }
static uint32_t table_pages(const struct heap *heap) { return bits_up(4 * page_count(heap), PAGE) / PAGE; }

/* Is there a page behind the control? Otherwise the original's set-up fails. */
static bool is_laid(const struct heap *heap)
{
    const uint32_t end = pages_end(heap), control = control_at(heap);
    return control >= heap->regions[0].address && end > control && end - control >= CONTROL_BYTES && pages_begin(heap) < end;
}

static uint32_t page_of(const struct heap *heap, uint32_t address) { return (address - pages_begin(heap)) / PAGE; }
static uint32_t entry(const struct heap *heap, uint32_t page) { return nominal_u32(heap, pages_begin(heap) + 4 * page); }
static void set_entry(struct heap *heap, uint32_t page, uint32_t type, uint32_t value)
{
    nominal_set_u32(heap, pages_begin(heap) + 4 * page, type | value << 2);
}

static uint32_t word(const struct heap *heap, uint32_t at, uint32_t which) { return nominal_u32(heap, at + which); }
static void set_word(struct heap *heap, uint32_t at, uint32_t which, uint32_t value) { nominal_set_u32(heap, at + which, value); }

static void grow_used(struct heap *heap, uint32_t bytes)
{
    const uint32_t in_use = control_word(heap, IN_USE) + bytes;
    set_control_word(heap, IN_USE, in_use);
    if (in_use > control_word(heap, MAX_USED)) {
        set_control_word(heap, MAX_USED, in_use);
    }
}

static void shrink_used(struct heap *heap, uint32_t bytes) { set_control_word(heap, IN_USE, control_word(heap, IN_USE) - bytes); }

/* ---- pages ---- */

static void set_run(struct heap *heap, uint32_t run, uint32_t pages, uint32_t next)
{
    set_word(heap, run, RUN_NEXT, next);
    set_word(heap, run, RUN_PAGES, pages);
    nominal_note_free_added(heap, run, pages * PAGE);
}

static void note_run_gone(struct heap *heap, uint32_t run)
{
    nominal_note_free_removed(heap, run, word(heap, run, RUN_PAGES) * PAGE);
    (void)heap, (void)run;
}

/* The place of the link to `run`: the control's, or the run's before (RUN_NEXT is 0). */
static uint32_t first_link(const struct heap *heap) { return control_at(heap) + RUNS; }

/* The low pages of the first run that has so many; 0: none has. */
static uint32_t get_pages(struct heap *heap, uint32_t pages)
{
    uint32_t link = first_link(heap), run = 0;
    for (run = nominal_u32(heap, link); run != 0 && pages != 0; link = run, run = word(heap, run, RUN_NEXT)) {
        const uint32_t has = word(heap, run, RUN_PAGES), next = word(heap, run, RUN_NEXT), rest = run + pages * PAGE;
        nominal_note_step(heap, HEAP_STEP_VISIT, run, has * PAGE);
        if (has >= pages) {
            note_run_gone(heap, run);
            if (has > pages) {
                nominal_note_step(heap, HEAP_STEP_SPLIT, rest, (has - pages) * PAGE);
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
    uint32_t link = first_link(heap), next = nominal_u32(heap, link), below = 0;
    for (; next != 0 && next < address; below = link = next, next = word(heap, next, RUN_NEXT)) {
        nominal_note_step(heap, HEAP_STEP_VISIT, next, word(heap, next, RUN_PAGES) * PAGE);
    }
    if (next == address + pages * PAGE && next != 0) {
        nominal_note_step(heap, HEAP_STEP_MERGE, next, word(heap, next, RUN_PAGES) * PAGE);
        note_run_gone(heap, next);
        pages += word(heap, next, RUN_PAGES);
        next = word(heap, next, RUN_NEXT);
    }
    if (below != 0 && below + word(heap, below, RUN_PAGES) * PAGE == address) {
        nominal_note_step(heap, HEAP_STEP_MERGE, address, pages * PAGE);
        note_run_gone(heap, below);
        set_run(heap, below, word(heap, below, RUN_PAGES) + pages, next);
        return;
    }
    set_run(heap, address, pages, next);
    nominal_set_u32(heap, link, address);
}

/* ---- zones ---- */

struct size_class {
    uint32_t chunk, index;
};

/* 1 <= size <= CHUNK_LIMIT */
static struct size_class class_of(uint32_t size)
{
    const uint32_t octave = size < 128 ? 6 : bits_highest(size), unit = UINT32_C(1) << (octave - 3);
    const uint32_t chunk = bits_up(size, unit);
    return (struct size_class){chunk, chunk / unit + 8 * (octave - 6) - 1};
}

static uint32_t first_chunk(uint32_t zone, uint32_t chunk)
{
    return zone + (bits_is_power(chunk) ? bits_up(ZONE_HEADER, chunk) : bits_up(ZONE_HEADER, 8));
}

static uint32_t chunk_at(const struct heap *heap, uint32_t zone, uint32_t index)
{
    const uint32_t chunk = word(heap, zone, ZONE_CHUNK);
    return first_chunk(zone, chunk) + index * chunk;
}

static uint32_t most_chunks(const struct heap *heap, uint32_t chunk)
{
    return (control_word(heap, ZONE_BYTES) - first_chunk(0, chunk)) / chunk;
}

static uint32_t zone_list(const struct heap *heap, uint32_t index) { return control_at(heap) + LISTS + 4 * index; }

/* From the stack, or from the pages, whose entries then say so; 0: none. */
static uint32_t get_zone(struct heap *heap)
{
    const uint32_t bytes = control_word(heap, ZONE_BYTES), cached = control_word(heap, CACHE);
    if (cached != 0) {
        nominal_note_step(heap, HEAP_STEP_VISIT, cached, bytes);
        nominal_note_free_removed(heap, cached, bytes);
        set_control_word(heap, CACHE, word(heap, cached, ZONE_NEXT));
        set_control_word(heap, CACHED, control_word(heap, CACHED) - 1);
        return cached;
    }
    const uint32_t zone = get_pages(heap, bytes / PAGE);
    for (uint32_t i = 0; i < bytes / PAGE && zone != 0; i++) {
        set_entry(heap, page_of(heap, zone) + i, SMALL, i);
    }
    return zone;
}

/* To the stack, or back to the pages. */
static void put_zone(struct heap *heap, uint32_t zone)
{
    const uint32_t bytes = control_word(heap, ZONE_BYTES), cached = control_word(heap, CACHED);
    if (cached < CACHED_MOST) {
        set_word(heap, zone, ZONE_CLASS, CLASSES);
        set_word(heap, zone, ZONE_NEXT, control_word(heap, CACHE));
        set_control_word(heap, CACHE, zone);
        set_control_word(heap, CACHED, cached + 1);
        nominal_note_free_added(heap, zone, bytes);
        return;
    }
    for (uint32_t i = 0; i < bytes / PAGE; i++) {
        set_entry(heap, page_of(heap, zone) + i, 0, 0);
    }
    put_pages(heap, zone, bytes / PAGE);
}

/* A new zone at the head of its class; its first chunk is given. 0: no memory. */
static uint32_t open_zone(struct heap *heap, struct size_class class)
{
    const uint32_t zone = get_zone(heap), most = most_chunks(heap, class.chunk);
    if (zone == 0) {
        return 0;
    }
    memset(nominal_at(heap, zone), 0, ZONE_HEADER);
    set_word(heap, zone, ZONE_MAGIC, MAGIC);
    set_word(heap, zone, ZONE_CLASS, class.index);
    set_word(heap, zone, ZONE_CHUNK, class.chunk);
    set_word(heap, zone, ZONE_MOST, most);
    set_word(heap, zone, ZONE_FREE, most - 1);
    set_word(heap, zone, ZONE_NEXT, nominal_u32(heap, zone_list(heap, class.index)));
    nominal_set_u32(heap, zone_list(heap, class.index), zone);
    for (uint32_t i = 1; i < most; i++) {
        nominal_note_free_added(heap, chunk_at(heap, zone, i), class.chunk);
    }
    return chunk_at(heap, zone, 0);
}

/* The zone is all free: it leaves its class if that has another. */
static void retire_zone(struct heap *heap, uint32_t zone)
{
    uint32_t link = zone_list(heap, word(heap, zone, ZONE_CLASS));
    if (nominal_u32(heap, link) == zone && word(heap, zone, ZONE_NEXT) == 0) {
        return;
    }
    for (uint32_t at = nominal_u32(heap, link); at != zone; link = at + ZONE_NEXT, at = word(heap, at, ZONE_NEXT)) {
        nominal_note_step(heap, HEAP_STEP_VISIT, at, ZONE_HEADER);
    }
    nominal_set_u32(heap, link, word(heap, zone, ZONE_NEXT));
    for (uint32_t i = 0; i < word(heap, zone, ZONE_MOST); i++) {
        nominal_note_free_removed(heap, chunk_at(heap, zone, i), word(heap, zone, ZONE_CHUNK));
    }
    put_zone(heap, zone);
}

/* A free chunk of a zone in its class's list. */
static uint32_t take_chunk(struct heap *heap, uint32_t zone)
{
    const uint32_t left = word(heap, zone, ZONE_FREE) - 1, unused = word(heap, zone, ZONE_LAST) + 1;
    nominal_note_step(heap, HEAP_STEP_VISIT, zone, ZONE_HEADER);
    set_word(heap, zone, ZONE_FREE, left);
    if (left == 0) {
        nominal_set_u32(heap, zone_list(heap, word(heap, zone, ZONE_CLASS)), word(heap, zone, ZONE_NEXT));
    }
    uint32_t chunk = word(heap, zone, ZONE_LIST);
    if (unused != word(heap, zone, ZONE_MOST)) {
        chunk = chunk_at(heap, zone, unused);
        set_word(heap, zone, ZONE_LAST, unused);
    } else {
        set_word(heap, zone, ZONE_LIST, word(heap, chunk, CHUNK_NEXT));
        set_word(heap, chunk, CHUNK_MARK, 0);
    }
    nominal_note_free_removed(heap, chunk, word(heap, zone, ZONE_CHUNK));
    return chunk;
}

static void put_chunk(struct heap *heap, uint32_t zone, uint32_t chunk)
{
    const uint32_t free_chunks = word(heap, zone, ZONE_FREE), list = zone_list(heap, word(heap, zone, ZONE_CLASS));
    set_word(heap, chunk, CHUNK_NEXT, word(heap, zone, ZONE_LIST));
    set_word(heap, chunk, CHUNK_MARK, chunk ^ MARK);
    set_word(heap, zone, ZONE_LIST, chunk);
    set_word(heap, zone, ZONE_FREE, free_chunks + 1);
    nominal_note_free_added(heap, chunk, word(heap, zone, ZONE_CHUNK));
    if (free_chunks == 0) {
        set_word(heap, zone, ZONE_NEXT, nominal_u32(heap, list));
        nominal_set_u32(heap, list, zone);
    }
    if (free_chunks + 1 == word(heap, zone, ZONE_MOST)) {
        retire_zone(heap, zone);
    }
}

/* ---- plain blocks ---- */

/* The zone that an address lies in, or 0. */
static uint32_t zone_of(const struct heap *heap, uint32_t address)
{
    const uint32_t page = page_of(heap, address), of_page = entry(heap, page), value = of_page >> 2;
    return (of_page & TYPE_MASK) == SMALL && value <= page ? pages_begin(heap) + (page - value) * PAGE : 0;
}

static uint32_t large_alloc(struct heap *heap, uint32_t size)
{
    const uint32_t pages = bits_up(size, PAGE) / PAGE; /* wraps, as the original's does */
    const uint32_t block = get_pages(heap, pages);
    if (block == 0) {
        return 0;
    }
    set_entry(heap, page_of(heap, block), LARGE, pages);
    for (uint32_t i = 1; i < pages; i++) {
        set_entry(heap, page_of(heap, block) + i, 0, 0);
    }
    grow_used(heap, pages * PAGE);
    return block;
}

static uint32_t plain_alloc(struct heap *heap, uint32_t size)
{
    if (size == 0 || !is_laid(heap)) {
        return 0;
    }
    if (size >= control_word(heap, LIMIT)) {
        return large_alloc(heap, size);
    }
    const struct size_class class = class_of(size);
    const uint32_t zone = nominal_u32(heap, zone_list(heap, class.index));
    nominal_note_step(heap, HEAP_STEP_BIN, zone_list(heap, class.index), 4);
    const uint32_t chunk = zone != 0 ? take_chunk(heap, zone) : open_zone(heap, class);
    if (chunk != 0) {
        grow_used(heap, class.chunk);
    }
    return chunk;
}

static void plain_release(struct heap *heap, uint32_t payload)
{
    const uint32_t page = page_of(heap, payload), pages = entry(heap, page) >> 2, zone = zone_of(heap, payload);
    if (zone != 0) {
        shrink_used(heap, word(heap, zone, ZONE_CHUNK));
        put_chunk(heap, zone, payload);
        return;
    }
    shrink_used(heap, pages * PAGE);
    set_entry(heap, page, LARGE, 0);
    put_pages(heap, payload, pages);
}

static uint32_t plain_realloc(struct heap *heap, uint32_t payload, uint32_t size)
{
    const uint32_t zone = zone_of(heap, payload);
    if (size == 0) {
        plain_release(heap, payload);
        heap->error = HEAP_RELEASED;
        return 0;
    }
    const uint32_t capacity = zone != 0 ? word(heap, zone, ZONE_CHUNK) : (entry(heap, page_of(heap, payload)) >> 2) * PAGE;
    const uint32_t wanted = zone != 0 && size < CHUNK_LIMIT ? class_of(size).chunk : size;
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

/* Is this a zone's start, as far as its header says? */
static bool is_zone(const struct heap *heap, uint32_t zone)
{
    if (pages_end(heap) - zone < control_word(heap, ZONE_BYTES) || word(heap, zone, ZONE_MAGIC) != MAGIC) {
        return false;
    }
    const uint32_t chunk = word(heap, zone, ZONE_CHUNK), index = word(heap, zone, ZONE_CLASS), most = word(heap, zone, ZONE_MOST);
    if (chunk == 0 || chunk > CHUNK_LIMIT || class_of(chunk).chunk != chunk || most != most_chunks(heap, chunk)) {
        return false;
    }
    return (index == CLASSES || index == class_of(chunk).index) && word(heap, zone, ZONE_LAST) < most;
}

/* Does a chunk that was used at some time begin there? */
static bool is_chunk(const struct heap *heap, uint32_t zone, uint32_t address)
{
    const uint32_t chunk = word(heap, zone, ZONE_CHUNK), within = address - first_chunk(zone, chunk);
    return address >= first_chunk(zone, chunk) && within % chunk == 0 && within / chunk <= word(heap, zone, ZONE_LAST);
}

/* On the zone's list of freed chunks? The mark decides it but where a live block's content looks like one. */
static bool is_freed(const struct heap *heap, uint32_t zone, uint32_t chunk)
{
    if (word(heap, chunk, CHUNK_MARK) != (chunk ^ MARK)) {
        return false;
    }
    uint32_t left = word(heap, zone, ZONE_MOST);
    for (uint32_t at = word(heap, zone, ZONE_LIST); at != 0 && is_chunk(heap, zone, at) && left-- != 0; at = word(heap, at, CHUNK_NEXT)) {
        if (at == chunk) {
            return true;
        }
    }
    return false;
}

static uint32_t plain_capacity(const struct heap *heap, uint32_t payload)
{
    if (!is_laid(heap) || payload < pages_begin(heap) || payload >= pages_end(heap)) {
        return 0;
    }
    const uint32_t of_page = entry(heap, page_of(heap, payload)), zone = zone_of(heap, payload);
    if ((of_page & TYPE_MASK) == LARGE) {
        return (payload & (PAGE - 1)) == 0 ? (of_page >> 2) * PAGE : 0;
    }
    if (zone == 0 || !is_zone(heap, zone) || word(heap, zone, ZONE_CLASS) == CLASSES || !is_chunk(heap, zone, payload)) {
        return 0;
    }
    return heap_checked(heap) && is_freed(heap, zone, payload) ? 0 : word(heap, zone, ZONE_CHUNK);
}

static const struct rt_plain plain = {plain_alloc, plain_realloc, plain_release, plain_capacity};

/* ---- the policy's functions ---- */

static uint32_t zone_bytes_for(uint32_t bytes)
{
    uint32_t zone = 32768;
    while (zone < 131072 && 2 * zone < bytes / 1024) {
        zone *= 2;
    }
    return zone;
}

int heap_rtthread_slab_init(struct heap *heap)
{
    const uint32_t align = heap_param_or(heap, 0, ALIGN_DEFAULT);
    if (align != 4 && align != 8) {
        return HEAP_E_ARGUMENT;
    }
    heap->alignment = 8;
    heap->natural = heap_faithful(heap) ? align : 8;
    if (!is_laid(heap)) {
        return heap_faithful(heap) ? HEAP_OK : HEAP_E_TOO_SMALL;
    }
    const uint32_t bytes = pages_end(heap) - pages_begin(heap), zone = zone_bytes_for(bytes);
    if (!heap_faithful(heap) && page_count(heap) - table_pages(heap) < zone / PAGE) {
        return HEAP_E_TOO_SMALL;
    }
    memset(nominal_at(heap, control_at(heap)), 0, CONTROL_BYTES);
    set_control_word(heap, TOTAL, bytes);
    set_control_word(heap, ZONE_BYTES, zone);
    set_control_word(heap, LIMIT, zone / 4 < CHUNK_LIMIT ? zone / 4 : CHUNK_LIMIT);
    set_control_word(heap, RUNS, pages_begin(heap));
    set_run(heap, pages_begin(heap), page_count(heap), 0);
    memset(nominal_at(heap, get_pages(heap, table_pages(heap))), 0, table_pages(heap) * PAGE);
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

/* What begins at a page; *run is the next free run, and goes on to the one behind it. */
static struct item item_at(const struct heap *heap, uint32_t address, uint32_t *run)
{
    const uint32_t page = page_of(heap, address), of_page = entry(heap, page), value = of_page >> 2;
    const uint32_t left = page_count(heap) - page;
    if (page == 0) {
        return (struct item){TABLE_ITEM, table_pages(heap) * PAGE};
    }
    if (address == *run) {
        const uint32_t pages = word(heap, address, RUN_PAGES), next = word(heap, address, RUN_NEXT);
        *run = next;
        const bool good = pages != 0 && pages <= left && (next == 0 || next > address + pages * PAGE);
        return (struct item){good ? RUN_ITEM : NO_ITEM, pages * PAGE};
    }
    if ((of_page & TYPE_MASK) == LARGE) {
        return (struct item){value != 0 && value <= left ? LARGE_ITEM : NO_ITEM, value * PAGE};
    }
    const bool zone = (of_page & TYPE_MASK) == SMALL && value == 0 && is_zone(heap, address);
    return (struct item){zone ? ZONE_ITEM : NO_ITEM, control_word(heap, ZONE_BYTES)};
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
    uint32_t left = word(heap, zone, ZONE_MOST);
    for (uint32_t at = word(heap, zone, ZONE_LIST); at != 0 && is_chunk(heap, zone, at) && left-- != 0; at = word(heap, at, CHUNK_NEXT)) {
        nominal_batch_add(batch, at, word(heap, zone, ZONE_CHUNK));
    }
}

static bool emit_zone(const struct heap *heap, heap_span_fn visit, void *ctx, uint32_t zone)
{
    const uint32_t end = zone + control_word(heap, ZONE_BYTES), chunk = word(heap, zone, ZONE_CHUNK), most = word(heap, zone, ZONE_MOST);
    if (word(heap, zone, ZONE_CLASS) == CLASSES) {
        return emit(heap, visit, ctx, zone, end, HEAP_FREE);
    }
    uint32_t at = first_chunk(zone, chunk);
    const uint32_t unused = chunk_at(heap, zone, word(heap, zone, ZONE_LAST) + 1), rest = at + most * chunk;
    struct nominal_batch batch = {.above = at, .count = 0};
    bool more = emit(heap, visit, ctx, zone, zone + ZONE_HEADER, HEAP_CONTROL) && emit(heap, visit, ctx, zone + ZONE_HEADER, at, HEAP_RESERVED);
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
    if (!is_laid(heap)) {
        (void)emit(heap, visit, ctx, start, limit, HEAP_RESERVED);
        return HEAP_OK;
    }
    const uint32_t control = control_at(heap), pages = pages_begin(heap), end = pages_end(heap);
    bool more = emit(heap, visit, ctx, start, control, HEAP_RESERVED) &&
                emit(heap, visit, ctx, control, control + CONTROL_BYTES, HEAP_CONTROL) &&
                emit(heap, visit, ctx, control + CONTROL_BYTES, pages, HEAP_RESERVED);
    uint32_t run = control_word(heap, RUNS);
    if (control_word(heap, ZONE_BYTES) != zone_bytes_for(end - pages)) {
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
    const uint32_t most = word(heap, zone, ZONE_MOST), free_chunks = word(heap, zone, ZONE_FREE);
    const uint32_t unused = most - 1 - word(heap, zone, ZONE_LAST);
    uint32_t freed = 0, at = word(heap, zone, ZONE_LIST);
    for (; at != 0 && is_chunk(heap, zone, at) && freed < most; at = word(heap, at, CHUNK_NEXT)) {
        if (word(heap, at, CHUNK_MARK) != (at ^ MARK)) {
            return false;
        }
        freed++;
    }
    const bool cached = word(heap, zone, ZONE_CLASS) == CLASSES;
    census->cached += cached;
    census->listed += !cached && free_chunks != 0;
    census->in_use += (most - free_chunks) * word(heap, zone, ZONE_CHUNK);
    return at == 0 && freed + unused == free_chunks && (!cached || free_chunks == most);
}

static int check_pages(const struct heap *heap, struct census *census, heap_off *where)
{
    uint32_t run = control_word(heap, RUNS), below = 0;
    for (uint32_t at = pages_begin(heap); at != pages_end(heap);) {
        const struct item item = item_at(heap, at, &run);
        *where = nominal_off(heap, at);
        if (item.kind == NO_ITEM || (item.kind == RUN_ITEM && below == at && below != 0)) {
            return HEAP_E_CORRUPT;
        }
        if (item.kind == ZONE_ITEM && !check_zone(heap, at, census)) {
            return HEAP_E_CORRUPT;
        }
        census->in_use += item.kind == LARGE_ITEM ? item.bytes : 0;
        at += item.bytes;
        below = item.kind == RUN_ITEM ? at : below;
    }
    *where = nominal_off(heap, first_link(heap));
    return run == 0 ? HEAP_OK : HEAP_E_CORRUPT;
}

/* Counts a list of zones of one class (CLASSES: the stack); false where it holds another, or more than `most`. */
static bool count_zones(const struct heap *heap, uint32_t zone, uint32_t index, uint32_t most, uint32_t *found)
{
    for (; zone != 0; zone = word(heap, zone, ZONE_NEXT)) {
        const bool inside = (zone & (PAGE - 1)) == 0 && zone >= pages_begin(heap) && zone < pages_end(heap);
        if (!inside || zone_of(heap, zone) != zone || !is_zone(heap, zone) || word(heap, zone, ZONE_CLASS) != index ||
            word(heap, zone, ZONE_FREE) == 0 || (*found)++ == most) {
            return false;
        }
    }
    return true;
}

static int check_lists(const struct heap *heap, const struct census *census, heap_off *where)
{
    uint32_t listed = 0, cached = 0;
    for (uint32_t i = 0; i < CLASSES; i++) {
        *where = nominal_off(heap, zone_list(heap, i));
        if (!count_zones(heap, nominal_u32(heap, zone_list(heap, i)), i, census->listed, &listed)) {
            return HEAP_E_CORRUPT;
        }
    }
    if (listed != census->listed) {
        return HEAP_E_CORRUPT;
    }
    *where = nominal_off(heap, control_at(heap) + CACHE);
    const bool good = count_zones(heap, control_word(heap, CACHE), CLASSES, census->cached, &cached);
    return good && cached == census->cached && cached == control_word(heap, CACHED) ? HEAP_OK : HEAP_E_CORRUPT;
}

static int check(const struct heap *heap, heap_off *where)
{
    struct census census = {0, 0, 0};
    *where = 0;
    if (!is_laid(heap)) {
        return HEAP_OK;
    }
    const uint32_t bytes = pages_end(heap) - pages_begin(heap), zone = zone_bytes_for(bytes);
    const uint32_t limit = zone / 4 < CHUNK_LIMIT ? zone / 4 : CHUNK_LIMIT;
    *where = nominal_off(heap, control_at(heap) + ZONE_BYTES);
    if (control_word(heap, TOTAL) != bytes || control_word(heap, ZONE_BYTES) != zone || control_word(heap, LIMIT) != limit) {
        return HEAP_E_CORRUPT;
    }
    int error = check_pages(heap, &census, where);
    error = error == HEAP_OK ? check_lists(heap, &census, where) : error;
    if (error != HEAP_OK) {
        return error;
    }
    *where = nominal_off(heap, control_at(heap) + IN_USE);
    const bool good = control_word(heap, IN_USE) == census.in_use && control_word(heap, MAX_USED) >= census.in_use;
    return good ? HEAP_OK : HEAP_E_CORRUPT;
}

static struct heap_extent extent(const struct heap *heap, heap_off off, struct heap_layout layout)
{
    const uint32_t payload = rt_plain_of(heap, &plain, nominal_of(heap, off), layout.align, heap->natural);
    return payload == 0 ? (struct heap_extent){off, 0} : (struct heap_extent){nominal_off(heap, payload), plain_capacity(heap, payload)};
}

/* Pages in free runs; *longest is the longest run's. */
static uint32_t free_pages(const struct heap *heap, uint32_t *longest)
{
    uint32_t sum = 0, left = page_count(heap);
    *longest = 0;
    for (uint32_t run = control_word(heap, RUNS); nominal_holds(heap, run, 8) && left-- != 0; run = word(heap, run, RUN_NEXT)) {
        const uint32_t pages = word(heap, run, RUN_PAGES);
        sum += pages;
        *longest = pages > *longest ? pages : *longest;
    }
    return sum;
}

static uint32_t largest_request(const struct heap *heap)
{
    if (!is_laid(heap)) {
        return 0;
    }
    uint32_t longest = 0;
    const uint32_t limit = control_word(heap, LIMIT);
    (void)free_pages(heap, &longest);
    if (longest * PAGE >= limit) {
        return longest * PAGE;
    }
    if (control_word(heap, CACHE) != 0) {
        return limit - 1;
    }
    for (uint32_t i = CLASSES; i-- > 0;) {
        const uint32_t zone = nominal_u32(heap, zone_list(heap, i));
        if (zone != 0) {
            const uint32_t chunk = word(heap, zone, ZONE_CHUNK);
            return chunk < limit ? chunk : limit - 1;
        }
    }
    return 0;
}

static void statistics(const struct heap *heap, heap_statistic_fn emit_one, void *ctx)
{
    const bool laid = is_laid(heap);
    uint32_t longest = 0;
    const struct heap_statistic all[] = {
        {"total", "total", HEAP_NONE, laid ? control_word(heap, TOTAL) : 0},
        {"used", "used", HEAP_NONE, laid ? control_word(heap, IN_USE) : 0},
        {"max_used", "max_used", HEAP_NONE, laid ? control_word(heap, MAX_USED) : 0},
        {"free pages", "free_pages", HEAP_NONE, laid ? free_pages(heap, &longest) : 0},
        {"cached zones", "cached_zones", HEAP_NONE, laid ? control_word(heap, CACHED) : 0},
        {"control bytes", "control_bytes", HEAP_NONE, CONTROL_BYTES},
    };
    for (uint32_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        emit_one(ctx, &all[i]);
    }
}

static const struct heap_param params[] = {
    {.key = "align", .help = "RT_ALIGN_SIZE, 4 or 8: what asks for more goes through rt_malloc_align (faithful only: else 8)",
     .standard = ALIGN_DEFAULT, .min = 4, .max = 8, .power_of_two = true},
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
    .statistics = statistics,
    .replica = &replica,
};

HEAP_POLICY_TABLE(rtthread_slab, HEAP_ID('R', 'T', 'S', 'L'), 0);
