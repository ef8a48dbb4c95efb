/* trial_misuse.c: bad pointers, bad set-ups, hooks, regions and moves. */
#include "trial.h"

/* Free, realloc and usable size refuse the pointer, and nothing changes. The owner thinks that it has a block of 40 bytes there. */
static void expect_refused(struct trial *trial, void *pointer, int error)
{
    const struct heap_layout layout = trial_layout(trial, 40);
    const uint32_t digest = trial_digest(trial), refusals = heap_get_counters(&trial->heap).refusals;
    const int found = heap_free_sized(&trial->heap, pointer, layout);
    EXPECT(trial, found == error || (found < 0 && error == 0));
    EXPECT(trial, heap_realloc_sized(&trial->heap, pointer, layout, 8) == NULL);
    EXPECT(trial, heap_last_error(&trial->heap) == found);
    EXPECT(trial, heap_usable_size(&trial->heap, pointer) == 0);
    EXPECT(trial, trial_digest(trial) == digest);
    EXPECT(trial, heap_get_counters(&trial->heap).refusals == refusals + 2);
}

static const int any_error = 0;

void trial_foreign_pointers_are_refused(struct trial *trial)
{
    if (!trial_open(trial, NULL) || !EXPECT(trial, trial_alloc(trial, 0, 40))) {
        return;
    }
    uint8_t on_stack[8] = {0};
    expect_refused(trial, trial->spare, HEAP_E_FOREIGN);
    expect_refused(trial, trial->second, HEAP_E_FOREIGN);
    expect_refused(trial, on_stack, HEAP_E_FOREIGN);
    expect_refused(trial, trial->memory + trial->memory_bytes, HEAP_E_FOREIGN);
    if (trial->heap.base != trial->memory) {
        expect_refused(trial, trial->memory, HEAP_E_FOREIGN); /* the state block */
    }
    trial_verify(trial);
}

void trial_misaligned_pointers_are_refused(struct trial *trial)
{
    if (!trial_open(trial, NULL) || !EXPECT(trial, trial_alloc(trial, 0, 40))) {
        return;
    }
    for (uint32_t i = 1; i < trial->alignment; i++) {
        expect_refused(trial, trial->ledger[0].at + i, HEAP_E_MISALIGNED);
    }
    trial_verify(trial);
}

void trial_double_frees_are_refused(struct trial *trial)
{
    static const uint8_t orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {0, 2, 1}};
    for (uint32_t o = 0; trial_has(trial, HEAP_FINDS_DOUBLE_FREE) && o < sizeof orders / sizeof orders[0]; o++) {
        uint8_t *blocks[4];
        if (!trial_open(trial, NULL)) {
            return;
        }
        for (uint32_t i = 0; i < 4; i++) {
            EXPECT(trial, trial_alloc(trial, 0, 40));
            blocks[i] = trial->ledger[i].at;
        }
        for (uint32_t i = 0; i < 3; i++) {
            EXPECT(trial, heap_free_sized(&trial->heap, blocks[orders[o][i]], trial_layout(trial, 40)) == HEAP_OK);
            for (uint32_t k = 0; k <= i; k++) { /* also after it has merged with later ones */
                expect_refused(trial, blocks[orders[o][k]], HEAP_E_NOT_LIVE);
            }
        }
        EXPECT(trial, heap_check(&trial->heap, NULL) == HEAP_OK);
        EXPECT(trial, heap_free_sized(&trial->heap, blocks[3], trial_layout(trial, 40)) == HEAP_OK);
    }
}

