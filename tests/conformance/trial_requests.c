/* trial_requests.c: what is asked of a heap, and how it answers. */
#include "trial.h"

static uint32_t varied_size(const struct trial *trial, uint32_t i)
{
    return 1 + i * 37 % trial->most;
}

void trial_payloads_are_aligned_and_disjoint(struct trial *trial)
{
    if (!trial_open(trial, NULL)) {
        return;
    }
    trial_verify(trial);
    for (uint32_t i = 0; i < LEDGER_BLOCKS && trial_alloc(trial, 0, varied_size(trial, i)); i++) {
        trial_verify(trial);
    }
    EXPECT(trial, trial->live >= 8);
    for (uint32_t i = 0; trial->live != 0; i++) {
        trial_free(trial, i * 5 % trial->live);
        trial_verify(trial);
    }
}

void trial_size_zero_is_null_and_no_failure(struct trial *trial)
{
    if (!trial_open(trial, NULL)) {
        return;
    }
    const uint32_t digest = trial_digest(trial);
    EXPECT(trial, heap_malloc(&trial->heap, 0) == NULL);
    EXPECT(trial, heap_calloc(&trial->heap, 0, 8) == NULL);
    EXPECT(trial, heap_calloc(&trial->heap, 8, 0) == NULL);
    EXPECT(trial, heap_calloc(&trial->heap, SIZE_MAX, 0) == NULL);
    EXPECT(trial, heap_aligned_alloc(&trial->heap, trial->alignment, 0) == NULL);
    EXPECT(trial, heap_realloc(&trial->heap, NULL, 0) == NULL);
    EXPECT(trial, heap_last_error(&trial->heap) == HEAP_OK);
    EXPECT(trial, heap_get_counters(&trial->heap).failures == 0 && heap_get_counters(&trial->heap).refusals == 0);
    EXPECT(trial, trial_digest(trial) == digest);
    if (EXPECT(trial, trial_alloc(trial, 0, 20))) {
        EXPECT(trial, heap_realloc_sized(&trial->heap, trial->ledger[0].at, trial_layout(trial, 20), 0) == NULL);
        EXPECT(trial, heap_last_error(&trial->heap) == HEAP_OK && heap_get_counters(&trial->heap).frees == 1);
    }
}

void trial_null_is_accepted(struct trial *trial)
{
    if (!trial_open(trial, NULL)) {
        return;
    }
    EXPECT(trial, heap_free(&trial->heap, NULL) == HEAP_OK);
    EXPECT(trial, heap_usable_size(&trial->heap, NULL) == 0);
    EXPECT(trial, heap_get_counters(&trial->heap).frees == 0);
    void *block = heap_realloc(&trial->heap, NULL, 24);
    EXPECT(trial, block != NULL && heap_get_counters(&trial->heap).allocations == 1);
    EXPECT(trial, heap_get_counters(&trial->heap).reallocations == 0);
    EXPECT(trial, heap_free_sized(&trial->heap, block, trial_layout(trial, 24)) == HEAP_OK);
}

/* Every size near the end of its type, and near the arena's. */
void trial_too_large_requests_change_nothing(struct trial *trial)
{
    if (!trial_open(trial, NULL) || !EXPECT(trial, trial_alloc(trial, 0, 40))) {
        return;
    }
    const uint32_t digest = trial_digest(trial), arena = trial->heap.bytes;
    const size_t tops[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 40, UINT32_MAX, UINT32_MAX / 2u, (size_t)arena + 80};
    uint32_t asked = 0;
    for (uint32_t t = 0; t < sizeof tops / sizeof tops[0]; t++) {
        for (size_t k = 0; k <= 80; k++) {
            EXPECT(trial, heap_malloc(&trial->heap, tops[t] - k) == NULL);
            EXPECT(trial, heap_realloc_sized(&trial->heap, trial->ledger[0].at, trial_layout(trial, 40), tops[t] - k) == NULL);
            EXPECT(trial, heap_aligned_alloc(&trial->heap, 8, tops[t] - k) == NULL);
            asked += 3;
        }
    }
    EXPECT(trial, heap_last_error(&trial->heap) == HEAP_E_TOO_LARGE);
    EXPECT(trial, trial_digest(trial) == digest);
    EXPECT(trial, heap_get_counters(&trial->heap).failures == asked);
    trial_verify(trial);
}

void trial_calloc_overflow_fails(struct trial *trial)
{
    static const size_t pairs[][2] = {{SIZE_MAX, 2}, {2, SIZE_MAX}, {SIZE_MAX / 2 + 1, 2}, {SIZE_MAX / 4 + 1, 4}, {SIZE_MAX / 8 + 2, 8},
                                      {SIZE_MAX, SIZE_MAX}, {0x10000u, 0x10000u}, {0x80000000u, 2}};
    if (!trial_open(trial, NULL)) {
        return;
    }
    const uint32_t digest = trial_digest(trial);
    for (uint32_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        EXPECT(trial, heap_calloc(&trial->heap, pairs[i][0], pairs[i][1]) == NULL);
        EXPECT(trial, heap_last_error(&trial->heap) == HEAP_E_TOO_LARGE);
    }
    EXPECT(trial, trial_digest(trial) == digest);
}

