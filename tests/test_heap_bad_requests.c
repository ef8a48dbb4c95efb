/* Requests at the edges of every type, on an empty, a one-block, a checkerboard and a full heap: served properly, or NULL with the
 * image as it was. And the sequences that broke other allocators, as one table. */
#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <heap/heap.h>
#include <heap/policy.h>

#include "policy_support.h"

enum { ARENA = 2048, SIZES_MOST = 600, LIVE_MOST = 30000 };

static _Alignas(4096) unsigned char memory[SUPPORT_MOST], second[1024], state[SUPPORT_STATE_BYTES];
static uint32_t arena; /* ARENA bytes, or what the policy under test needs */
static size_t edge_sizes[SIZES_MOST];
static size_t edge_count;

static void add_edge(size_t size)
{
    ck_assert_uint_lt(edge_count, SIZES_MOST);
    edge_sizes[edge_count++] = size;
}

static void list_edges(void)
{
    edge_count = 0;
    for (size_t k = 0; k <= 80; k++) {
        add_edge(SIZE_MAX - k);
        add_edge(SIZE_MAX / 2 - k);
        add_edge(SIZE_MAX / 2 + 1 + k);
    }
    for (size_t k = 0; k <= 40; k++) {
        add_edge(arena - k);
        add_edge(arena + k);
        add_edge(UINT32_MAX - k);
    }
    for (unsigned j = 0; j < sizeof(size_t) * 8; j++) {
        add_edge(((size_t)1 << j) - 1);
        add_edge((size_t)1 << j);
        add_edge(((size_t)1 << j) + 1);
    }
}

static void choose_arena(const struct heap_policy *policy)
{
    arena = support_arena(policy, memory, state, ARENA, sizeof memory);
    ck_assert_msg(arena != 0, "%s does nothing in %zu bytes", policy->name, sizeof memory);
}

enum fill { EMPTY, ONE_BLOCK, CHECKERBOARD, FULL, FILLS };

static void set_up(struct heap *heap, const struct heap_policy *policy, enum fill fill, void **live)
{
    const struct heap_config config = {.policy = policy, .state = state};
    static void *blocks[LIVE_MOST];
    int count = 0;
    memset(memory, 0, arena);
    ck_assert_int_eq(heap_init(heap, &config, memory, arena), HEAP_OK);
    *live = NULL;
    if (fill != EMPTY) {
        *live = heap_malloc(heap, 24);
        ck_assert_ptr_nonnull(*live);
    }
    while (fill >= CHECKERBOARD && count < LIVE_MOST && (blocks[count] = heap_malloc(heap, 40)) != NULL) {
        count++;
    }
    for (int i = 0; fill == CHECKERBOARD && i < count; i += 2) {
        ck_assert_int_eq(heap_free_sized(heap, blocks[i], support_layout(heap, 40)), HEAP_OK);
    }
    if (*live != NULL) {
        memset(*live, 0x77, 24);
    }
}

static void *request(struct heap *heap, int how, void *live, size_t size)
{
    switch (how) {
    case 0: return heap_malloc(heap, size);
    case 1: return heap_calloc(heap, 1, size);
    case 2: return heap_realloc(heap, NULL, size);
    case 3: return heap_aligned_alloc(heap, 32, size);
    case 4: return heap_calloc(heap, size, 2);
    default: return heap_realloc_sized(heap, live, support_layout(heap, 24), size);
    }
}

/* A large arena's image is looked at every now and then only: it takes too long. */
static uint32_t image_of(const struct heap *heap, uint32_t input)
{
    return arena <= 16384 || input % 16 == 0 ? support_digest(heap) : 0;
}

/* One request; afterwards the heap is sound, and as before if there was no block. */
static void try_request(struct heap *heap, const struct heap_policy *policy, int how, void *live, size_t size, uint32_t input)
{
    const uint32_t digest = image_of(heap, input), failures = heap->counters.failures;
    unsigned char *got = request(heap, how, live, size);
    const size_t bytes = how == 4 ? size * 2 : size;
    ck_assert_msg(got == NULL || (size < arena && bytes <= arena), "%s serves %zu bytes, way %d", policy->name, size, how);
    if (got == NULL) {
        ck_assert_msg(image_of(heap, input) == digest, "%s changes the image by a failed request for %zu, way %d", policy->name, size, how);
        ck_assert_uint_eq(heap->counters.failures, failures + (size != 0));
        return;
    }
    ck_assert_uint_ne(heap_offset_of(heap, got), HEAP_NONE);
    ck_assert_uint_ne(heap_offset_of(heap, got + bytes - 1), HEAP_NONE);
    memset(got, 0x99, bytes);
    ck_assert(support_is_sound(heap));
    ck_assert_int_eq(heap_free_sized(heap, got, (struct heap_layout){(uint32_t)bytes, how == 3 ? 32 : heap->natural}), HEAP_OK);
}

