/* trial_places.c: nominal addresses, regions that grow and shrink, and what a free must be told. */
#include "trial.h"

#define PAGE 4096u

static uint32_t in_page(const void *pointer) { return (uint32_t)((uintptr_t)pointer & (PAGE - 1)); }

/* Every region's nominal address equals the true one modulo 4096; regions that were not said to be side by side are not. */
static void expect_congruent(struct trial *trial)
{
    for (uint32_t i = 0; i < trial->heap.region_count && i < HEAP_MAX_REGIONS; i++) {
        const struct heap_region *region = &trial->heap.regions[i];
        EXPECT(trial, region->address % PAGE == in_page(region->base));
#if HEAP_MAX_REGIONS > 1
        EXPECT(trial, i == 0 || region[-1].address + region[-1].bytes < region->address);
#endif
    }
}

void trial_regions_have_nominal_addresses(struct trial *trial)
{
    struct heap_config config = trial_config(trial);
    if (!trial_open(trial, NULL)) {
        return;
    }
    EXPECT(trial, trial->heap.regions[0].address >= HEAP_NOMINAL_BASE && trial->heap.regions[0].address < HEAP_NOMINAL_BASE + 4 * PAGE);
    expect_congruent(trial);
    const uint32_t digest = trial_digest(trial);
    EXPECT(trial, heap_add_region_at(&trial->heap, trial->second, trial->second_bytes, 0x30000000u + in_page(trial->second) + 8) < 0);
    const uint32_t last_page = UINT32_MAX - PAGE + 1 + in_page(trial->second);
    EXPECT(trial, trial->second_bytes < PAGE || heap_add_region_at(&trial->heap, trial->second, trial->second_bytes, last_page) < 0);
    EXPECT(trial, trial_digest(trial) == digest && trial->heap.region_count == 1);
    if (trial_add_region(trial, trial->second, trial->second_bytes)) {
        expect_congruent(trial);
    }
    config.address = 0x08000000u + in_page(trial->memory) + 4;
    EXPECT(trial, heap_init(&trial->heap, &config, trial->memory, trial->memory_bytes) == HEAP_E_ARGUMENT);
    config.address -= 4;
    if (EXPECT(trial, heap_init(&trial->heap, &config, trial->memory, trial->memory_bytes) == HEAP_OK)) {
        trial->live = 0;
        const struct heap_region *region = &trial->heap.regions[0];
        EXPECT(trial, region->address - config.address == (uint32_t)(region->base - trial->memory));
        EXPECT(trial, trial_alloc(trial, 0, 40));
        trial_verify(trial);
    }
}

/* ---- resizing ---- */

/* Calls that no policy grants; nothing changes. */
static void expect_no_resize(struct trial *trial)
{
    const uint32_t digest = trial_digest(trial), arena = trial->heap.bytes;
    const struct heap_region region = trial->heap.regions[0];
    EXPECT(trial, heap_resize_region(&trial->heap, trial->heap.region_count, region.base, region.bytes) == HEAP_E_ARGUMENT);
    EXPECT(trial, heap_resize_region(&trial->heap, 0, NULL, region.bytes) == HEAP_E_ARGUMENT);
    EXPECT(trial, heap_resize_region(&trial->heap, 0, region.base, 4) == HEAP_E_TOO_SMALL);
    EXPECT(trial, trial->heap.regions[0].base == region.base && trial->heap.regions[0].bytes == region.bytes && trial->heap.bytes == arena);
    EXPECT(trial, trial_digest(trial) == digest);
}

void trial_regions_are_resized_or_not(struct trial *trial)
{
    struct heap_config config = trial_config(trial);
    config.state = trial->spare;
    const uint32_t state = heap_state_bytes(config.policy);
    if (state > trial->second_bytes || !EXPECT(trial, heap_init(&trial->heap, &config, trial->memory, trial->memory_bytes) == HEAP_OK)) {
        return;
    }
    trial->live = 0;
    EXPECT(trial, trial_alloc(trial, 0, 40) && trial_alloc(trial, 0, 20));
    expect_no_resize(trial);
    const size_t more = trial->memory_bytes + trial->second_bytes;
    const uint32_t digest = trial_digest(trial);
    const int error = heap_resize_region(&trial->heap, 0, trial->memory, more);
    if (trial->subject->policy->inspect->resize == NULL) {
        EXPECT(trial, error == HEAP_E_UNSUPPORTED && trial_digest(trial) == digest);
    } else if (EXPECT(trial, error == HEAP_OK)) {
        const uint32_t grown = trial->heap.bytes;
        EXPECT(trial, grown > trial->memory_bytes && grown <= more);
        trial_verify(trial);
        EXPECT(trial, trial_alloc(trial, 0, 60));
        const int shrunk = heap_resize_region(&trial->heap, 0, trial->memory, trial->memory_bytes);
        EXPECT(trial, shrunk == HEAP_OK || shrunk == HEAP_E_UNSUPPORTED || shrunk == HEAP_E_ARGUMENT);
        EXPECT(trial, shrunk == HEAP_OK ? trial->heap.bytes <= grown : trial->heap.bytes == grown);
    }
    trial_verify(trial);
    trial_free_all(trial);
    trial_verify(trial);
}

/* ---- layouts ---- */

void trial_free_asks_for_the_layout_where_it_needs_it(struct trial *trial)
{
    if (!trial_open(trial, NULL) || !EXPECT(trial, trial_alloc(trial, 0, 40))) {
        return;
    }
    uint8_t *block = trial->ledger[0].at;
    if (trial_has(trial, HEAP_SIZED_FREE)) {
        const uint32_t digest = trial_digest(trial);
        EXPECT(trial, heap_free(&trial->heap, block) == HEAP_E_LAYOUT);
        EXPECT(trial, heap_realloc(&trial->heap, block, 60) == NULL && heap_last_error(&trial->heap) == HEAP_E_LAYOUT);
        EXPECT(trial, trial_digest(trial) == digest && heap_get_counters(&trial->heap).frees == 0);
        trial_free(trial, 0);
    } else {
        EXPECT(trial, heap_free(&trial->heap, block) == HEAP_OK);
        trial->live = 0;
    }
    EXPECT(trial, heap_get_counters(&trial->heap).frees == 1);
    trial_verify(trial);
}