/* Every aligned place of the arena that is not a payload; the payloads are zero, so nothing there looks like a header. */
void trial_interior_pointers_are_refused(struct trial *trial)
{
    if (!trial_open(trial, NULL)) {
        return;
    }
    for (uint32_t i = 0; i < 12; i++) {
        EXPECT(trial, trial_alloc(trial, 0, 1 + i * 5));
    }
    for (uint32_t i = 0; i < 4; i++) {
        trial_free(trial, i * 2);
    }
    for (uint32_t i = 0; i < trial->live; i++) {
        memset(trial->ledger[i].at, 0, trial->ledger[i].size);
    }
    if (trial->heap.bytes > 65536 || trial_has(trial, HEAP_NEEDS_LAYOUT)) {
        return; /* too many places; or no boundaries to tell */
    }
    for (heap_off off = 0; off < trial->heap.bytes; off += trial->alignment) {
        bool is_live = false;
        for (uint32_t i = 0; i < trial->live; i++) {
            is_live = is_live || heap_offset_of(&trial->heap, trial->ledger[i].at) == off;
        }
        if (!is_live) {
            const bool refused = heap_usable_size(&trial->heap, heap_pointer_at(&trial->heap, off)) == 0;
            EXPECT(trial, refused);
            if (refused && off % 64 == 0) { /* the digests of expect_refused make it slow */
                expect_refused(trial, heap_pointer_at(&trial->heap, off), any_error);
            }
        }
    }
    EXPECT(trial, heap_check(&trial->heap, NULL) == HEAP_OK);
}

/* ---- regions ---- */

void trial_regions_serve_and_stay_apart(struct trial *trial)
{
    if (!trial_open(trial, NULL)) {
        return;
    }
    EXPECT(trial, heap_add_region(&trial->heap, NULL, 100) == HEAP_E_ARGUMENT);
    EXPECT(trial, heap_add_region(&trial->heap, trial->second, 4) == HEAP_E_TOO_SMALL);
    const uint32_t digest = trial_digest(trial);
    const int error = heap_add_region(&trial->heap, trial->heap.base + 64, 1024);
    EXPECT(trial, error == HEAP_E_ARGUMENT || error == HEAP_E_REGIONS);
    EXPECT(trial, trial_digest(trial) == digest);
    if (HEAP_MAX_REGIONS == 1) {
        EXPECT(trial, heap_add_region(&trial->heap, trial->second, trial->second_bytes) == HEAP_E_REGIONS);
        return;
    }
    while (trial_alloc(trial, 0, trial->most)) {
    }
    const uint32_t before = trial->live;
    memset(trial->second, 0x5C, trial->second_bytes);
    if (!trial_add_region(trial, trial->second, trial->second_bytes)) {
        trial_verify(trial);
        return;
    }
    trial_verify(trial);
    while (trial_alloc(trial, 0, trial->most)) {
    }
    EXPECT(trial, trial->live > before || before == LEDGER_BLOCKS);
    trial_verify(trial);
    trial_free_all(trial);
    trial_verify(trial);
    enum { SMALL = 96 };
    while (trial->heap.region_count < HEAP_MAX_REGIONS) {
        uint8_t *next = trial->spare + (trial->heap.region_count - 2) * SMALL;
        const int added = heap_add_region(&trial->heap, next, SMALL);
        if (added != HEAP_OK) {
            EXPECT(trial, added == HEAP_E_TOO_SMALL || added == HEAP_E_REGIONS); /* a policy may take fewer than the handle */
            trial_verify(trial);
            return;
        }
        trial_verify(trial);
    }
    EXPECT(trial, heap_add_region(&trial->heap, trial->spare + HEAP_MAX_REGIONS * SMALL, SMALL) == HEAP_E_REGIONS);
}

/* A small first region, then a large one: requests larger than the first must be served from it, and its tables must do. */
void trial_larger_region_serves_larger_requests(struct trial *trial)
{
    if (HEAP_MAX_REGIONS == 1 || !trial_open(trial, NULL)) {
        return;
    }
    const struct heap_config config = trial_config(trial);
    size_t small = 768;
    while (small < trial->second_bytes && heap_init(&trial->heap, &config, trial->second, small) == HEAP_E_TOO_SMALL) {
        small += 256;
    }
    if (small >= trial->second_bytes || !trial_alloc(trial, 0, 24) || !trial_alloc(trial, 0, 40)) {
        return; /* the policy's least heap is no small one */
    }
    if (!trial_add_region(trial, trial->memory, trial->memory_bytes)) {
        return;
    }
    trial_verify(trial);
    if (!trial_has(trial, HEAP_FIXED_SIZE)) {
        EXPECT(trial, trial_alloc(trial, 0, 1200));
        EXPECT(trial, trial_realloc(trial, 0, 300));
    }
    trial_verify(trial);
    trial_free_all(trial);
    trial_verify(trial);
    for (heap_off off = 0; off < trial->heap.bytes; off += trial->alignment) { /* also the tables left behind */
        EXPECT(trial, heap_usable_size(&trial->heap, heap_pointer_at(&trial->heap, off)) == 0);
    }
}

