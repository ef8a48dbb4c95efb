/* bitmap_fit_map.h: reads a bitmap_fit heap from its map alone, by the page that describes the code and by nothing of the policy's.
 *
 * Whatever the policy does to the map, its tests and the exploration read it here a second time, so that the claim "one bit for every
 * 8 bytes describes every block" is tested by somebody who has only the bits. The region's map lies behind the control words (region 0)
 * or at its start; bit 1 + n is granule n's. */
#ifndef HEAPLAB_TESTS_BITMAP_FIT_MAP_H
#define HEAPLAB_TESTS_BITMAP_FIT_MAP_H

#include <string.h>

#include <heap/heap.h>

#define MAP_CONTROL 128u
#define MAP_GRANULE 8u

struct map_block {
    heap_off off;
    uint32_t bytes;
    bool used, run; /* run: of cells */
};

/* One region's map. */
struct map_reader {
    const uint8_t *map;
    uint32_t words, first, end; /* bits of the first block's start and of the mark behind the last block */
};

static inline uint32_t map_words(uint32_t region_bytes) { return region_bytes / 256 + 2; }

/* Where the region's first block begins, from the region's start. */
static inline uint32_t map_first(const struct heap *heap, uint32_t region)
{
    const uint32_t own = (region == 0 ? MAP_CONTROL : 0) + map_words(heap->regions[region].bytes) * 4;
    return (own + heap->alignment - 1) / heap->alignment * heap->alignment;
}

static inline uint32_t map_word(const struct map_reader *reader, uint32_t index)
{
    uint32_t word = 0;
    memcpy(&word, reader->map + 4 * index, sizeof word);
    return word;
}

static inline bool map_is_set(const struct map_reader *reader, uint32_t bit)
{
    return bit < reader->words * 32 && (map_word(reader, bit / 32) >> bit % 32 & 1u) != 0;
}

/* The first 1 from `bit` on, or `until`. */
static inline uint32_t map_next(const struct map_reader *reader, uint32_t bit, uint32_t until)
{
    while (bit < until) {
        if (map_is_set(reader, bit)) {
            return bit;
        }
        bit += bit % 32 == 0 && bit / 32 < reader->words && map_word(reader, bit / 32) == 0 ? 32 : 1;
    }
    return until;
}

/* A run of cells has five ones from its third granule on: no other block has them there, nor have it and the next one. */
static inline bool map_is_run(const struct map_reader *reader, uint32_t bit)
{
    return !map_is_set(reader, bit + 1) && map_is_set(reader, bit + 2) && map_is_set(reader, bit + 3) && map_is_set(reader, bit + 4) &&
           map_is_set(reader, bit + 5) && map_is_set(reader, bit + 6);
}

/* The granules of the used block that begins at `bit`; 0: the bits are no used block's. */
static inline uint32_t map_used_granules(const struct map_reader *reader, uint32_t bit)
{
    if (map_is_run(reader, bit)) {
        const uint32_t granules = map_next(reader, bit + 7, bit + 12) - bit;
        return granules == 10 || granules == 11 ? granules : 0;
    }
    const uint32_t third = ((bit - 1) / 32 + 2) * 32, near = map_next(reader, bit + 2, third);
    if (near < third) {
        return near - bit;
    }
    const uint32_t word = third / 32 < reader->words ? map_word(reader, third / 32) : 0, shift = (bit - 1) % 32;
    if ((word & 63u) != 63u) { /* not a large block: its end is in sight of the third word */
        const uint32_t granules = map_next(reader, third, third + 33) - bit;
        return shift + granules < 96 ? granules : 0;
    }
    const uint32_t granules = word >> 6;
    return shift + granules >= 96 && bit + granules <= reader->end && map_next(reader, third + 32, bit + granules) == bit + granules ? granules : 0;
}

/* The granules of the free block that begins at `bit`; behind it follows the 1 0 of a used one. */
static inline uint32_t map_free_granules(const struct map_reader *reader, uint32_t bit)
{
    if (map_is_set(reader, bit + 2)) {
        return map_is_set(reader, bit + 3) ? 3 : 2;
    }
    const uint32_t last = map_next(reader, bit + 2, reader->end);
    return last < reader->end ? last - bit + 1 : 0;
}

