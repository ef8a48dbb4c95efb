/* explore.c: every state that a tiny heap can reach. From the empty heap, each operation of a small set is applied to each state once;
 * when no new state appears, every sequence of these operations, of any length, has been covered.
 *
 * A state is the arena's image and the live set. Two heaps run side by side over complementary garbage: a byte that is equal in both
 * was written by the policy, one that differs is stale and belongs to no state. The garbage changes with every visit, so that a
 * policy that looks at stale bytes is found: the two heaps then part. In free blocks only the first 12 and the last 4 bytes count,
 * which is all that our policies keep there; in a replica's, as many as its smallest block has.
 *
 * What a policy keeps apart from the arena is saved with each state; those of its words that are nominal addresses distinguish states.
 * The others are sums and counts (of calls, of the most ever used) that follow from the arena or steer nothing.
 *
 * After each operation: the result inside the arena, aligned, apart from all live blocks; their content kept; heap_check, the walk
 * against the live set; a failed operation changed nothing; a policy that claims to tell every bad pointer tells them. The map of
 * bitmap_fit is read once more, by somebody who knows nothing of the policy. Printed is also how many blocks one operation looked at.
 *
 *     explore [--room BYTES] [--most STATES] [--regions N] [--scale N] [POLICY]...
 *
 * --room: bytes above the smallest heap that the policy can set up. --scale: sizes are N times the usual ones, for what large blocks have. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitmap_fit_map.h"
#include "policy_support.h"

enum { ARENA_MOST = 4096, LIVE_MOST = 16, EDGE_FRONT = 12, EDGE_BACK = 4, EDGE_UNKNOWN = 32, ROOM_LEAST = 16 };

#define STATES_BYTES (UINT64_C(1) << 28) /* of all states together, at most */

static const uint32_t sizes[] = {8, 24, 40};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

struct live {
    uint16_t off, size, align, unused;
};

/* All of it but the raw state block is compared and hashed, so unused bytes are 0. Live blocks are in the order of offsets.
 *
 *     | live | arena bytes | a stale bit for each | addresses in the state block | the state block |
 */
struct state {
    struct live live[LIVE_MOST];
    uint8_t rest[];
};

struct explorer {
    const struct heap_policy *policy;
    struct heap heaps[2];
    uint32_t arena, apart, regions, poison; /* apart: bytes of the state block */
    uint32_t scale;                         /* sizes are so many times the usual ones */
    uint32_t added;                         /* bytes of each region but the first */
    uint32_t front;                         /* the first bytes of a free block that count; and the last EDGE_BACK do */
    size_t compared, stride;                /* bytes of a state */
    uint8_t *states;
    struct state *current;
    uint32_t *table; /* state number + 1; 0 = empty */
    uint32_t state_count, state_most, table_mask;
    uint64_t transitions, visits; /* visits: the most of one operation */
    const char *wrong;
};

static _Alignas(4096) uint8_t memory[2][4 * ARENA_MOST];
static _Alignas(8) uint8_t blocks_of_state[2][SUPPORT_STATE_BYTES];

static uint32_t stale_bytes(const struct explorer *explorer) { return (explorer->arena / 8 + 7) & ~7u; }
static uint8_t *arena_bytes(const struct explorer *explorer, struct state *state) { return (void)explorer, state->rest; }
static uint8_t *stale_bits(const struct explorer *explorer, struct state *state) { return state->rest + explorer->arena; }
static uint8_t *addresses_apart(const struct explorer *explorer, struct state *state) { return stale_bits(explorer, state) + stale_bytes(explorer); }
static uint8_t *bytes_apart(const struct explorer *explorer, struct state *state) { return addresses_apart(explorer, state) + explorer->apart; }

static struct state *state_at(const struct explorer *explorer, uint32_t index)
{
    return (struct state *)(void *)(explorer->states + index * explorer->stride);
}

static void wrong(struct explorer *explorer, const char *what)
{
    explorer->wrong = explorer->wrong != NULL ? explorer->wrong : what;
}

/* ---- the two heaps ---- */

static uint8_t garbage(uint32_t side, uint32_t value) { return (uint8_t)(side == 0 ? value : ~value); }