/* ---- hooks ---- */

struct helper {
    struct trial *trial;
    struct heap_layout asked;
    uint32_t calls, depth, deepest, locks;
    bool adds;
};

static bool help(void *ctx, struct heap *heap, struct heap_layout request)
{
    struct helper *helper = ctx;
    helper->calls++;
    helper->asked = request;
    EXPECT(helper->trial, helper->depth == 0);
    return helper->adds && heap_add_region(heap, helper->trial->second, helper->trial->second_bytes) == HEAP_OK;
}

static void enter(void *ctx)
{
    struct helper *helper = ctx;
    helper->locks++;
    helper->depth++;
    helper->deepest = helper->depth > helper->deepest ? helper->depth : helper->deepest;
}

static void leave(void *ctx)
{
    struct helper *helper = ctx;
    EXPECT(helper->trial, helper->depth == 1);
    helper->depth--;
}

void trial_out_of_memory_hook_adds_and_retries(struct trial *trial)
{
    struct helper helper = {.trial = trial};
    const struct heap_hooks hooks = {.ctx = &helper, .out_of_memory = help};
    if (!trial_open(trial, &hooks)) {
        return;
    }
    while (heap_malloc(&trial->heap, 40) != NULL) {
    }
    EXPECT(trial, helper.calls == 1 && helper.asked.size == 40 && helper.asked.align == trial->heap.natural);
    EXPECT(trial, heap_get_counters(&trial->heap).failures == 1);
    EXPECT(trial, heap_malloc(&trial->heap, SIZE_MAX) == NULL && helper.asked.size == UINT32_MAX);
    EXPECT(trial, heap_last_error(&trial->heap) == HEAP_E_TOO_LARGE);
    helper.adds = true;
    helper.calls = 0;
    const bool served = heap_malloc(&trial->heap, 40) != NULL;
    EXPECT(trial, served == (trial->heap.region_count == 2) && helper.calls == 1);
    EXPECT(trial, HEAP_MAX_REGIONS == 1 || served || !trial_add_region(trial, trial->second, trial->second_bytes));
    EXPECT(trial, heap_check(&trial->heap, NULL) == HEAP_OK);
    helper.calls = 0;
    EXPECT(trial, heap_aligned_alloc(&trial->heap, 3, 8) == NULL && heap_free(&trial->heap, trial->spare) != HEAP_OK);
    EXPECT(trial, heap_realloc(&trial->heap, trial->spare, 8) == NULL && helper.calls == 0);
}

void trial_lock_hooks_balance(struct trial *trial)
{
    struct helper helper = {.trial = trial};
    const struct heap_hooks hooks = {.ctx = &helper, .lock = enter, .unlock = leave, .out_of_memory = help};
    if (!trial_open(trial, &hooks)) {
        return;
    }
    EXPECT(trial, trial_alloc(trial, 0, 24) && trial_alloc(trial, trial->alignment, 24) && trial_realloc(trial, 1, 40));
    (void)heap_calloc(&trial->heap, SIZE_MAX, 2);
    (void)heap_aligned_alloc(&trial->heap, 3, 8);
    (void)heap_aligned_alloc(&trial->heap, (size_t)1 << 20, 8);
    (void)heap_realloc(&trial->heap, trial->spare, 8);
    (void)heap_realloc_sized(&trial->heap, trial->ledger[0].at, (struct heap_layout){24, 3}, 8);
    (void)heap_realloc(&trial->heap, trial->ledger[0].at, SIZE_MAX);
    (void)heap_add_region(&trial->heap, trial->second, 8);
    (void)heap_get_counters(&trial->heap);
    trial_verify(trial);
    trial_free(trial, 1);
    (void)heap_free(&trial->heap, trial->spare);
    EXPECT(trial, helper.depth == 0 && helper.deepest == 1 && helper.locks >= 16);
}

/* ---- set-up ---- */

static bool stop(void *ctx, const struct heap_span *span)
{
    (void)span;
    ++*(uint32_t *)ctx;
    return false;
}

