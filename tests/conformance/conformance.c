/* conformance.c: the trial's harness and the list of tests. */
#include "trial.h"

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
    struct heap_config config = {.policy = trial->subject->policy, .alignment = trial->subject->alignment};
    if (hooks != NULL) {
        config.hooks = *hooks;
    }
    trial->live = 0;
    memset(trial->memory, 0xA7, trial->memory_bytes);
    return EXPECT(trial, heap_init(&trial->heap, &config, trial->memory, trial->memory_bytes) == HEAP_OK);
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
    const uint32_t align = block->align > trial->subject->alignment ? block->align : trial->subject->alignment;
    EXPECT(trial, ((uintptr_t)block->at & (align - 1)) == 0);
    EXPECT(trial, lies_in_heap(trial, block));
    EXPECT(trial, heap_usable_size(&trial->heap, block->at) >= block->size);
    const heap_off off = heap_offset_of(&trial->heap, block->at);
    const struct heap_extent extent = trial->subject->policy->inspect->extent(&trial->heap, off, (struct heap_layout){block->size, align});
    EXPECT(trial, extent.off <= off && off - extent.off + block->size <= extent.bytes);
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
    EXPECT(trial, heap_check(&trial->heap, NULL) == HEAP_OK);
    EXPECT(trial, heap_walk(&trial->heap, visit, &tour) == HEAP_OK);
    EXPECT(trial, tour.gapless && tour.next == trial->heap.bytes);
    EXPECT(trial, tour.known == trial->live);
    EXPECT(trial, trial_has(trial, HEAP_NEEDS_LAYOUT) || tour.payloads == trial->live);
    for (uint32_t i = 0; i < trial->live; i++) {
        EXPECT(trial, holds(&trial->ledger[i], trial->ledger[i].at, trial->ledger[i].size));
    }
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
        trial.most = trial_has(&trial, HEAP_FIXED_SIZE) ? 64 : 200;
        tests[i].run(&trial);
        failures += trial.failures;
    }
    return failures;
}