START_TEST(edge_sizes_are_served_or_change_nothing)
{
    const struct heap_policy *policy = heap_policies[_i];
    unsigned inputs = 0;
    choose_arena(policy);
    list_edges();
    for (enum fill fill = EMPTY; fill < FILLS; fill++) {
        for (int how = 0; how < 6; how++) {
            struct heap heap;
            void *live = NULL;
            set_up(&heap, policy, fill, &live);
            for (size_t s = 0; s < edge_count; s++) {
                if (how == 5 && (live == NULL || edge_sizes[s] < arena)) {
                    continue; /* a realloc that succeeds or frees is no bad request */
                }
                try_request(&heap, policy, how, live, edge_sizes[s], inputs++);
            }
            for (int i = 0; live != NULL && i < 24; i++) {
                ck_assert_uint_eq(((unsigned char *)live)[i], 0x77);
            }
            ck_assert(support_is_sound(&heap));
        }
    }
    ck_assert_uint_ge(inputs, 500);
}
END_TEST

static void try_size(const struct heap_policy *policy, enum fill fill, uint32_t largest, size_t size)
{
    struct heap heap;
    void *live = NULL;
    set_up(&heap, policy, fill, &live);
    const void *got = heap_malloc(&heap, size);
    ck_assert_msg(size > largest ? got == NULL : size < largest || got != NULL, "%s: %zu of %u", policy->name, size, largest);
    ck_assert(got == NULL || support_has(policy, HEAP_NEEDS_LAYOUT) || heap_usable_size(&heap, got) >= size);
}

/* All sizes there are below the arena's, on a fresh heap (in a large one those around the answer): usable size, largest_request and
 * alloc must agree. */
START_TEST(largest_request_is_exact)
{
    const struct heap_policy *policy = heap_policies[_i];
    struct heap heap;
    void *live = NULL;
    if (support_has(policy, HEAP_NO_IMAGE)) {
        return; /* nobody knows */
    }
    choose_arena(policy);
    for (enum fill fill = EMPTY; fill < FILLS; fill++) {
        set_up(&heap, policy, fill, &live);
        const uint32_t largest = policy->inspect->largest_request(&heap);
        const uint32_t step = arena <= 4096 ? 1 : arena / 64 - 1;
        for (uint32_t size = 1; size < arena; size += step) {
            try_size(policy, fill, largest, size);
        }
        for (uint32_t size = largest != 0 ? largest : 1; step != 1 && size < largest + 9 && size < arena; size++) {
            try_size(policy, fill, largest, size);
        }
    }
}
END_TEST

/* ---- sequences that broke other allocators ---- */

/* a N: allocate N; f: free #K; r: reallocate #K to N; A: align. Slots are letters. The string is "op slot number …". */
struct sequence {
    const char *name;
    const char *ops;
    const char *must; /* slots that must hold blocks at the end */
};

static const struct sequence sequences[] = {
    {"realloc shrinks beside the lowest free block", "a A 100, a B 40, a C 40, r A 20, f C, a D 60, a E 40", "ABDE"},
    {"realloc through a new block frees the old one", "a A 400, a B 40, r A 700, a C 380", "ABC"},
    {"malloc(0) misaligns nothing", "a A 0, a B 9, a C 0, a D 9", "BD"},
    {"the tail of an aligned block is sized from its start", "l A 33, a B 24, l C 57, f A, l D 33, f C, f B", "D"},
    {"realloc to the same size beside a free right neighbour", "a A 40, a B 40, a C 40, f B, r A 40, a D 40", "ACD"},
    {"padding behind an aligned block is not lost", "l A 8, l B 8, l C 8, f B, f A, f C, a D 1500", "D"},
    {"a free between two holes", "a A 40, a B 40, a C 40, a D 40, f A, f C, f B, a E 120", "DE"},
    {"a free before a hole at the end", "a A 40, a B 40, f B, f A, a C 1500", "C"},
    {"a block freed at a class's bound is taken again", "a A 124, a B 40, f A, a C 124, f C, a D 120", "BD"},
    {"a failed realloc keeps the block", "a A 100, r A 5000, r A 5000, a B 100", "AB"},
    {"the only hole is taken whole", "a A 1500, f A, a B 1500, f B, a C 1500", "C"},
    {"remainders are linked where they belong", "a A 200, a B 40, a C 200, a D 40, f A, f C, a E 60, a F 60, f E, f F, a G 190, a H 190", "BDGH"},
    {"a block grows down when nothing else is left", "a A 500, a B 900, f A, r B 1300", "B"},
};

struct sequence_slot {
    void *at;
    struct heap_layout layout;
};

