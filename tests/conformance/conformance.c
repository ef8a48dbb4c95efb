/* conformance.c: the trial's harness and the list of tests. */
#include "trial.h"

/* The largest size that is asked for casually: of a policy of one size, of the others. */
#define FIXED_MOST 64u
#define FREE_MOST 200u

bool trial_expect(struct trial *trial, bool holds, const char *what, uint32_t line)
{
    if (!holds) {
        trial->failures++;
        if (trial->subject->failed != NULL) {
            trial->subject->failed(trial->subject->ctx, trial->name, what, line);
        }
    }
    return holds;
}

bool trial_open(struct trial *trial, const struct heap_hooks *hooks)
{
    struct heap_config config = trial_config(trial);
    if (hooks != NULL) {
        config.hooks = *hooks;
    }
    trial->live = 0;
    memset(trial->memory, 0xA7, trial->memory_bytes);
    return EXPECT(trial, heap_init(&trial->heap, &config, trial->memory, trial->memory_bytes) == HEAP_OK);
}

uint32_t trial_digest(const struct trial *trial)
{
    return trial_has(trial, HEAP_NO_IMAGE) ? 0 : heap_digest(&trial->heap);
}

bool trial_add_region(struct trial *trial, uint8_t *memory, size_t bytes)
{
    const uint32_t digest = trial_digest(trial), regions = trial->heap.region_count, arena = trial->heap.bytes;
    const int error = heap_add_region(&trial->heap, memory, bytes);
    if (error != HEAP_OK) {
        EXPECT(trial, error == (HEAP_MAX_REGIONS == 1 ? HEAP_E_REGIONS : HEAP_E_UNSUPPORTED));
        EXPECT(trial, trial_digest(trial) == digest && trial->heap.region_count == regions && trial->heap.bytes == arena);
    }
    return error == HEAP_OK;
}

/* ---- the ledger ---- */

static uint8_t pattern_at(const struct trial_block *block, uint32_t i)
{
    return (uint8_t)(block->size * 7u + i * 13u + 1u);
}

static void fill(const struct trial_block *block)
{
    for (uint32_t i = 0; i < block->size; i++) {
        block->at[i] = pattern_at(block, i);
    }
}

/* The first `bytes` of `at` hold what was written to `block`. */
static bool holds(const struct trial_block *block, const uint8_t *at, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++) {
        if (at[i] != pattern_at(block, i)) {
            return false;
        }
    }
    return true;
}

static bool lies_in_heap(struct trial *trial, const struct trial_block *block)
{
    const heap_off off = heap_offset_of(&trial->heap, block->at);
    return off != HEAP_NONE && heap_offset_of(&trial->heap, block->at + block->size - 1) == off + block->size - 1;
}

/* The block is where and what it was asked to be; `skip` is its own ledger index, if it has one. */
static void check_block(struct trial *trial, const struct trial_block *block, uint32_t skip)
{
    const uint32_t align = block->align > trial->alignment ? block->align : trial->alignment;
    EXPECT(trial, ((uintptr_t)block->at & (align - 1)) == 0);
    EXPECT(trial, lies_in_heap(trial, block));
    EXPECT(trial, trial_has(trial, HEAP_NEEDS_LAYOUT) || heap_usable_size(&trial->heap, block->at) >= block->size);
    const heap_off off = heap_offset_of(&trial->heap, block->at);
    const struct heap_layout layout = {block->size, block->align != 0 ? block->align : trial->heap.natural};
    const struct heap_extent extent = trial->subject->policy->inspect->extent(&trial->heap, off, layout);
    EXPECT(trial, extent.bytes != 0 || trial_has(trial, HEAP_NEEDS_LAYOUT));
    EXPECT(trial, extent.bytes == 0 || (extent.off <= off && off - extent.off + block->size + extent.trailer <= extent.bytes));
    for (uint32_t i = 0; i < trial->live; i++) {
        const struct trial_block *other = &trial->ledger[i];
        EXPECT(trial, i == skip || block->at >= other->at + other->size || other->at >= block->at + block->size);
    }
}

bool trial_alloc(struct trial *trial, uint32_t align, uint32_t size)
{
    if (trial->live == LEDGER_BLOCKS) {
        return false;
    }
    struct trial_block block = {NULL, size, align};
    block.at = align == 0 ? heap_malloc(&trial->heap, size) : heap_aligned_alloc(&trial->heap, align, size);
    if (block.at == NULL) {
        return false;
    }
    check_block(trial, &block, LEDGER_BLOCKS);
    fill(&block);
    trial->ledger[trial->live++] = block;
    return true;
}

bool trial_realloc(struct trial *trial, uint32_t index, uint32_t size)
{
    struct trial_block *block = &trial->ledger[index];
    const struct trial_block old = *block;
    uint8_t *moved = heap_realloc_sized(&trial->heap, old.at, (struct heap_layout){old.size, old.align}, size);
    if (moved == NULL) {
        EXPECT(trial, holds(&old, old.at, old.size));
        return false;
    }
    EXPECT(trial, holds(&old, moved, old.size < size ? old.size : size));
    *block = (struct trial_block){moved, size, old.align};
    fill(block);
    if (!trial_has(trial, HEAP_NEEDS_LAYOUT)) {
        check_block(trial, block, index);
    }
    return true;
}

