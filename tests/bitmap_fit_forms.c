/* bitmap_fit_forms.c: prints what random programs leave behind in bitmap_fit's heaps. Built in each of the policy's forms (heap_bitmap_fit.cmake):
 * for speed and for size, with and without the lab, for one region and for several, for 32 bits, without checks; all must print the
 * same: where blocks lie and every byte of the image. After each few calls the map is read by the tests' own reader. */
#include <inttypes.h>
#include <stdio.h>

#include <heap/heap.h>

#include "bitmap_fit_map.h"

enum { MEMORY = 1 << 20, BLOCKS = MEMORY / 16, LIVE = 300 };

#ifndef FORM_REGIONS
#define FORM_REGIONS 1 /* of the heaps; the handle may have room for more */
#endif

static _Alignas(4096) uint8_t memory[FORM_REGIONS][MEMORY];
static struct map_block blocks[BLOCKS];

struct run {
    struct heap heap;
    uint8_t *live[LIVE];
    uint32_t sizes[LIVE], random, places; /* places: of all results */
};

static uint32_t draw(struct run *run, uint32_t below)
{
    run->random ^= run->random << 13;
    run->random ^= run->random >> 17;
    run->random ^= run->random << 5;
    return run->random % below;
}

static void keep(struct run *run, uint32_t slot, uint8_t *block, uint32_t size)
{
    const heap_off off = block == NULL ? HEAP_NONE : heap_offset_of(&run->heap, block);
    run->places = run->places * 31 + off;
    run->live[slot] = block;
    run->sizes[slot] = size;
    for (uint32_t i = 0; block != NULL && i < size; i++) {
        block[i] = (uint8_t)(slot + i);
    }
}

/* False: what may not be. */
static bool act(struct run *run, uint32_t most)
{
    const uint32_t slot = draw(run, LIVE), size = 1 + draw(run, 1u << draw(run, most)), way = draw(run, 8), align = 8u << draw(run, 10);
    uint8_t *old = run->live[slot];
    if (old == NULL) {
        void *block = way == 0   ? heap_aligned_alloc(&run->heap, align, size)
                      : way == 1 ? heap_calloc(&run->heap, 1, size)
                                 : heap_malloc(&run->heap, size);
        keep(run, slot, block, size);
        return true;
    }
    if (way < 5) {
        run->live[slot] = NULL;
        return heap_free(&run->heap, old) == HEAP_OK;
    }
    const uint32_t kept = run->sizes[slot] < size ? run->sizes[slot] : size;
    uint8_t *block = heap_realloc(&run->heap, old, size);
    for (uint32_t i = 0; block != NULL && i < kept; i++) {
        if (block[i] != (uint8_t)(slot + i)) {
            return false;
        }
    }
    if (block != NULL) {
        keep(run, slot, block, size);
    }
    return true;
}

static const char *read_maps(const struct run *run)
{
    for (uint32_t region = 0; region < FORM_REGIONS; region++) {
        uint32_t count = 0;
        const char *wrong = map_tells(&run->heap, region, blocks, BLOCKS, &count);
        if (wrong != NULL) {
            return wrong;
        }
    }
    return NULL;
}

/* NULL: all well. */
static const char *run_program(uint32_t bytes, uint32_t most, uint32_t alignment, uint32_t seed)
{
    static struct run run;
    const struct heap_config config = {.alignment = alignment, .params = {HEAP_BITMAP_FIT_CELLS ? 2 : 1}}; /* cells, where compiled */
    memset(&run, 0, sizeof run);
    memset(memory, 0, sizeof memory);
    run.random = 2463534242u + seed;
    if (heap_init(&run.heap, &config, memory[0], bytes) != HEAP_OK) {
        return "no heap";
    }
    for (uint32_t region = 1; region < FORM_REGIONS; region++) {
        if (heap_add_region(&run.heap, memory[region], bytes / 2) != HEAP_OK) {
            return "no second region";
        }
    }
    for (uint32_t i = 1; i <= 6000; i++) {
        if (!act(&run, most)) {
            return "a live block is refused, or content was lost";
        }
        if (i % 500 == 0) {
            const char *wrong = read_maps(&run);
            if (wrong != NULL || heap_check(&run.heap, NULL) != HEAP_OK) {
                return wrong != NULL ? wrong : "the check finds damage";
            }
            printf("%7" PRIu32 " B  align %2" PRIu32 "  seed %" PRIu32 "  %4" PRIu32 " calls  places %08" PRIx32 "  image %08" PRIx32 "\n",
                   bytes, alignment, seed, i, run.places, heap_digest(&run.heap));
        }
    }
    return NULL;
}

int main(void)
{
    for (uint32_t seed = 0; seed < 3; seed++) {
        for (uint32_t alignment = 8; alignment <= 16; alignment += 8) {
            for (uint32_t log_bytes = 11; log_bytes <= 20; log_bytes += 3) {
                const char *wrong = run_program(1u << log_bytes, log_bytes - 3, alignment, seed);
                if (wrong != NULL) {
                    fprintf(stderr, "%" PRIu32 " B, align %" PRIu32 ", seed %" PRIu32 ": %s\n", UINT32_C(1) << log_bytes, alignment, seed, wrong);
                    return 1;
                }
            }
        }
    }
    return 0;
}
