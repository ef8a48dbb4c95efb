/* slab.h: what RT-Thread's slab keeps in its arena: control, page table, free runs, zones. replicas/rtthread_slab.c draws them. */
#ifndef HEAP_SLAB_H
#define HEAP_SLAB_H

#include "rtthread.h"

#define SLAB_ALIGN_DEFAULT 4u /* RT_ALIGN_SIZE */
#define SLAB_PAGE 4096u
#define SLAB_CONTROL_BYTES 364u
#define SLAB_CLASSES 72u
#define SLAB_CHUNK_LIMIT 16384u /* what has a chunk size at all is below */
#define SLAB_CACHED_MOST 2u

/* The control's words. The original's first 20 bytes name it. */
#define SLAB_TOTAL 24u
#define SLAB_IN_USE 28u
#define SLAB_MAX_USED 32u
#define SLAB_ZONE_BYTES 36u
#define SLAB_LIMIT 40u
#define SLAB_RUNS 44u   /* the first free run of pages */
#define SLAB_CACHE 48u  /* the zone on top of the stack */
#define SLAB_CACHED 52u /* their number */
#define SLAB_LISTS 56u  /* the first zone of every class */

/* A free run's words. */
#define SLAB_RUN_NEXT 0u
#define SLAB_RUN_PAGES 4u

/* A zone's words. */
#define SLAB_ZONE_MAGIC 0u
#define SLAB_ZONE_NEXT 4u
#define SLAB_ZONE_CLASS 8u    /* SLAB_CLASSES: on the stack */
#define SLAB_ZONE_CHUNK 12u
#define SLAB_ZONE_MOST 16u    /* chunks */
#define SLAB_ZONE_FREE 20u    /* free ones */
#define SLAB_ZONE_LAST 24u    /* the index of the last chunk that was ever used */
#define SLAB_ZONE_LIST 28u    /* freed chunks */
#define SLAB_ZONE_HEADER 36u
#define SLAB_MAGIC 0x51ab51abu

#define SLAB_CHUNK_NEXT 0u
#define SLAB_CHUNK_MARK 4u
#define SLAB_MARK 0xf4ee51abu /* with the chunk's address */

#define SLAB_TYPE_MASK 3u
#define SLAB_SMALL 1u /* value: the page's number in its zone */
#define SLAB_LARGE 2u /* value: the block's pages; only at its first */

static inline uint32_t slab_control_at(const struct heap *heap)
{
    return bits_up(heap->regions[0].address, heap_param_or(heap, 0, SLAB_ALIGN_DEFAULT));
}

static inline uint32_t slab_control_word(const struct heap *heap, uint32_t word) { return nominal_u32(heap, slab_control_at(heap) + word); }
static inline void slab_set_control_word(struct heap *heap, uint32_t word, uint32_t value)
{
    nominal_set_u32(heap, slab_control_at(heap) + word, value);
}

static inline uint32_t slab_pages_begin(const struct heap *heap) { return bits_up(slab_control_at(heap) + SLAB_CONTROL_BYTES, SLAB_PAGE); }
static inline uint32_t slab_pages_end(const struct heap *heap) { return bits_down(heap->regions[0].address + heap->regions[0].bytes, SLAB_PAGE); }
static inline uint32_t slab_page_count(const struct heap *heap) { return (slab_pages_end(heap) - slab_pages_begin(heap)) / SLAB_PAGE; }
static inline uint32_t slab_table_pages(const struct heap *heap) { return bits_up(4 * slab_page_count(heap), SLAB_PAGE) / SLAB_PAGE; }

/* Is there a page behind the control? Otherwise the original's set-up fails. */
static inline bool slab_is_laid(const struct heap *heap)
{
    const uint32_t end = slab_pages_end(heap), control = slab_control_at(heap);
    return control >= heap->regions[0].address && end > control && end - control >= SLAB_CONTROL_BYTES && slab_pages_begin(heap) < end;
}

static inline uint32_t slab_page_of(const struct heap *heap, uint32_t address) { return (address - slab_pages_begin(heap)) / SLAB_PAGE; }
static inline uint32_t slab_entry(const struct heap *heap, uint32_t page) { return nominal_u32(heap, slab_pages_begin(heap) + 4 * page); }
static inline void slab_set_entry(struct heap *heap, uint32_t page, uint32_t type, uint32_t value)
{
    nominal_set_u32(heap, slab_pages_begin(heap) + 4 * page, type | value << 2);
}

static inline uint32_t slab_word(const struct heap *heap, uint32_t at, uint32_t which) { return nominal_u32(heap, at + which); }
static inline void slab_set_word(struct heap *heap, uint32_t at, uint32_t which, uint32_t value) { nominal_set_u32(heap, at + which, value); }

/* The place of the link to the first run; that to a later one is the run before it: SLAB_RUN_NEXT is 0. */
static inline uint32_t slab_first_link(const struct heap *heap) { return slab_control_at(heap) + SLAB_RUNS; }

/* ---- chunk sizes ---- */

struct slab_class {
    uint32_t chunk, index;
};

