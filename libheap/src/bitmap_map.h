/* bitmap_map.h: the map of bitmap_fit (its code: see there): windows of it, read and changed as two aligned words, or as one word at any
 * byte where the processor has such accesses; whether a used block begins at a place, and how large it is. All O(1), four words at most. */
#ifndef HEAP_BITMAP_MAP_H
#define HEAP_BITMAP_MAP_H

#include "arena.h"

#define BINS 0u
#define CONTROL_BYTES 128u
#define GRANULE 8u
#define MIN_BLOCK 16u
#define MOST_BYTES ((1u << 29) - 16) /* that can be asked for: a size's code has 26 bits for granules, and a block can be one longer */
#define LARGE_BITS 96u /* shift + granules from here on: the block covers the third word of its window, and more */
#define CODE_MARK 63u
#define CODE_SHIFT 6u
#define RUN_BITS 0xF8u /* in the window at a run of cells: the granules from the third on, five ones */

/* Where a free block keeps what: its first bytes, and its size once more at its end. */
#define NEXT 0u
#define PREV 4u
#define SIZE 8u
#define FOOTER 4u     /* from the end */
#define FOOTER_MARK 1u /* in the footer: no link looks like one */

/* What malloc and free are made of: called where size counts. */
#define NOT_INLINE __attribute__((noinline))
#define ALWAYS_INLINE inline __attribute__((always_inline))
#ifdef __OPTIMIZE_SIZE__
#define INLINE_IF_FAST static NOT_INLINE
#define PUBLIC_INLINE_IF_FAST NOT_INLINE
#define INLINE_IF_SMALL static ALWAYS_INLINE
#define FOR_SIZE 1
#else
#define INLINE_IF_SMALL static NOT_INLINE
#define INLINE_IF_FAST static ALWAYS_INLINE
#define PUBLIC_INLINE_IF_FAST ALWAYS_INLINE /* into heap_malloc and heap_free_sized; their prototypes make them extern as well */
#define FOR_SIZE 0
#endif

/* ---- the arena, as one operation sees it ---- */

/* Blocks touch others of their own region only, so one map is enough for an operation. The base is read once: a store into the arena
 * could change the handle for all that the compiler knows. */
struct view {
#if HEAP_LAB || HEAP_MAX_REGIONS > 1
    struct heap *heap;
    heap_off map, first; /* where the map lies, and the region */
#endif
    uint8_t *base;
};

#if HEAP_LAB || HEAP_MAX_REGIONS > 1
static struct view view_region(const struct heap *heap, const struct heap_region *region)
{
    return (struct view){(struct heap *)(uintptr_t)heap, region->first + (region == heap->regions ? CONTROL_BYTES : 0), region->first, heap->base};
}

/* The region of `off`. */
static struct view view_of(const struct heap *heap, heap_off off) { return view_region(heap, arena_region(heap, off)); }
static struct view view_change(struct view view, heap_off off) { return view_of(view.heap, off); }
static heap_off map_start(struct view view) { return view.map; }
static heap_off region_start(struct view view) { return view.first; }
static uint8_t *at(struct view view, heap_off off) { return arena_at(view.heap, off); }
#else
static inline struct view view_region(const struct heap *heap, const struct heap_region *region) { return (void)region, (struct view){heap->base}; }
static inline struct view view_of(const struct heap *heap, heap_off off) { return (void)off, (struct view){heap->base}; }
static inline struct view view_change(struct view view, heap_off off) { return (void)off, view; }
static inline heap_off map_start(struct view view) { return (void)view, CONTROL_BYTES; }
static inline heap_off region_start(struct view view) { return (void)view, 0; }
static inline uint8_t *at(struct view view, heap_off off) { return view.base + off; }
#endif

static inline uint32_t word(struct view view, heap_off off) { return *(const arena_word *)(const void *)at(view, off); }
static inline void set_word(struct view view, heap_off off, uint32_t value) { *(arena_word *)(void *)at(view, off) = value; }

/* ---- the map ---- */

static inline arena_word *map_word(struct view view, heap_off block)
{
    arena_word *word = (arena_word *)(void *)at(view, region_start(view)) + ((block - region_start(view)) >> 8);
    __asm__("" : "+r"(word)); /* one address for a window's words, the map's place in the loads: compilers add it before */
    return word + (map_start(view) - region_start(view)) / 4;
}

static inline uint32_t map_shift(struct view view, heap_off block) { return (block - region_start(view)) >> 3 & 31u; }

/* What the map says around a block: bit 0 is the granule before it, bit 1 its own first, bit 2 its second. Where a processor reads words
 * at any byte, a window is one of them: 25 bits or more; ARMv6-M, and whoever forbids such accesses, reads two words: 32 bits. What is
 * written is the same. The lab has the form of ARMv6-M. */
#ifndef BITMAP_UNALIGNED
#if !HEAP_LAB && (defined(__ARM_FEATURE_UNALIGNED) || defined(__x86_64__) || defined(__i386__))
#define BITMAP_UNALIGNED 1
#else
#define BITMAP_UNALIGNED 0
#endif
#endif

#if BITMAP_UNALIGNED
#define NEAR_BYTES 200u /* a window holds the bits of a smaller block, and the one behind */