/* What a live payload holds at byte i. */
static uint8_t content(uint32_t side, uint32_t i) { return garbage(side, 0x35u + i * 11u); }

static uint32_t live_count(const struct state *state)
{
    uint32_t count = 0;
    while (count < LIVE_MOST && state->live[count].size != 0) {
        count++;
    }
    return count;
}

static void set_stale(const struct explorer *explorer, struct state *state, uint32_t at)
{
    uint8_t *byte = &stale_bits(explorer, state)[at / 8];
    *byte = (uint8_t)(*byte | 1u << at % 8);
}

static bool is_stale(const struct explorer *explorer, struct state *state, uint32_t at)
{
    return ((uint32_t)stale_bits(explorer, state)[at / 8] >> at % 8 & 1u) != 0;
}

/* Both arenas as the state says, with new garbage; payloads as their owners filled them. */
static void restore(struct explorer *explorer, struct state *state)
{
    explorer->poison = explorer->poison * 1664525u + 1013904223u;
    for (uint32_t side = 0; side < 2; side++) {
        uint8_t *arena = explorer->heaps[side].base;
        for (uint32_t i = 0; i < explorer->arena; i++) {
            arena[i] = is_stale(explorer, state, i) ? garbage(side, explorer->poison >> (i % 24)) : arena_bytes(explorer, state)[i];
        }
        memcpy(explorer->heaps[side].state, bytes_apart(explorer, state), explorer->policy->state_bytes);
        for (uint32_t l = 0; l < live_count(state); l++) {
            for (uint32_t i = 0; i < state->live[l].size; i++) {
                arena[state->live[l].off + i] = content(side, i);
            }
        }
    }
}

/* The first byte that its owner may have written in a span of payload. Where boundaries are not known, that is each block's own. */
static uint32_t owned_from(const struct state *state, const struct heap_span *span)
{
    for (uint32_t l = 0; l < live_count(state); l++) {
        if (state->live[l].off >= span->off && state->live[l].off < span->off + span->size) {
            return state->live[l].off - span->off;
        }
    }
    return 0;
}

static bool mark_stale(void *ctx, const struct heap_span *span)
{
    struct explorer *explorer = ctx;
    struct state *state = explorer->current;
    const bool bounded = !support_has(explorer->policy, HEAP_NEEDS_LAYOUT);
    const bool whole = span->kind == HEAP_PAYLOAD || span->kind == HEAP_RESERVED;
    uint32_t from = 0, until = span->size;
    if (span->kind == HEAP_PAYLOAD) {
        from = bounded ? owned_from(state, span) : until;
    } else if (span->kind == HEAP_FREE) {
        from = explorer->front;
        until = span->size > EDGE_BACK ? span->size - EDGE_BACK : 0;
    }
    for (uint32_t i = from; (whole || span->kind == HEAP_FREE) && i < until; i++) {
        set_stale(explorer, state, span->off + i);
    }
    return true;
}

/* The state block of both heaps, and those of its words that are addresses in the heap. */
static void observe_apart(struct explorer *explorer, struct state *state)
{
    const struct heap *heap = &explorer->heaps[0];
    const struct heap_region *last = &heap->regions[heap->region_count - 1];
    if (memcmp(heap->state, explorer->heaps[1].state, explorer->policy->state_bytes) != 0) {
        wrong(explorer, "the state block depends on stale bytes");
    }
    memset(addresses_apart(explorer, state), 0, 2 * explorer->apart);
    memcpy(bytes_apart(explorer, state), heap->state, explorer->policy->state_bytes);
    for (uint32_t i = 0; i + 4 <= explorer->policy->state_bytes; i += 4) {
        uint32_t word = 0;
        memcpy(&word, heap->state + i, sizeof word);
        if (word >= heap->regions[0].address && word <= last->address + last->bytes) {
            memcpy(addresses_apart(explorer, state) + i, &word, sizeof word);
        }
    }
}

