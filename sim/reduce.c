/* reduce.c: see reduce.h. What is left, the candidates in their order, and what becomes of one that holds. */
#include "reduce.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jobs.h"
#include "reduce_private.h"
#include "trace_header.h"

#define MOST_AT_ONCE 16
#define ALONE_BELOW 256     /* events: so short a run is over before a thread has begun */
#define SIZE_CHUNKS 512     /* sizes of large results change in so many chunks, not one by one: they are for the eye */
#define COARSE 32           /* parts that are tried before single units */
#define MANY 256            /* units that are not searched anew in all chunks */
#define GRID 8u
#define LEAST_HEAP 64u

struct search {
    struct reduction left;
    struct reduce_result *result;
    uint32_t at_once;
    bool joined;  /* joining has brought what it can: where many are left and few went, it is not tried again */
    bool stopped;
};

/* ---- what is left ---- */

/* Lives in order of their first events, and which events those are. */
static bool number_lives(struct reduction *left)
{
    uint32_t *numbers = malloc(((size_t)left->lives + 1) * sizeof *numbers), next = 0;
    if (numbers == NULL) {
        return false;
    }
    memset(numbers, 0xff, ((size_t)left->lives + 1) * sizeof *numbers);
    for (uint64_t i = 0; i < left->count; i++) {
        struct reduce_event *event = &left->events[i];
        event->first = numbers[event->life] == UINT32_MAX;
        numbers[event->life] = event->first ? next++ : numbers[event->life];
        event->life = numbers[event->life];
    }
    left->lives = next;
    free(numbers);
    return true;
}

/* The trace's events but marks. What comes of an id behind its realloc to size 0, where that does not end it, is left out: no trace can be
 * written with it. */
static bool take_events(struct reduction *left, const struct trace *trace)
{
    const uint64_t count = trace_count(trace);
    const size_t slots = (size_t)trace_slot_count(trace) + 1;
    uint32_t *life_of = calloc(slots, sizeof *life_of);
    bool *over = calloc(slots, sizeof *over);
    left->events = malloc(((size_t)count + 1) * sizeof *left->events);
    bool ok = life_of != NULL && over != NULL && left->events != NULL;
    for (uint64_t i = 0; i < count && ok; i++) {
        struct reduce_event *to = &left->events[left->count];
        trace_get(trace, i, &to->event);
        const uint32_t slot = to->event.slot;
        to->event.site = TRACE_NO_SITE;
        to->event.heap = 0;
        if (to->event.op == TRACE_MARK || (slot != TRACE_NO_SLOT && over[slot] && !to->event.fresh)) {
            continue;
        }
        to->life = slot == TRACE_NO_SLOT || to->event.fresh ? left->lives++ : life_of[slot];
        if (slot != TRACE_NO_SLOT) {
            life_of[slot] = to->life;
            over[slot] = to->event.op == TRACE_REALLOC && to->event.size == 0 && !to->event.failed;
        }
        left->count++;
    }
    free(life_of);
    free(over);
    return ok && number_lives(left);
}

/* Where nobody can wait, times, threads and waits mean nothing. */
static void forget_waiting(struct reduction *left, const struct reduce_options *options, const struct trace *trace)
{
    const bool waits = (options->lane.policy->inspect->traits & HEAP_WAITS) != 0 ||
                       (options->condition == REDUCE_DIVERGENCE && (options->other.policy->inspect->traits & HEAP_WAITS) != 0);
    left->timed = waits && trace_has_time(trace);
    left->threads = waits;
    for (uint64_t i = 0; i < left->count && !waits; i++) {
        left->events[i].event.thread = 0;
        left->events[i].event.wait = 0;
    }
}

static uint32_t bytes_of(const struct lane_options *options)
{
    uint32_t bytes = options->region_count == 0 ? options->heap_bytes : 0;
    for (uint32_t i = 0; i < options->region_count; i++) {
        bytes += options->regions[i].bytes;
    }
    return bytes;
}