void trial_unset_heap_fails_safely(struct trial *trial)
{
    uint32_t visits = 0;
    memset(&trial->heap, 0, sizeof trial->heap);
    EXPECT(trial, heap_malloc(&trial->heap, 8) == NULL && heap_calloc(&trial->heap, 1, 8) == NULL);
    EXPECT(trial, heap_aligned_alloc(&trial->heap, 8, 8) == NULL && heap_realloc(&trial->heap, NULL, 8) == NULL);
    EXPECT(trial, heap_free(&trial->heap, trial->memory) == HEAP_E_FOREIGN && heap_free(&trial->heap, NULL) == HEAP_OK);
    EXPECT(trial, heap_realloc(&trial->heap, trial->memory, 8) == NULL && heap_usable_size(&trial->heap, trial->memory) == 0);
    EXPECT(trial, heap_add_region(&trial->heap, trial->second, trial->second_bytes) == HEAP_E_ARGUMENT);
    EXPECT(trial, heap_walk(&trial->heap, stop, &visits) == HEAP_E_ARGUMENT && visits == 0);
    EXPECT(trial, heap_check(&trial->heap, NULL) == HEAP_E_ARGUMENT);
    EXPECT(trial, heap_digest(&trial->heap) == 0 && heap_pointer_at(&trial->heap, 0) == NULL);
    EXPECT(trial, heap_get_counters(&trial->heap).failures == 4);
}

void trial_second_init_forgets_the_first(struct trial *trial)
{
    if (!trial_open(trial, NULL)) {
        return;
    }
    (void)trial_alloc(trial, 0, 48);
    (void)heap_add_region(&trial->heap, trial->second, trial->second_bytes);
    if (trial_open(trial, NULL)) {
        uint32_t visits = 0;
        EXPECT(trial, trial->heap.region_count == 1 && heap_get_counters(&trial->heap).allocations == 0);
        trial_verify(trial);
        EXPECT(trial, heap_walk(&trial->heap, stop, &visits) == HEAP_OK && visits == 1);
    }
}

struct patience {
    uint32_t visits, most;
};

static bool visit_some(void *ctx, const struct heap_span *span)
{
    struct patience *patience = ctx;
    (void)span;
    return ++patience->visits < patience->most;
}

void trial_walk_stops_when_told(struct trial *trial)
{
    if (!trial_open(trial, NULL)) {
        return;
    }
    (void)heap_add_region(&trial->heap, trial->second, trial->second_bytes);
    EXPECT(trial, trial_alloc(trial, 0, 24) && trial_alloc(trial, 0, 40));
    struct patience whole = {0, UINT32_MAX};
    EXPECT(trial, heap_walk(&trial->heap, visit_some, &whole) == HEAP_OK);
    for (uint32_t most = 1; most <= whole.visits; most++) {
        struct patience patience = {0, most};
        EXPECT(trial, heap_walk(&trial->heap, visit_some, &patience) == HEAP_OK && patience.visits == most);
    }
}

/* The least memory, a multiple of 8, that the policy takes. */
static uint32_t least_memory(struct trial *trial)
{
    const struct heap_config config = trial_config(trial);
    uint32_t least = 8;
    while (least < trial->memory_bytes && heap_init(&trial->heap, &config, trial->memory + 16, least) == HEAP_E_TOO_SMALL) {
        least += 8;
    }
    return least;
}

/* Every size around the least, at every misalignment: works or says TOO_SMALL, and never touches what lies around it. */
void trial_tiny_memory_is_refused_or_works(struct trial *trial)
{
    enum { GUARD = 16, SPAN = 256 };
    const struct heap_config config = trial_config(trial);
    const uint32_t least = least_memory(trial), from = least <= 128 ? 0 : least - 128;
    uint32_t worked = 0;
    if (GUARD + 16 + from + SPAN + GUARD > trial->memory_bytes) {
        return;
    }
    for (uint32_t skew = 0; skew < 16; skew++) {
        for (uint32_t size = from; size <= from + SPAN; size++) {
            uint8_t *memory = trial->memory + GUARD + skew;
            memset(trial->memory, 0xE5, GUARD + 16 + size + GUARD);
            const int error = heap_init(&trial->heap, &config, memory, size);
            trial->live = 0;
            if (error == HEAP_OK) {
                worked++;
                while (trial_alloc(trial, 0, 1 + trial->live * 3 % 24)) {
                }
                (void)(trial->live != 0 && trial_realloc(trial, 0, 40));
                trial_verify(trial);
                trial_free_all(trial);
                trial_verify(trial);
            } else {
                EXPECT(trial, error == HEAP_E_TOO_SMALL && heap_malloc(&trial->heap, 1) == NULL);
            }
            bool intact = true;
            for (uint32_t i = 0; i < GUARD; i++) {
                intact = intact && trial->memory[i] == 0xE5 && memory[size + i] == 0xE5;
            }
            for (uint32_t i = 0; i < skew; i++) {
                intact = intact && trial->memory[GUARD + i] == 0xE5;
            }
            EXPECT(trial, intact);
        }
    }
    EXPECT(trial, worked >= 16 * 8);
}