/* The state that the heaps are in now. */
static void observe(struct explorer *explorer, struct state *state)
{
    const uint8_t *one = explorer->heaps[0].base, *other = explorer->heaps[1].base;
    memset(state->rest, 0, explorer->compared - sizeof *state);
    explorer->current = state;
    if (heap_walk(&explorer->heaps[0], mark_stale, explorer) != HEAP_OK) {
        wrong(explorer, "the walk is lost");
    }
    for (uint32_t l = 0; l < live_count(state); l++) {
        for (uint32_t i = 0; i < state->live[l].size; i++) {
            set_stale(explorer, state, state->live[l].off + i);
        }
    }
    for (uint32_t i = 0; i < explorer->arena; i++) {
        if (is_stale(explorer, state, i) || one[i] != other[i]) {
            set_stale(explorer, state, i);
        } else {
            arena_bytes(explorer, state)[i] = one[i];
        }
    }
    observe_apart(explorer, state);
}

/* ---- the set of states ---- */

static uint32_t hash(const struct explorer *explorer, const struct state *state)
{
    uint64_t h = 14695981039346656037u;
    const uint8_t *bytes = (const uint8_t *)state;
    for (size_t i = 0; i < explorer->compared; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, sizeof word);
        h = (h ^ word) * 1099511628211u;
        h ^= h >> 29;
    }
    return (uint32_t)(h ^ h >> 32);
}

static bool set_init(struct explorer *explorer, uint32_t most)
{
    uint32_t slots = 1024;
    explorer->apart = (explorer->policy->state_bytes + 7u) & ~7u;
    explorer->compared = sizeof(struct state) + explorer->arena + stale_bytes(explorer) + explorer->apart;
    explorer->stride = explorer->compared + explorer->apart;
    most = most < STATES_BYTES / explorer->stride ? most : (uint32_t)(STATES_BYTES / explorer->stride);
    while (slots < 2 * most) {
        slots *= 2;
    }
    explorer->state_most = most;
    explorer->table_mask = slots - 1;
    explorer->table = calloc(slots, sizeof *explorer->table);
    explorer->states = malloc((size_t)(most + 1) * explorer->stride);
    return explorer->table != NULL && explorer->states != NULL;
}

/* False = the set is full. */
static bool set_add(struct explorer *explorer, const struct state *state)
{
    uint32_t at = hash(explorer, state) & explorer->table_mask;
    for (; explorer->table[at] != 0; at = (at + 1) & explorer->table_mask) {
        if (memcmp(state_at(explorer, explorer->table[at] - 1), state, explorer->compared) == 0) {
            return true;
        }
    }
    if (explorer->state_count == explorer->state_most) {
        return false;
    }
    memcpy(state_at(explorer, explorer->state_count++), state, explorer->stride);
    explorer->table[at] = explorer->state_count;
    return true;
}

/* ---- the oracle ---- */

static void check_content(struct explorer *explorer, const struct live *live, uint32_t bytes)
{
    for (uint32_t side = 0; side < 2; side++) {
        for (uint32_t i = 0; i < bytes; i++) {
            if (explorer->heaps[side].base[live->off + i] != content(side, i)) {
                wrong(explorer, "content was lost");
                return;
            }
        }
    }
}

static bool count_payload(void *ctx, const struct heap_span *span)
{
    uint32_t *counts = ctx; /* payloads, the next offset or HEAP_NONE */
    counts[0] += span->kind == HEAP_PAYLOAD;
    counts[1] = counts[1] == span->off ? span->off + span->size : HEAP_NONE;
    return true;
}

static bool begins_live(const struct state *state, uint32_t off)
{
    for (uint32_t l = 0; l < live_count(state); l++) {
        if (state->live[l].off == off) {
            return true;
        }
    }
    return false;
}

/* bitmap_fit: the map alone describes every block. */
static void check_map(struct explorer *explorer, const struct state *state)
{
    static struct map_block blocks[ARENA_MOST / 16];
    const struct heap *heap = &explorer->heaps[0];
    uint32_t live = 0;
    for (uint32_t region = 0; region < heap->region_count; region++) {
        uint32_t count = 0;
        const char *error = map_tells(heap, region, blocks, ARENA_MOST / 16, &count);
        for (uint32_t i = 0; i < count && error == NULL; i++) {
            const bool same = !blocks[i].used || (live < live_count(state) && state->live[live].off == blocks[i].off &&
                                                  state->live[live].size <= blocks[i].bytes);
            live += blocks[i].used;
            error = same ? NULL : "the map and the live set disagree";
        }
        if (error != NULL) {
            wrong(explorer, error);
        }
    }
    if (live != live_count(state)) {
        wrong(explorer, "the map and the live set disagree");
    }
}