/* 1 <= size <= SLAB_CHUNK_LIMIT */
static inline struct slab_class slab_class_of(uint32_t size)
{
    const uint32_t octave = size < 128 ? 6 : bits_highest(size), unit = UINT32_C(1) << (octave - 3);
    const uint32_t chunk = bits_up(size, unit);
    return (struct slab_class){chunk, chunk / unit + 8 * (octave - 6) - 1};
}

static inline uint32_t slab_first_chunk(uint32_t zone, uint32_t chunk)
{
    return zone + (bits_is_power(chunk) ? bits_up(SLAB_ZONE_HEADER, chunk) : bits_up(SLAB_ZONE_HEADER, 8));
}

static inline uint32_t slab_chunk_at(const struct heap *heap, uint32_t zone, uint32_t index)
{
    const uint32_t chunk = slab_word(heap, zone, SLAB_ZONE_CHUNK);
    return slab_first_chunk(zone, chunk) + index * chunk;
}

static inline uint32_t slab_most_chunks(const struct heap *heap, uint32_t chunk)
{
    return (slab_control_word(heap, SLAB_ZONE_BYTES) - slab_first_chunk(0, chunk)) / chunk;
}

/* The link to the first zone of a class. */
static inline uint32_t slab_zone_list(const struct heap *heap, uint32_t index) { return slab_control_at(heap) + SLAB_LISTS + 4 * index; }

static inline uint32_t slab_zone_bytes_for(uint32_t bytes)
{
    uint32_t zone = 32768;
    while (zone < 131072 && 2 * zone < bytes / 1024) {
        zone *= 2;
    }
    return zone;
}

/* ---- what lies where ---- */

/* The zone that an address lies in, or 0. */
static inline uint32_t slab_zone_of(const struct heap *heap, uint32_t address)
{
    const uint32_t page = slab_page_of(heap, address), of_page = slab_entry(heap, page), value = of_page >> 2;
    return (of_page & SLAB_TYPE_MASK) == SLAB_SMALL && value <= page ? slab_pages_begin(heap) + (page - value) * SLAB_PAGE : 0;
}

/* Is this a zone's start, as far as its header says? */
static inline bool slab_is_zone(const struct heap *heap, uint32_t zone)
{
    if (slab_pages_end(heap) - zone < slab_control_word(heap, SLAB_ZONE_BYTES) || slab_word(heap, zone, SLAB_ZONE_MAGIC) != SLAB_MAGIC) {
        return false;
    }
    const uint32_t chunk = slab_word(heap, zone, SLAB_ZONE_CHUNK), most = slab_word(heap, zone, SLAB_ZONE_MOST);
    const uint32_t index = slab_word(heap, zone, SLAB_ZONE_CLASS);
    if (chunk == 0 || chunk > SLAB_CHUNK_LIMIT || slab_class_of(chunk).chunk != chunk || most != slab_most_chunks(heap, chunk)) {
        return false;
    }
    return (index == SLAB_CLASSES || index == slab_class_of(chunk).index) && slab_word(heap, zone, SLAB_ZONE_LAST) < most;
}

/* Does a chunk that was used at some time begin there? 0 is none. */
static inline bool slab_is_chunk(const struct heap *heap, uint32_t zone, uint32_t address)
{
    const uint32_t chunk = slab_word(heap, zone, SLAB_ZONE_CHUNK), within = address - slab_first_chunk(zone, chunk);
    return address >= slab_first_chunk(zone, chunk) && within % chunk == 0 && within / chunk <= slab_word(heap, zone, SLAB_ZONE_LAST);
}

/* On the zone's list of freed chunks? The mark decides it but where a live block's content looks like one. */
static inline bool slab_is_freed(const struct heap *heap, uint32_t zone, uint32_t chunk)
{
    if (slab_word(heap, chunk, SLAB_CHUNK_MARK) != (chunk ^ SLAB_MARK)) {
        return false;
    }
    uint32_t left = slab_word(heap, zone, SLAB_ZONE_MOST), at = slab_word(heap, zone, SLAB_ZONE_LIST);
    while (at != chunk && slab_is_chunk(heap, zone, at) && left-- != 0) {
        at = slab_word(heap, at, SLAB_CHUNK_NEXT);
    }
    return at == chunk;
}

/* Of the plain block that begins at an address in the heap; 0: none does. */
static inline uint32_t slab_capacity(const struct heap *heap, uint32_t payload)
{
    if (!slab_is_laid(heap) || payload < slab_pages_begin(heap) || payload >= slab_pages_end(heap)) {
        return 0;
    }
    const uint32_t of_page = slab_entry(heap, slab_page_of(heap, payload)), zone = slab_zone_of(heap, payload);
    if ((of_page & SLAB_TYPE_MASK) == SLAB_LARGE) {
        return (payload & (SLAB_PAGE - 1)) == 0 ? (of_page >> 2) * SLAB_PAGE : 0;
    }
    if (zone == 0 || !slab_is_zone(heap, zone) || slab_word(heap, zone, SLAB_ZONE_CLASS) == SLAB_CLASSES || !slab_is_chunk(heap, zone, payload)) {
        return 0;
    }
    return heap_checked(heap) && slab_is_freed(heap, zone, payload) ? 0 : slab_word(heap, zone, SLAB_ZONE_CHUNK);
}

#endif