void trial_calloc_zeroes(struct trial *trial)
{
    if (!trial_open(trial, NULL)) {
        return;
    }
    for (uint32_t i = 1; i <= 8; i++) {
        const uint8_t *block = heap_calloc(&trial->heap, i, 7);
        bool zero = block != NULL;
        for (uint32_t k = 0; zero && k < i * 7; k++) {
            zero = block[k] == 0;
        }
        EXPECT(trial, zero);
    }
    EXPECT(trial, heap_check(&trial->heap, NULL) == HEAP_OK);
}

void trial_every_alignment_is_served_or_refused(struct trial *trial)
{
    for (uint32_t align = 1; align != 0 && trial_open(trial, NULL); align <<= 1) {
        const uint32_t digest = trial_digest(trial);
        if (align > trial->heap.arena_align) {
            EXPECT(trial, heap_aligned_alloc(&trial->heap, align, 8) == NULL && heap_last_error(&trial->heap) == HEAP_E_ALIGNMENT);
            EXPECT(trial, trial_digest(trial) == digest);
            continue;
        }
        EXPECT(trial, align == 1 || heap_aligned_alloc(&trial->heap, align + 1, 8) == NULL);
        EXPECT(trial, heap_aligned_alloc(&trial->heap, 0, 8) == NULL && heap_last_error(&trial->heap) == HEAP_E_ALIGNMENT);
        const bool fits = align <= trial->memory_bytes / 8 && (trial_has(trial, HEAP_ALIGNS) || align <= trial->alignment);
        const bool served = trial_alloc(trial, 0, 1) && trial_alloc(trial, align, 33) && trial_alloc(trial, align, 8);
        EXPECT(trial, served || !fits);
        trial_verify(trial);
        if (served && fits) {
            EXPECT(trial, trial_realloc(trial, 1, 60) && ((uintptr_t)trial->ledger[1].at & (align - 1)) == 0);
            trial_verify(trial);
        }
        trial_free_all(trial);
        trial_verify(trial);
    }
}

/* ---- realloc ---- */

void trial_realloc_keeps_content(struct trial *trial)
{
    if (!trial_open(trial, NULL)) {
        return;
    }
    for (uint32_t i = 0; i < 6; i++) {
        EXPECT(trial, trial_alloc(trial, 0, varied_size(trial, i)));
    }
    for (uint32_t i = 0; i < 40; i++) {
        if (trial_has(trial, HEAP_FREES)) {
            EXPECT(trial, trial_realloc(trial, i % trial->live, varied_size(trial, i * 11)));
        } else {
            (void)trial_realloc(trial, i % trial->live, varied_size(trial, i * 11));
        }
        trial_verify(trial);
    }
}

void trial_realloc_grows_the_last_block_in_place(struct trial *trial)
{
    if ((trial->traits & (HEAP_COALESCES | HEAP_FIXED_SIZE)) == 0) {
        return; /* a block's neighbour need not be one that it can join */
    }
    const uint32_t times = trial_has(trial, HEAP_FIXED_SIZE) ? 1 : 5; /* small blocks may be cut from the top of a free one */
    if (!trial_open(trial, NULL) || !EXPECT(trial, trial_alloc(trial, 0, 24 * times))) {
        return;
    }
    const uint8_t *before = trial->ledger[0].at;
    const bool replica = trial->subject->policy->inspect->replica != NULL; /* moves as its original does */
    static const uint32_t sizes[] = {48, 40, 64, 1, 24, 24};
    for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        EXPECT(trial, trial_realloc(trial, 0, sizes[i] * times) && (replica || trial->ledger[0].at == before));
        trial_verify(trial);
    }
}

/* Some serve larger requests when the smaller ones have exhausted them (by pages that make no zone): nothing from `least` on is left. */
static void take_rest(struct trial *trial, uint32_t least)
{
    const struct heap_policy_inspect *inspect = trial->subject->policy->inspect;
    uint32_t size = inspect->largest_request(&trial->heap);
    while (size >= least && heap_malloc(&trial->heap, size) != NULL) {
        size = inspect->largest_request(&trial->heap);
    }
}