static void check_heaps(struct explorer *explorer, const struct state *state)
{
    struct heap *heap = &explorer->heaps[0];
    const uint32_t traits = explorer->policy->inspect->traits, live = live_count(state);
    uint32_t counts[2] = {0, 0};
    if (heap_check(heap, NULL) != HEAP_OK || heap_check(&explorer->heaps[1], NULL) != HEAP_OK) {
        wrong(explorer, "heap_check finds damage");
    }
    if (heap_walk(heap, count_payload, counts) != HEAP_OK || counts[1] != explorer->arena) {
        wrong(explorer, "the walk does not cover the arena");
    }
    if ((traits & HEAP_NEEDS_LAYOUT) == 0 && counts[0] != live) {
        wrong(explorer, "the walk and the live set disagree");
    }
    for (uint32_t l = 0; l < live; l++) {
        if (l + 1 < live && state->live[l].off + state->live[l].size > state->live[l + 1].off) {
            wrong(explorer, "live blocks overlap");
        }
    }
    if (strcmp(explorer->policy->name, "bitmap_fit") == 0) {
        check_map(explorer, state);
    }
    for (uint32_t off = 0; (traits & HEAP_FINDS_INTERIOR) != 0 && off < explorer->arena; off += heap->alignment) {
        if ((heap_usable_size(heap, heap->base + off) != 0) != begins_live(state, off)) {
            wrong(explorer, "a bad pointer is not told");
        }
    }
}

/* ---- operations ---- */

enum kind { MALLOC, CALLOC, ALIGNED_16, ALIGNED_32, FREE, REALLOC };

static uint32_t apply(struct heap *heap, enum kind kind, const struct live *live, uint32_t size)
{
    const struct heap_layout layout = {live->size, live->align};
    void *block = heap->base + live->off;
    switch (kind) {
    case MALLOC: return heap_offset_of(heap, heap_malloc(heap, size));
    case CALLOC: return heap_offset_of(heap, heap_calloc(heap, 1, size));
    case ALIGNED_16: return heap_offset_of(heap, heap_aligned_alloc(heap, 16, size));
    case ALIGNED_32: return heap_offset_of(heap, heap_aligned_alloc(heap, 32, size));
    case FREE: return heap_free_sized(heap, block, layout) == HEAP_OK ? 0 : HEAP_NONE;
    default: return heap_offset_of(heap, heap_realloc_sized(heap, block, layout, size));
    }
}

static void remove_live(struct state *state, uint32_t index)
{
    memmove(&state->live[index], &state->live[index + 1], (LIVE_MOST - 1 - index) * sizeof state->live[0]);
    state->live[LIVE_MOST - 1] = (struct live){0, 0, 0, 0};
}

static void insert_live(struct state *state, struct live live)
{
    uint32_t at = live_count(state);
    for (; at > 0 && state->live[at - 1].off > live.off; at--) {
        state->live[at] = state->live[at - 1];
    }
    state->live[at] = live;
}

static void check_result(struct explorer *explorer, enum kind kind, const struct live *old, const struct live *got)
{
    const uint32_t align = kind == ALIGNED_32 ? 32 : kind == ALIGNED_16 ? 16 : explorer->heaps[0].alignment;
    if (got->off % align != 0 || got->off % explorer->heaps[0].alignment != 0) {
        wrong(explorer, "a block is not aligned");
    }
    if ((uint32_t)got->off + got->size > explorer->arena) {
        wrong(explorer, "a block leaves the arena");
        return;
    }
    if (kind == REALLOC) {
        check_content(explorer, got, old->size < got->size ? old->size : got->size);
    }
    for (uint32_t i = 0; kind == CALLOC && i < got->size; i++) {
        if (explorer->heaps[0].base[got->off + i] != 0) {
            wrong(explorer, "calloc's bytes are not zero");
        }
    }
}

/* What the owner says of a block's alignment later: our policies do without, and have fewer states. */
static uint32_t known_align(const struct explorer *explorer, enum kind kind, const struct live *old)
{
    if (explorer->policy->inspect->replica == NULL) {
        return 0;
    }
    return kind == REALLOC ? old->align : kind == ALIGNED_32 ? 32 : kind == ALIGNED_16 ? 16 : explorer->heaps[0].natural;
}