static bool begin(struct reduction *left, const struct trace *trace, const struct reduce_options *options)
{
    *left = (struct reduction){.options = options, .header = trace_header_of(trace), .heap_bytes = bytes_of(&options->lane)};
    left->other_bytes = options->condition == REDUCE_DIVERGENCE ? bytes_of(&options->other) : 0;
    if (!take_events(left, trace)) {
        free(left->events);
        return false;
    }
    forget_waiting(left, options, trace);
    return true;
}

/* The candidate becomes what is left; for failures and divergences, as far as it was needed. */
static bool apply(struct search *search, const struct reduce_edit *edit, const struct reduce_outcome *outcome)
{
    struct reduction *left = &search->left;
    uint64_t kept = 0;
    const bool whole = left->options->condition == REDUCE_SCORES;
    for (uint64_t i = 0; i < left->count && (whole || i < outcome->held_at); i++) {
        struct trace_event event;
        if (reduce_edit_event(edit, &left->events[i], i, &event) != EFFECT_DROPPED) {
            const uint32_t life = left->events[i].life;
            left->events[kept++] = (struct reduce_event){event, life, false};
        }
    }
    left->count = kept;
    left->timed = left->timed && edit->kind != EDIT_TIME;
    left->threads = left->threads && edit->kind != EDIT_THREADS;
    if (edit->kind == EDIT_HEAP) {
        left->heap_bytes = (uint32_t)edit->from;
        left->other_bytes = left->options->other_follows ? left->heap_bytes : left->other_bytes;
    }
    return number_lives(left);
}

/* ---- candidates ---- */

struct batch {
    const struct reduction *left;
    struct reduce_edit edits[MOST_AT_ONCE];
    struct reduce_outcome outcomes[MOST_AT_ONCE];
};

static void try_one(void *ctx, size_t index)
{
    struct batch *batch = ctx;
    reduce_run(batch->left, &batch->edits[index], &batch->outcomes[index]);
}

/* A join must not make a request that fails for its size alone: what failed before is what fails. */
static bool fulfils(const struct search *search, const struct reduce_edit *edit, const struct reduce_outcome *outcome)
{
    const bool same = edit->kind != EDIT_JOIN || search->left.options->condition != REDUCE_FAILURE || outcome->held_at == search->left.count;
    return outcome->holds && same;
}

/* Runs the candidates; the first that holds, or `count`. Only those up to it count as runs, so that the number tells nothing of the machine. */
static size_t try_batch(struct search *search, struct batch *batch, size_t count)
{
    struct reduce_result *result = search->result;
    batch->left = &search->left;
    if (count > 1) {
        jobs_run(count, try_one, batch, NULL, NULL);
    } else {
        try_one(batch, 0);
    }
    size_t at = 0;
    bool held = false;
    for (; at < count && !held; at++) {
        result->runs++;
        result->events_run += batch->outcomes[at].events;
        result->out_of_memory = result->out_of_memory || batch->outcomes[at].out_of_memory;
        held = fulfils(search, &batch->edits[at], &batch->outcomes[at]);
    }
    if (held && !apply(search, &batch->edits[at - 1], &batch->outcomes[at - 1])) {
        result->out_of_memory = true;
    }
    const struct reduce_options *options = search->left.options;
    const struct reduce_state state = {search->left.count, search->left.lives, result->runs};
    search->stopped = search->stopped || result->out_of_memory || (options->most_runs != 0 && result->runs >= options->most_runs) ||
                      (options->go_on != NULL && !options->go_on(options->ctx, &state));
    return held ? at - 1 : count;
}

/* `too_much` (may be NULL): it held too early. */
static bool try_and_see(struct search *search, struct reduce_edit edit, bool *too_much)
{
    struct batch batch = {.edits = {edit}};
    const bool held = !search->stopped && try_batch(search, &batch, 1) == 0;
    if (too_much != NULL) {
        *too_much = !held && batch.outcomes[0].holds;
    }
    return held;
}

static bool try_edit(struct search *search, struct reduce_edit edit) { return try_and_see(search, edit, NULL); }