/* Reads the blocks of a region, `most` at most; how many they are, or 0 with *wrong = why the bits are nobody's code. */
static inline uint32_t map_read(const struct heap *heap, uint32_t region, struct map_block *blocks, uint32_t most, const char **wrong)
{
    const struct heap_region *memory = &heap->regions[region];
    const struct map_reader reader = {memory->base + (region == 0 ? MAP_CONTROL : 0), map_words(memory->bytes),
                                      map_first(heap, region) / MAP_GRANULE + 1, memory->bytes / MAP_GRANULE + 1};
    uint32_t count = 0, granules = 0;
    bool after_free = false;
    *wrong = map_next(&reader, 0, reader.first) == reader.first ? NULL : "a bit in front of the first block";
    for (uint32_t bit = reader.first; bit != reader.end && *wrong == NULL; bit += granules) {
        const bool used = !map_is_set(&reader, bit + 1);
        granules = used ? map_used_granules(&reader, bit) : map_free_granules(&reader, bit);
        *wrong = !map_is_set(&reader, bit)                                   ? "no block begins where one ends"
                 : granules < 2 || granules > reader.end - bit               ? "no block has these bits"
                 : !used && after_free                                       ? "two free blocks touch"
                 : !used && !map_is_set(&reader, bit + granules - 1)         ? "a free block has no end"
                 : count == most                                             ? "more blocks than there can be"
                                                                             : NULL;
        after_free = !used;
        if (*wrong == NULL) {
            const bool run = used && map_is_run(&reader, bit);
            blocks[count++] = (struct map_block){memory->first + (bit - 1) * MAP_GRANULE, granules * MAP_GRANULE, used, run};
        }
    }
    if (*wrong == NULL && (!map_is_set(&reader, reader.end) || map_next(&reader, reader.end + 1, reader.words * 32) != reader.words * 32)) {
        *wrong = "what stands behind the last block is not one 1";
    }
    return *wrong == NULL ? count : 0;
}

/* Six ones at a word's beginning are a large used block's size and nothing else, and every large block has them. NULL: so it is. */
static inline const char *map_marks(const struct heap *heap, uint32_t region, const struct map_block *blocks, uint32_t count)
{
    const struct heap_region *memory = &heap->regions[region];
    const struct map_reader reader = {memory->base + (region == 0 ? MAP_CONTROL : 0), map_words(memory->bytes), 0, 0};
    uint32_t marks = 0, large = 0;
    for (uint32_t i = 0; i < reader.words; i++) {
        marks += (map_word(&reader, i) & 63u) == 63u;
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t place = (blocks[i].off - memory->first) / MAP_GRANULE, granules = blocks[i].bytes / MAP_GRANULE;
        if (blocks[i].used && place % 32 + granules >= 96) {
            large++;
            if (map_word(&reader, place / 32 + 2) != (granules << 6 | 63u)) {
                return "a large block's third word is not its size";
            }
        }
    }
    return marks == large ? NULL : "six ones begin a word that is no size";
}

/* A free block's own words against the map: size at its third word, and once more, odd, in its last. */
static inline const char *map_sizes(const struct heap *heap, const struct map_block *blocks, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!blocks[i].used) {
            uint32_t size = 0, footer = 0;
            const uint8_t *block = heap_pointer_at(heap, blocks[i].off);
            memcpy(&size, block + 8, sizeof size);
            memcpy(&footer, block + blocks[i].bytes - 4, sizeof footer);
            if (size != blocks[i].bytes || footer != blocks[i].bytes + 1) {
                return "a free block's sizes are not the map's";
            }
        }
    }
    return NULL;
}

/* All of it. `blocks` has room for `most`. NULL: the map describes the region. */
static inline const char *map_tells(const struct heap *heap, uint32_t region, struct map_block *blocks, uint32_t most, uint32_t *count)
{
    const char *wrong = NULL;
    *count = map_read(heap, region, blocks, most, &wrong);
    wrong = wrong != NULL ? wrong : map_marks(heap, region, blocks, *count);
    return wrong != NULL ? wrong : map_sizes(heap, blocks, *count);
}

#endif