/* One transition: false = the set is full. */
static bool step(struct explorer *explorer, uint32_t from, enum kind kind, uint32_t index, uint32_t size)
{
    struct state *state = state_at(explorer, explorer->state_most); /* a copy: it becomes the next */
    memcpy(state, state_at(explorer, from), explorer->stride);
    const struct live none = {0, 0, 0, 0}, old = kind >= FREE ? state->live[index] : none;
    restore(explorer, state);
    const uint32_t digest = heap_digest(&explorer->heaps[0]);
    const uint64_t steps = explorer->heaps[0].steps;
    const uint32_t off = apply(&explorer->heaps[0], kind, &old, size), other = apply(&explorer->heaps[1], kind, &old, size);
    explorer->transitions++;
    explorer->visits = explorer->heaps[0].steps - steps > explorer->visits ? explorer->heaps[0].steps - steps : explorer->visits;
    if (off != other) {
        wrong(explorer, "the result depends on stale bytes");
    }
    if (off == HEAP_NONE) {
        if (kind == FREE) {
            wrong(explorer, "the free of a live block is refused");
        }
        if (heap_digest(&explorer->heaps[0]) != digest) {
            wrong(explorer, "a failed operation changed the image");
        }
        return true;
    }
    if (kind >= FREE) {
        remove_live(state, index);
    }
    for (uint32_t l = 0; l < live_count(state); l++) {
        check_content(explorer, &state->live[l], state->live[l].size);
    }
    if (kind != FREE) {
        const struct live got = {(uint16_t)off, (uint16_t)size, (uint16_t)known_align(explorer, kind, &old), 0};
        check_result(explorer, kind, &old, &got);
        insert_live(state, got);
    }
    check_heaps(explorer, state);
    observe(explorer, state);
    return set_add(explorer, state);
}

/* Every operation from one state. */
static bool expand(struct explorer *explorer, uint32_t from)
{
    const uint32_t live = live_count(state_at(explorer, from));
    bool room = true;
    for (uint32_t s = 0; s < SIZES && room && explorer->wrong == NULL; s++) {
        const uint32_t size = sizes[s] * explorer->scale;
        if (live < LIVE_MOST) {
            room = step(explorer, from, MALLOC, 0, size) && (s != 1 || (step(explorer, from, CALLOC, 0, size) &&
                   step(explorer, from, ALIGNED_16, 0, size) && step(explorer, from, ALIGNED_32, 0, size)));
        }
        for (uint32_t l = 0; l < live && room && explorer->wrong == NULL; l++) {
            room = step(explorer, from, REALLOC, l, size);
        }
    }
    for (uint32_t l = 0; l < live && room && explorer->wrong == NULL; l++) {
        room = step(explorer, from, FREE, l, 0);
    }
    return room;
}

/* ---- a policy ---- */

/* False: not with so little memory, or regions. */
static bool open_heaps(struct explorer *explorer, uint32_t bytes)
{
    const struct heap_policy_inspect *inspect = explorer->policy->inspect;
    for (uint32_t side = 0; side < 2; side++) {
        struct heap_config config = {.policy = explorer->policy, .state = blocks_of_state[side]};
        const bool own_params = inspect->params != NULL && inspect->replica == NULL;
        config.params[0] = (inspect->traits & HEAP_FIXED_SIZE) != 0 ? 24 : own_params ? inspect->params[0].min : 0;
        memset(memory[side], garbage(side, 0), sizeof memory[side]);
        if (heap_init(&explorer->heaps[side], &config, memory[side], bytes) != HEAP_OK) {
            return false;
        }
        for (uint32_t i = 1; i < explorer->regions; i++) { /* side by side, so that offsets are addresses */
            const uint32_t first = explorer->heaps[side].bytes;
            if (heap_add_region(&explorer->heaps[side], memory[side] + first, explorer->added) != HEAP_OK) {
                return false;
            }
        }
    }
    explorer->arena = explorer->heaps[0].bytes;
    return explorer->arena <= ARENA_MOST;
}