static bool removes(enum reduce_kind kind) { return kind == EDIT_LIVES || kind == EDIT_EVENTS; }
static uint64_t units(const struct reduction *left, enum reduce_kind kind) { return kind == EDIT_LIVES ? left->lives : left->count; }

/* Would it change anything? */
static bool is_edit(const struct reduction *left, const struct reduce_edit *edit)
{
    bool any = edit->kind == EDIT_LIVES;
    for (uint64_t i = edit->from; i < edit->to && !any; i++) {
        struct trace_event event;
        any = reduce_edit_event(edit, &left->events[i], i, &event) != EFFECT_NONE;
    }
    return any;
}

/* The next candidates from `from` on; *next is behind them. */
static size_t collect(const struct search *search, enum reduce_kind kind, uint64_t chunk, uint64_t from, struct batch *batch, uint64_t *next)
{
    const struct reduction *left = &search->left;
    const uint64_t all = units(left, kind);
    const size_t most = left->count < ALONE_BELOW ? 1 : search->at_once;
    size_t count = 0;
    while (from < all && count < most) {
        batch->edits[count] = (struct reduce_edit){.kind = kind, .from = from, .to = all - from > chunk ? from + chunk : all};
        from = batch->edits[count].to;
        count += is_edit(left, &batch->edits[count]);
    }
    *next = from;
    return count;
}

/* Every chunk in turn: what can go goes. Behind one that held, the next: what was removed has made room for it; a size that was halved
 * may be halved once more. */
static bool sweep(struct search *search, enum reduce_kind kind, uint64_t chunk)
{
    bool any = false;
    for (uint64_t from = 0; from < units(&search->left, kind) && !search->stopped;) {
        struct batch batch = {0};
        uint64_t next = from;
        const size_t count = collect(search, kind, chunk, from, &batch, &next);
        if (count == 0) {
            break;
        }
        const size_t held = try_batch(search, &batch, count);
        any = any || held < count;
        from = held == count ? next : removes(kind) || kind == EDIT_HALVE ? batch.edits[held].from : batch.edits[held].to;
    }
    return any;
}

/* Chunks from all units down to `least`, each half as large as the one before; single ones until none can go. `again`: what is large and was
 * searched before is searched for single ones only. */
static bool narrow(struct search *search, enum reduce_kind kind, uint64_t least, bool again)
{
    const uint64_t all = units(&search->left, kind);
    bool any = false;
    for (uint64_t chunk = !again ? all : all > MANY ? least : all / 4 + 1; chunk >= least && chunk != 0 && !search->stopped; chunk /= 2) {
        bool found = sweep(search, kind, chunk);
        any = any || found;
        while (found && chunk == 1 && removes(kind) && !search->stopped) {
            found = sweep(search, kind, 1);
        }
    }
    return any;
}

/* ---- the turns ---- */

/* The shortest beginning that holds: exact for what stays true once it is true, such as a maximum over a limit. */
static bool cut_tail(struct search *search)
{
    uint64_t low = 0, high = search->left.count; /* too short, as far as was tried; holds */
    bool any = false;
    while (search->left.options->condition == REDUCE_SCORES && high - low > 1 && !search->stopped) {
        const uint64_t middle = (low + high) / 2;
        const bool held = try_edit(search, (struct reduce_edit){.kind = EDIT_TAIL, .from = middle});
        any = any || held;
        low = held ? low : middle;
        high = held ? middle : high;
    }
    return any;
}

/* The bytes of each life that is one alloc, a header's worth added; 0 for others, and for the life of the request that fails. NULL without memory. */
static uint64_t *joinable(const struct reduction *left)
{
    uint64_t *bytes = calloc((size_t)left->lives + 1, sizeof *bytes);
    for (uint64_t i = 0; i < left->count && bytes != NULL; i++) {
        const struct trace_event *event = &left->events[i].event;
        const bool fails = left->options->condition == REDUCE_FAILURE && i + 1 == left->count;
        const bool can = left->events[i].first && event->op <= TRACE_CALLOC && !event->failed && event->slot != TRACE_NO_SLOT && !fails;
        const uint64_t size = event->size <= UINT32_MAX && event->count <= UINT32_MAX ? event->size * event->count : UINT64_MAX;
        bytes[left->events[i].life] = can && size <= INT32_MAX ? (size + 4 + GRID - 1) / GRID * GRID : 0;
    }
    return bytes;
}

