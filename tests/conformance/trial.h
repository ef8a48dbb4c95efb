/* trial.h: one conformance test at work: its heap, and a ledger of live blocks that the heap does not know of. */
#ifndef CONFORMANCE_TRIAL_H
#define CONFORMANCE_TRIAL_H

#include <string.h>

#include "conformance.h"

#define LEDGER_BLOCKS 48u

struct trial_block {
    uint8_t *at;
    uint32_t size, align;
};

struct trial {
    const struct conformance *subject;
    const char *name;
    uint32_t failures, traits, alignment; /* every payload's */
    struct heap heap;
    uint8_t *memory, *second, *spare; /* the heap's; for a second region; never given to the heap */
    size_t memory_bytes, second_bytes;
    uint32_t most; /* the largest size that these tests ask for casually */
    uint32_t live;
    struct trial_block ledger[LEDGER_BLOCKS];
};

#define EXPECT(trial, condition) trial_expect(trial, (condition), #condition, __LINE__)
bool trial_expect(struct trial *trial, bool holds, const char *what, uint32_t line);

/* An empty heap over dirty memory, without hooks or with them. False = it could not be set up, which is reported. */
bool trial_open(struct trial *trial, const struct heap_hooks *hooks);

/* Operations that keep the ledger and check the result: aligned, inside, old content kept. false: the heap had no memory. */
bool trial_alloc(struct trial *trial, uint32_t align, uint32_t size);
bool trial_realloc(struct trial *trial, uint32_t index, uint32_t size);
void trial_free(struct trial *trial, uint32_t index);
void trial_free_all(struct trial *trial);

/* Adds a region. False: neither policy nor build takes another, and nothing has changed; any other answer is reported. */
bool trial_add_region(struct trial *trial, uint8_t *memory, size_t bytes);

/* What must stay equal when nothing may change; 0 where the policy has no image. */
uint32_t trial_digest(const struct trial *trial);

/* The layout that the owner of a block of this size knows. */
static inline struct heap_layout trial_layout(const struct trial *trial, uint32_t size)
{
    return (struct heap_layout){size, trial->heap.natural};
}

/* heap_check passes; the walk covers the arena once and shows exactly the ledger's blocks; their content is what was written. */
void trial_verify(struct trial *trial);

/* An empty heap's configuration. */
static inline struct heap_config trial_config(const struct trial *trial)
{
    return (struct heap_config){.policy = trial->subject->policy, .alignment = trial->subject->alignment};
}

static inline bool trial_has(const struct trial *trial, uint32_t traits) { return (trial->traits & traits) == traits; }

/* A test, in the two tables of conformance.c. */
typedef void (*trial_test)(struct trial *trial);

#define TRIAL_TESTS(X)                                                                                                        \
    X(payloads_are_aligned_and_disjoint)                                                                                      \
    X(size_zero_is_null_and_no_failure)                                                                                       \
    X(null_is_accepted)                                                                                                       \
    X(too_large_requests_change_nothing)                                                                                      \
    X(calloc_overflow_fails)                                                                                                  \
    X(calloc_zeroes)                                                                                                          \
    X(every_alignment_is_served_or_refused)                                                                                   \
    X(realloc_keeps_content)                                                                                                  \
    X(realloc_grows_the_last_block_in_place)                                                                                  \
    X(failed_realloc_keeps_the_block)                                                                                         \
    X(exhausted_heap_refills)                                                                                                 \
    X(checkerboard_merges)                                                                                                    \
    X(foreign_pointers_are_refused)                                                                                           \
    X(misaligned_pointers_are_refused)                                                                                        \
    X(double_frees_are_refused)                                                                                               \
    X(interior_pointers_are_refused)                                                                                          \
    X(walk_stops_when_told)                                                                                                   \
    X(counters_count)                                                                                                         \
    X(regions_serve_and_stay_apart)                                                                                           \
    X(larger_region_serves_larger_requests)                                                                                   \
    X(out_of_memory_hook_adds_and_retries)                                                                                    \
    X(lock_hooks_balance)                                                                                                     \
    X(unset_heap_fails_safely)                                                                                                \
    X(second_init_forgets_the_first)                                                                                          \
    X(tiny_memory_is_refused_or_works)                                                                                        \
    X(bad_configurations_are_refused)                                                                                         \
    X(moved_arena_goes_on)                                                                                                    \
    X(regions_have_nominal_addresses)                                                                                         \
    X(regions_are_resized_or_not)                                                                                             \
    X(free_asks_for_the_layout_where_it_needs_it)

#define X(name) void trial_##name(struct trial *trial);
TRIAL_TESTS(X)
#undef X

#endif