void trial_free(struct trial *trial, uint32_t index)
{
    const struct trial_block *block = &trial->ledger[index];
    EXPECT(trial, holds(block, block->at, block->size));
    EXPECT(trial, heap_free_sized(&trial->heap, block->at, (struct heap_layout){block->size, block->align}) == HEAP_OK);
    trial->ledger[index] = trial->ledger[--trial->live];
}

void trial_free_all(struct trial *trial)
{
    while (trial->live != 0) {
        trial_free(trial, trial->live - 1);
    }
}

/* ---- the walk against the ledger ---- */

struct tour {
    struct trial *trial;
    heap_off next;
    uint32_t payloads, known;
    bool gapless;
};

static bool visit(void *ctx, const struct heap_span *span)
{
    struct tour *tour = ctx;
    const struct trial *trial = tour->trial;
    tour->gapless = tour->gapless && span->off == tour->next && span->size != 0;
    tour->next = span->off + span->size;
    if (span->kind == HEAP_PAYLOAD) {
        tour->payloads++;
        for (uint32_t i = 0; i < trial->live; i++) {
            const heap_off off = heap_offset_of(&trial->heap, trial->ledger[i].at);
            tour->known += off >= span->off && off - span->off + trial->ledger[i].size <= span->size;
        }
    }
    return true;
}

void trial_verify(struct trial *trial)
{
    struct tour tour = {trial, 0, 0, 0, true};
    if (!trial_has(trial, HEAP_NO_IMAGE)) {
        EXPECT(trial, heap_check(&trial->heap, NULL) == HEAP_OK);
    }
    EXPECT(trial, heap_walk(&trial->heap, visit, &tour) == HEAP_OK);
    EXPECT(trial, tour.gapless && tour.next == trial->heap.bytes);
    EXPECT(trial, tour.known == trial->live);
    EXPECT(trial, trial_has(trial, HEAP_NEEDS_LAYOUT) || tour.payloads == trial->live);
    for (uint32_t i = 0; i < trial->live; i++) {
        EXPECT(trial, holds(&trial->ledger[i], trial->ledger[i].at, trial->ledger[i].size));
    }
}

/* ---- the ways to set it up ---- */

uint32_t conformance_alignments(const struct heap_policy *policy, uint32_t alignments[CONFORMANCE_ALIGNMENTS])
{
    uint32_t count = 0;
    if (policy->inspect->replica != NULL) {
        alignments[0] = 0;
        return 1;
    }
    if ((policy->inspect->traits & HEAP_ALIGNS_4) != 0) {
        alignments[count++] = 4;
    }
    alignments[count++] = 8;
    alignments[count++] = 16;
    return count;
}

static bool serves_a_score(const struct heap_policy *policy, uint32_t alignment, void *memory, size_t bytes)
{
    struct heap heap;
    const struct heap_config config = {.policy = policy, .alignment = alignment};
    const uint32_t most = (policy->inspect->traits & HEAP_FIXED_SIZE) != 0 ? FIXED_MOST : FREE_MOST;
    bool served = heap_init(&heap, &config, memory, bytes) == HEAP_OK;
    for (uint32_t i = 0; i < 20 && served; i++) {
        served = heap_malloc(&heap, 1 + i * 37 % most) != NULL;
    }
    return served;
}

size_t conformance_bytes(const struct heap_policy *policy, uint32_t alignment, void *memory, size_t most)
{
    for (size_t bytes = CONFORMANCE_MIN_BYTES; bytes <= most; bytes *= 2) {
        if (serves_a_score(policy, alignment, memory, bytes / 2)) {
            return bytes;
        }
    }
    return 0;
}

/* ---- all of it ---- */

#define X(name) {#name, trial_##name},
static const struct {
    const char *name;
    trial_test run;
} tests[] = {TRIAL_TESTS(X)};
#undef X

uint32_t conformance_test_count(void)
{
    return (uint32_t)(sizeof tests / sizeof tests[0]);
}

uint32_t conformance_run(const struct conformance *subject)
{
    struct trial trial;
    uint32_t failures = 0;
    for (uint32_t i = 0; i < conformance_test_count(); i++) {
        memset(&trial, 0, sizeof trial);
        trial.subject = subject;
        trial.name = tests[i].name;
        trial.traits = subject->policy->inspect->traits;
        const size_t quarter = subject->bytes / 4 & ~(size_t)15;
        trial.memory = subject->memory;
        trial.memory_bytes = quarter * 2;
        trial.second = trial.memory + trial.memory_bytes;
        trial.second_bytes = quarter;
        trial.spare = trial.second + quarter;
        trial.most = trial_has(&trial, HEAP_FIXED_SIZE) ? FIXED_MOST : FREE_MOST;
        const struct heap_config config = trial_config(&trial);
        trial.alignment = heap_init(&trial.heap, &config, trial.memory, trial.memory_bytes) == HEAP_OK ? trial.heap.alignment : 8;
        tests[i].run(&trial);
        failures += trial.failures;
    }
    return failures;
}