void trial_failed_realloc_keeps_the_block(struct trial *trial)
{
    if (!trial_open(trial, NULL) || !EXPECT(trial, trial_alloc(trial, 0, 40) && trial_alloc(trial, 0, 40))) {
        return;
    }
    while (heap_malloc(&trial->heap, 16) != NULL) {
    }
    take_rest(trial, 16);
    const uint32_t digest = trial_digest(trial);
    for (uint32_t size = 100; size < trial->heap.bytes; size += 500) {
        EXPECT(trial, heap_realloc_sized(&trial->heap, trial->ledger[0].at, trial_layout(trial, 40), size) == NULL);
        EXPECT(trial, heap_last_error(&trial->heap) == HEAP_E_NO_MEMORY);
    }
    EXPECT(trial, trial_digest(trial) == digest);
    EXPECT(trial, trial_has(trial, HEAP_NO_IMAGE) || heap_check(&trial->heap, NULL) == HEAP_OK);
    trial_free_all(trial);
}

/* ---- a heap's whole life ---- */

/* Allocates blocks of `size` until none is left, each holding the address of the one before; how many. */
static uint32_t exhaust(struct trial *trial, uint32_t size, void **last)
{
    uint32_t count = 0;
    *last = NULL;
    for (void *block; (block = heap_malloc(&trial->heap, size)) != NULL; count++) {
        memcpy(block, last, sizeof *last);
        *last = block;
    }
    return count;
}

static void release_chain(struct trial *trial, void *block)
{
    while (block != NULL) {
        void *before = NULL;
        memcpy(&before, block, sizeof before);
        EXPECT(trial, heap_free_sized(&trial->heap, block, trial_layout(trial, 24)) == HEAP_OK);
        block = before;
    }
}

void trial_exhausted_heap_refills(struct trial *trial)
{
    if (!trial_open(trial, NULL)) {
        return;
    }
    const struct heap_policy_inspect *inspect = trial->subject->policy->inspect;
    const uint32_t largest = inspect->largest_request(&trial->heap);
    void *last = NULL;
    const uint32_t first = exhaust(trial, 24, &last);
    take_rest(trial, 24);
    const uint32_t digest = trial_digest(trial);
    EXPECT(trial, first * 24 >= trial->memory_bytes / 4);
    EXPECT(trial, heap_malloc(&trial->heap, 24) == NULL && heap_last_error(&trial->heap) == HEAP_E_NO_MEMORY);
    EXPECT(trial, inspect->largest_request(&trial->heap) < 24);
    EXPECT(trial, trial_digest(trial) == digest && heap_check(&trial->heap, NULL) == HEAP_OK);
    release_chain(trial, last);
    trial_verify(trial);
    if (!trial_has(trial, HEAP_RESTORES)) {
        return;
    }
    EXPECT(trial, inspect->largest_request(&trial->heap) == largest);
    void *whole = heap_malloc(&trial->heap, largest);
    EXPECT(trial, whole != NULL && (trial_has(trial, HEAP_FIXED_SIZE) || heap_malloc(&trial->heap, largest + 1) == NULL));
    EXPECT(trial, heap_free_sized(&trial->heap, whole, trial_layout(trial, largest)) == HEAP_OK);
    EXPECT(trial, exhaust(trial, 24, &last) == first);
    EXPECT(trial, heap_get_counters(&trial->heap).used_bytes == heap_get_counters(&trial->heap).peak_used_bytes ||
                      largest > trial->most);
}

void trial_checkerboard_merges(struct trial *trial)
{
    if (!trial_has(trial, HEAP_FREES) || !trial_open(trial, NULL)) {
        return;
    }
    while (trial_alloc(trial, 0, 56)) {
    }
    const uint32_t blocks = trial->live;
    for (uint32_t i = blocks; i-- > 0;) {
        if (i % 2 == 1) {
            trial_free(trial, i); /* from the end: the ledger's last takes its place, an even one or itself */
        }
    }
    trial_verify(trial);
    trial_free_all(trial);
    trial_verify(trial);
    EXPECT(trial, heap_get_counters(&trial->heap).used_bytes == 0);
}

void trial_counters_count(struct trial *trial)
{
    if (!trial_open(trial, NULL)) {
        return;
    }
    EXPECT(trial, trial_alloc(trial, 0, 30) && trial_alloc(trial, 16 < trial->heap.arena_align ? 0 : 4, 50));
    const uint32_t both = heap_get_counters(&trial->heap).used_bytes;
    const bool counts = HEAP_COUNT_BYTES && !trial_has(trial, HEAP_NEEDS_LAYOUT);
    EXPECT(trial, !counts || both >= 80);
    EXPECT(trial, trial_realloc(trial, 1, 20));
    trial_free(trial, 1);
    (void)heap_malloc(&trial->heap, SIZE_MAX);
    (void)heap_free(&trial->heap, trial->spare);
    const struct heap_counters counters = heap_get_counters(&trial->heap);
    EXPECT(trial, counters.allocations == 2 && counters.reallocations == 1 && counters.frees == 1);
    EXPECT(trial, counters.failures == 1 && counters.refusals == 1);
    EXPECT(trial, counters.used_bytes < both || !counts);
    EXPECT(trial, counters.peak_used_bytes >= both);
}