/* Joins [from, to) in one block that takes as much room, as far as that can be known; for a failure, the size is looked for. */
static bool try_join(struct search *search, uint64_t from, uint64_t to, uint64_t sum)
{
    const bool failure = search->left.options->condition == REDUCE_FAILURE;
    uint64_t low = (sum - 4 * (to - from)) / 2, high = sum * 2;
    bool too_much = false;
    for (int tries = 0; tries < (!failure ? 1 : to - from < 16 ? 2 : 16) && low < high && !search->stopped; tries++) {
        const uint64_t bytes = tries == 0 ? sum - 4 : (low + high) / 2;
        if (try_and_see(search, (struct reduce_edit){EDIT_JOIN, from, to, bytes}, &too_much)) {
            return true;
        }
        low = too_much ? low : bytes + 1;
        high = too_much ? bytes : high;
    }
    return false;
}

static bool sweep_joins(struct search *search, uint64_t chunk)
{
    bool any = false;
    uint64_t *bytes = joinable(&search->left);
    for (uint64_t from = 0; bytes != NULL && from < search->left.lives && !search->stopped;) {
        uint64_t to = from, sum = 0;
        while (to < search->left.lives && to - from < chunk && bytes[to] != 0) {
            sum += bytes[to++];
        }
        const bool held = to - from > 1 && try_join(search, from, to, sum);
        if (held) {
            free(bytes);
            bytes = joinable(&search->left);
        }
        any = any || held;
        from = held || to == from ? from + 1 : to;
    }
    free(bytes);
    return any;
}

/* Blocks that stay to the end, one after the other, as one: a heap that must be full need not be full of little blocks. */
static bool join(struct search *search)
{
    const uint64_t before = search->left.lives;
    bool any = false;
    for (uint64_t chunk = before; chunk > 1 && !search->left.options->keep_sizes && !search->joined && !search->stopped; chunk /= 2) {
        any = sweep_joins(search, chunk) || any;
    }
    search->joined = before > MANY && search->left.lives > before / 2;
    return any;
}

static bool simplify(struct search *search, bool again)
{
    struct reduction *left = &search->left;
    bool any = left->timed && try_edit(search, (struct reduce_edit){.kind = EDIT_TIME});
    any = (left->threads && try_edit(search, (struct reduce_edit){.kind = EDIT_THREADS})) || any;
    static const enum reduce_kind members[] = {EDIT_WAIT, EDIT_ALIGN, EDIT_PLAIN}, sizes[] = {EDIT_ONE, EDIT_HALVE, EDIT_ROUND};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        any = narrow(search, members[i], 1 + left->count / SIZE_CHUNKS, again) || any;
    }
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0] && !left->options->keep_sizes; i++) {
        any = narrow(search, sizes[i], 1 + left->count / SIZE_CHUNKS, again) || any;
    }
    return any;
}

/* Ever smaller steps downwards from the heap that holds. */
static bool shrink_heap(struct search *search)
{
    const struct reduction *left = &search->left;
    bool any = false;
    if (!left->options->shrink_heap || left->options->lane.region_count != 0) {
        return false;
    }
    for (uint32_t step = left->heap_bytes / 2 / GRID * GRID; step >= GRID && !search->stopped;) {
        const bool room = left->heap_bytes >= step + LEAST_HEAP;
        const bool held = room && try_edit(search, (struct reduce_edit){.kind = EDIT_HEAP, .from = (left->heap_bytes - step) / GRID * GRID});
        any = any || held;
        step = held ? step : step / 2 / GRID * GRID;
    }
    return any;
}