/* The least that the policy takes as a second region: some keep more in the first. */
static uint32_t least_added(struct explorer *explorer)
{
    const uint32_t first = ARENA_MOST / 2;
    explorer->added = 0;
    while (explorer->added < first && !open_heaps(explorer, first)) {
        explorer->added += 8;
    }
    return explorer->added;
}

/* The heaps, empty, with `room` bytes in each region more than the least with which the policy serves a small block. False: not in
 * ARENA_MOST bytes. */
static bool open_smallest(struct explorer *explorer, uint32_t room)
{
    uint32_t bytes = 8;
    explorer->added = least_added(explorer) + room;
    while (bytes + room <= ARENA_MOST && !(open_heaps(explorer, bytes) && heap_malloc(&explorer->heaps[0], 8) != NULL)) {
        bytes += 8;
    }
    return open_heaps(explorer, bytes + room);
}

/* False: more states than there may be. */
static bool run(struct explorer *explorer)
{
    struct state *empty = state_at(explorer, explorer->state_most);
    bool complete = true;
    memset(empty, 0, explorer->stride);
    observe(explorer, empty);
    (void)set_add(explorer, empty);
    for (uint32_t next = 0; complete && explorer->wrong == NULL && next < explorer->state_count; next++) {
        complete = expand(explorer, next);
    }
    printf("%-22s %4" PRIu32 " B  %8" PRIu32 " states  %10" PRIu64 " transitions  %3" PRIu64 " visits  %s\n", explorer->policy->name, explorer->arena,
           explorer->state_count, explorer->transitions, explorer->visits,
           explorer->wrong != NULL ? explorer->wrong : complete ? "fixpoint" : "more states than --most");
    return complete;
}

static void choose_edges(struct explorer *explorer)
{
    const uint32_t smallest = explorer->policy->inspect->smallest_block;
    explorer->front = EDGE_FRONT;
    if (explorer->policy->inspect->replica != NULL) {
        explorer->front = smallest == 0 ? EDGE_UNKNOWN : smallest;
    }
}

/* In three quarters of the room where there are too many states. */
static bool explore(const struct heap_policy *policy, uint32_t room, uint32_t most, uint32_t regions, uint32_t scale)
{
    bool complete = false;
    room = support_has(policy, HEAP_FREES) ? room : room * 2 / 3; /* what is never freed keeps its whole past */
    for (; !complete && room >= ROOM_LEAST; room = room * 3 / 32 * 8) {
        struct explorer explorer = {.policy = policy, .regions = regions, .scale = scale, .poison = 1};
        choose_edges(&explorer);
        if (support_has(policy, HEAP_NO_IMAGE) || !open_smallest(&explorer, room)) {
            printf("%-22s is left out: not with %" PRIu32 " regions in %d B\n", policy->name, regions, ARENA_MOST);
            return policy->inspect->replica != NULL;
        }
        complete = set_init(&explorer, most) && run(&explorer);
        free(explorer.table);
        free(explorer.states);
        if (explorer.wrong != NULL) {
            return false;
        }
    }
    return complete || policy->inspect->replica != NULL; /* nothing was wrong in those that were seen */
}

int main(int argc, char **argv)
{
    uint32_t room = 120, most = 30000, regions = 1, scale = 1;
    bool named = false, good = true;
    for (int i = 1; i < argc; i++) {
        uint32_t *number = strcmp(argv[i], "--room") == 0      ? &room
                           : strcmp(argv[i], "--most") == 0    ? &most
                           : strcmp(argv[i], "--regions") == 0 ? &regions
                           : strcmp(argv[i], "--scale") == 0   ? &scale
                                                               : NULL;
        if (number != NULL && i + 1 < argc) {
            *number = (uint32_t)strtoul(argv[++i], NULL, 0);
            continue;
        }
        const struct heap_policy *policy = heap_policy_find(argv[i]);
        if (policy == NULL) {
            fprintf(stderr, "usage: explore [--room BYTES] [--most STATES] [--regions N] [--scale N] [POLICY]...\n");
            return 2;
        }
        named = true;
        good = explore(policy, room, most, regions, scale) && good;
    }
    for (size_t p = 0; p < heap_policy_count && !named; p++) {
        good = explore(heap_policies[p], room, most, regions, scale) && good;
    }
    return good ? 0 : 1;
}