static void run_op(struct heap *heap, struct sequence_slot *slot, char op, char letter, size_t size)
{
    const struct heap_layout old = slot->layout;
    if (op == 'f') {
        ck_assert_int_eq(heap_free_sized(heap, slot->at, old), HEAP_OK);
        slot->at = NULL;
    } else if (op == 'r') {
        void *moved = heap_realloc_sized(heap, slot->at, old, size);
        slot->at = moved != NULL ? moved : slot->at;
        slot->layout.size = moved != NULL ? (uint32_t)size : old.size;
    } else {
        slot->layout = (struct heap_layout){(uint32_t)size, op == 'l' ? 64 : heap->natural};
        slot->at = op == 'l' ? heap_aligned_alloc(heap, 64, size) : heap_malloc(heap, size);
    }
    if (slot->at != NULL) {
        memset(slot->at, letter, slot->layout.size);
    }
    ck_assert(support_is_sound(heap));
}

/* A replica need not hold what our policies must, but what it holds is whole. */
static void check_slots(const struct heap_policy *policy, const struct sequence *sequence, const struct sequence_slot *slots)
{
    for (unsigned slot = 0; slot < 26; slot++) {
        const char letter = (char)('A' + slot);
        const bool must = strchr(sequence->must, letter) != NULL;
        ck_assert_msg((slots[slot].at != NULL) == must || policy->inspect->replica != NULL, "%s: %s: slot %c", policy->name, sequence->name, letter);
        for (uint32_t i = 0; slots[slot].at != NULL && i < slots[slot].layout.size; i++) {
            ck_assert_int_eq(((char *)slots[slot].at)[i], letter);
        }
    }
}

START_TEST(known_bugs_stay_away)
{
    const struct heap_policy *policy = heap_policies[_i];
    if (!support_has(policy, HEAP_COALESCES | HEAP_FREES) && policy->inspect->replica == NULL) {
        return; /* the sequences count on whole blocks of any size */
    }
    choose_arena(policy);
    for (size_t s = 0; s < sizeof sequences / sizeof sequences[0]; s++) {
        struct heap heap;
        struct sequence_slot slots[26] = {{NULL, {0, 0}}};
        void *live = NULL;
        const char *at = sequences[s].ops;
        set_up(&heap, policy, EMPTY, &live);
        while (*at != '\0') {
            const char op = at[0];
            const char letter = at[2];
            char *end = NULL;
            const size_t size = strtoul(at + 3, &end, 10);
            run_op(&heap, &slots[letter - 'A'], op, letter, size);
            at = *end == ',' ? end + 2 : end;
        }
        check_slots(policy, &sequences[s], slots);
    }
}
END_TEST

/* A buddy that has no buddy in its region, at the top order and at the bottom; memory that is no power of two. */
START_TEST(odd_memory_merges_back)
{
    const struct heap_policy *policy = heap_policies[_i];
    for (size_t bytes = 800; bytes < ARENA; bytes += 56) {
        struct heap heap;
        const struct heap_config config = {.policy = policy, .state = state};
        void *blocks[200];
        int count = 0;
        const int error = heap_init(&heap, &config, memory, bytes);
        if (policy->inspect->replica != NULL && error == HEAP_E_TOO_SMALL) {
            continue;
        }
        ck_assert_int_eq(error, HEAP_OK);
        const int added = heap_add_region(&heap, second, 200 + bytes / 4);
        ck_assert(added == HEAP_OK || policy->inspect->replica != NULL);
        const uint32_t largest = policy->inspect->largest_request(&heap);
        while (count < 200 && (blocks[count] = heap_malloc(&heap, 16)) != NULL) {
            count++;
        }
        while (count-- > 0) {
            ck_assert_int_eq(heap_free_sized(&heap, blocks[count], support_layout(&heap, 16)), HEAP_OK);
            ck_assert(support_is_sound(&heap));
        }
        ck_assert((policy->inspect->traits & HEAP_RESTORES) == 0 || policy->inspect->largest_request(&heap) == largest);
    }
}
END_TEST

START_TEST(errors_have_names_and_sentences)
{
    ck_assert_str_eq(heap_error_name(HEAP_OK), "OK");
    ck_assert_str_eq(heap_error_name(HEAP_E_NOT_LIVE), "NOT_LIVE");
    ck_assert_str_eq(heap_error_name(1), "?");
    for (int code = -13; code <= 1; code++) {
        ck_assert_uint_gt(strlen(heap_error_name(code)), 0);
        ck_assert_uint_gt(strlen(heap_error_text(code)), 5);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("heap_bad_requests");
    TCase *cases = tcase_create("requests");
    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, edge_sizes_are_served_or_change_nothing, 0, (int)heap_policy_count);
    tcase_add_loop_test(cases, largest_request_is_exact, 0, (int)heap_policy_count);
    tcase_add_loop_test(cases, known_bugs_stay_away, 0, (int)heap_policy_count);
    tcase_add_loop_test(cases, odd_memory_merges_back, 0, (int)heap_policy_count);
    tcase_add_test(cases, errors_have_names_and_sentences);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