struct __attribute__((packed, may_alias)) map_place {
    uint32_t word;
};

struct window {
    uint8_t *byte;        /* as far behind the region's start as the map's byte behind the map's */
    struct map_place *at; /* the byte that bit 0 lies in */
    uint32_t shift, raw;
};

static ALWAYS_INLINE struct window window_at(struct view view, heap_off block)
{
    uint8_t *byte = at(view, region_start(view)) + ((block - region_start(view)) >> 6);
    __asm__("" : "+r"(byte)); /* as above */
    struct map_place *place = (struct map_place *)(void *)(byte + (map_start(view) - region_start(view)));
    return (struct window){byte, place, (block - region_start(view)) >> 3 & 7u, place->word};
}

static inline uint32_t window_bits(struct window window) { return window.raw >> window.shift; }

/* Where the block's own granules 2, 3, … would be, the first 1 is its end; 0: not in this window, nor what is behind. */
static inline uint32_t window_ends(struct window window) { return window.raw << 1 >> (window.shift + 4); }

/* Changes bits of a window and writes it back. */
static inline void window_flip(struct window window, uint32_t bits) { window.at->word = window.raw ^ bits << window.shift; }

/* The low bits of the word that bit 0 lies in. */
static inline uint32_t window_mark(struct view view, heap_off block, struct window window)
{
    const uintptr_t word = (uintptr_t)window.byte & ~(uintptr_t)3; /* regions and maps begin at multiples of 4 */
    (void)block;
    return *(const arena_word *)(word + (map_start(view) - region_start(view)));
}
#else
#define NEAR_BYTES 240u

struct window {
    arena_word *at; /* the word that bit 0 lies in */
    uint32_t shift, low, high;
};

static ALWAYS_INLINE struct window window_at(struct view view, heap_off block)
{
    arena_word *place = map_word(view, block);
    return (struct window){place, map_shift(view, block), place[0], place[1]};
}

static inline uint32_t window_bits(struct window window)
{
    return window.low >> window.shift | window.high << 1 << (31u - window.shift);
}

static inline uint32_t window_ends(struct window window) { return window_bits(window) << 1 >> 4; }

static inline void window_flip(struct window window, uint32_t bits)
{
    window.at[0] = window.low ^ bits << window.shift;
    window.at[1] = window.high ^ bits >> 1 >> (31u - window.shift);
}

static inline uint32_t window_mark(struct view view, heap_off block, struct window window)
{
    (void)view, (void)block;
    return window.low;
}
#endif

INLINE_IF_FAST uint32_t map_bits(struct view view, heap_off block) { return window_bits(window_at(view, block)); }

/* Changes bits of the window at `block`. */
INLINE_IF_FAST void map_flip(struct view view, heap_off block, uint32_t bits)
{
    window_flip(window_at(view, block), bits);
}

#define BEFORE 1u /* the granule before: the end of a free block */
#define START 2u
#define SECOND 4u

static inline bool is_used(uint32_t bits) { return (bits & (START | SECOND)) == START; }
static inline bool is_free(uint32_t bits) { return (bits & (START | SECOND)) == (START | SECOND); }

static inline bool is_large(uint32_t shift, uint32_t granules) { return shift + granules >= LARGE_BITS; }

/* Does the window's first bit lie in the size of a large block, or is it a run of cells? */
static ALWAYS_INLINE bool is_special(struct view view, heap_off block, struct window window)
{
    return (window_mark(view, block, window) & CODE_MARK) == CODE_MARK ||
           (HEAP_BITMAP_FIT_CELLS && (window_bits(window) & RUN_BITS) == RUN_BITS);
}

/* Does a used block begin at `block`? Before it may lie a free block's last granule, or `block` is the second granule of one. */
static NOT_INLINE bool is_live(struct view view, heap_off block)
{
    const struct window window = window_at(view, block);
    const uint32_t bits = window_bits(window);
    return is_used(bits) && !is_special(view, block, window) &&
           ((bits & BEFORE) == 0 || (word(view, block - FOOTER) & FOOTER_MARK) != 0);
}

/* The size of the used block at `block`: up to the next 1, or as its third word says. Four words at most. */
static NOT_INLINE uint32_t used_bytes(struct view view, heap_off block)
{
    const uint32_t start = (block - region_start(view)) / GRANULE + 1;
    const arena_word *map = (const arena_word *)(const void *)at(view, map_start(view));
    uint32_t i = (start + 1) / 32, bits = map[i] & UINT32_MAX << (start + 1) % 32;
    while (bits == 0) {
        bits = map[++i];
    }
    return ((bits & CODE_MARK) == CODE_MARK ? bits >> CODE_SHIFT : i * 32 + bits_lowest(bits) - start) * GRANULE;
}

/* Writes or removes the size of a used block in the map, if it is a large one. */
static inline void code_size(struct view view, heap_off block, uint32_t bytes, bool present)
{
    const uint32_t granules = bytes / GRANULE;
    if (is_large(map_shift(view, block), granules)) {
        map_word(view, block)[2] = present ? granules << CODE_SHIFT | CODE_MARK : 0;
    }
}

#endif