/* A policy that has its own alignment takes no other, and that one by name. */
static void expect_own_alignment(struct trial *trial, struct heap_config config)
{
    for (uint32_t alignment = 4; alignment <= 16; alignment *= 2) {
        config.alignment = alignment;
        const int error = heap_init(&trial->heap, &config, trial->memory, trial->memory_bytes);
        EXPECT(trial, error == (alignment == trial->alignment ? HEAP_OK : HEAP_E_ALIGNMENT));
    }
}

void trial_bad_configurations_are_refused(struct trial *trial)
{
    struct heap_config config = trial_config(trial);
    EXPECT(trial, heap_init(&trial->heap, &config, NULL, 1000) == HEAP_E_ARGUMENT);
    EXPECT(trial, heap_init(&trial->heap, &config, trial->memory, SIZE_MAX) == HEAP_E_ARGUMENT);
    config.alignment = 3;
    EXPECT(trial, heap_init(&trial->heap, &config, trial->memory, trial->memory_bytes) == HEAP_E_ALIGNMENT);
    config.alignment = 32;
    EXPECT(trial, heap_init(&trial->heap, &config, trial->memory, trial->memory_bytes) == HEAP_E_ALIGNMENT);
    if (trial->subject->alignment == 0) {
        expect_own_alignment(trial, config);
    }
    config.alignment = trial->subject->alignment;
    config.state = trial->second + 4;
    EXPECT(trial, heap_init(&trial->heap, &config, trial->memory, trial->memory_bytes) == HEAP_E_ARGUMENT);
    config.state = trial->second;
    EXPECT(trial, heap_init(&trial->heap, &config, trial->memory, trial->memory_bytes) == HEAP_OK);
    EXPECT(trial, trial->heap.base == trial->memory && trial->heap.bytes == trial->memory_bytes);
    EXPECT(trial, heap_offset_of(&trial->heap, trial->memory) == 0 && heap_pointer_at(&trial->heap, 0) == trial->memory);
    EXPECT(trial, heap_pointer_at(&trial->heap, trial->heap.bytes) == NULL);
}

/* Nothing in the image is an address: copied elsewhere, to the same place in a page, the heap goes on, and gives the same offsets. */
void trial_moved_arena_goes_on(struct trial *trial)
{
    enum { PAGE = 4096 };
    const struct heap_config config = trial_config(trial);
    const size_t bytes = trial->memory_bytes & ~(size_t)(PAGE - 1);
    if (trial_has(trial, HEAP_NO_IMAGE) || !EXPECT(trial, heap_init(&trial->heap, &config, trial->memory, bytes) == HEAP_OK)) {
        return;
    }
    uint8_t *to = trial->memory + bytes;
    for (uint32_t i = 0; i < 10; i++) {
        EXPECT(trial, trial_alloc(trial, 0, 5 + i * 3));
    }
    for (uint32_t i = 0; i < 4; i++) {
        trial_free(trial, i);
    }
    const uint32_t digest = heap_digest(&trial->heap);
    memcpy(to, trial->memory, bytes);
    memset(trial->memory, 0xDD, bytes);
    trial->heap.base += bytes;
    trial->heap.state += bytes;
    trial->heap.regions[0].base += bytes;
    for (uint32_t i = 0; i < trial->live; i++) {
        trial->ledger[i].at += bytes;
    }
    EXPECT(trial, heap_digest(&trial->heap) == digest);
    trial_verify(trial);
    EXPECT(trial, trial_alloc(trial, 0, 30));
    trial_free_all(trial);
    trial_verify(trial);
}