static void reduce(struct search *search)
{
    bool changed = true;
    (void)cut_tail(search);
    (void)narrow(search, EDIT_EVENTS, search->left.count / COARSE + 1, false); /* a heap without frees is full soon, and the rest is not needed */
    (void)narrow(search, EDIT_LIVES, search->left.lives / COARSE + 1, false);
    (void)join(search);
    for (bool again = false; changed && !search->stopped; again = true) {
        changed = shrink_heap(search);
        changed = cut_tail(search) || changed;
        changed = narrow(search, EDIT_LIVES, 1, again) || changed;
        changed = narrow(search, EDIT_EVENTS, 1, again) || changed;
        changed = join(search) || changed;
        changed = simplify(search, again) || changed;
    }
    search->result->minimal = !search->stopped;
}

/* ---- the result ---- */

/* The header without sites and heaps, and with the threads only where they matter still. */
static struct trace_header *make_header(const struct reduction *left, const char *note)
{
    const struct trace_header *old = left->header;
    if (!left->threads) {
        return trace_header_new(old->name, old->source, note, left->timed ? old->time_unit : NULL, old->word_bits);
    }
    struct trace_header *header = trace_header_copy(old);
    if (header != NULL && note != NULL && !trace_header_set_note(header, note)) {
        trace_header_free(header);
        header = NULL;
    }
    return header;
}

static struct trace *make_trace(const struct reduction *left, const char *note)
{
    struct trace_header *header = make_header(left, note);
    struct trace *trace = header == NULL ? NULL : trace_new_like(header);
    bool ok = trace != NULL;
    for (uint64_t i = 0; i < left->count && ok; i++) {
        struct trace_event event = left->events[i].event;
        event.id = event.id == 0 ? 0 : (uint64_t)left->events[i].life + 1;
        event.t = left->timed ? event.t : TRACE_NO_TIME;
        ok = trace_append(trace, &event) == 0;
    }
    trace_header_free(header);
    if (!ok) {
        trace_free(trace);
    }
    return ok ? trace : NULL;
}

bool reduce_trace(const struct trace *trace, const struct reduce_options *options, struct reduce_result *result, int *error)
{
    struct search search = {.result = result};
    const struct reduce_edit as_it_is = {.kind = EDIT_NONE};
    struct reduce_outcome outcome = {.values = result->values};
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    *result = (struct reduce_result){.runs = 1};
    *error = HEAP_OK;
    if (!begin(&search.left, trace, options)) {
        result->out_of_memory = true;
        return false;
    }
    search.at_once = cores < 1 ? 1 : cores > MOST_AT_ONCE ? MOST_AT_ONCE : (uint32_t)cores;
    result->events_before = trace_count(trace);
    result->lives_before = search.left.lives;
    reduce_run(&search.left, &as_it_is, &outcome);
    *error = outcome.error;
    result->events_run = outcome.events;
    result->out_of_memory = outcome.out_of_memory;
    result->holds = outcome.holds;
    if (outcome.holds) {
        uint64_t marks = 0;
        for (uint64_t i = 0; options->condition != REDUCE_SCORES && i < trace_count(trace) && i - marks < outcome.held_at; i++) {
            struct trace_event event;
            trace_get(trace, i, &event);
            marks += event.op == TRACE_MARK;
            result->first_event = i + 1;
        }
        result->out_of_memory = !apply(&search, &as_it_is, &outcome);
    }
    if (result->holds && !result->out_of_memory) {
        reduce(&search);
        result->trace = make_trace(&search.left, options->note);
        result->out_of_memory = result->out_of_memory || result->trace == NULL;
    }
    result->events_after = search.left.count;
    result->lives_after = search.left.lives;
    result->heap_bytes = search.left.heap_bytes;
    result->other_bytes = search.left.other_bytes;
    free(search.left.events);
    return *error == HEAP_OK && !result->out_of_memory;
}

bool reduce_holds(const struct trace *trace, const struct reduce_options *options)
{
    struct reduction left;
    const struct reduce_edit as_it_is = {.kind = EDIT_NONE};
    struct reduce_outcome outcome = {0};
    if (!begin(&left, trace, options)) {
        return false;
    }
    reduce_run(&left, &as_it_is, &outcome);
    free(left.events);
    return outcome.holds;
}
