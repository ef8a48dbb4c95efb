/* test_select.c: a part of a trace as a trace of its own, against a second, plain statement of what it must be. */
#include <inttypes.h>

#include "run.h"
#include "spec.h"
#include "select_support.h"

enum { IDS = 40, HEAPS = 3 };

static uint32_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

/* ---- random traces with everything in them ---- */

static struct trace_event random_event(uint64_t *state, const bool *lives, uint64_t *fresh_id)
{
    const uint64_t id = 1 + next_random(state) % IDS;
    const uint32_t roll = next_random(state) % 100;
    enum trace_op op = lives[id] ? (roll < 60 ? TRACE_FREE : TRACE_REALLOC) : roll < 80 ? TRACE_ALLOC : TRACE_CALLOC;
    struct trace_event event = trace_event_make(op, id, 1 + next_random(state) % 500);
    event.count = op == TRACE_CALLOC ? 1 + next_random(state) % 4 : 1;
    event.align = next_random(state) % 6 == 0 ? UINT64_C(8) << next_random(state) % 4 : 0;
    event.site = next_random(state) % 2 ? next_random(state) % 2 : TRACE_NO_SITE;
    event.thread = next_random(state) % 2;
    event.heap = next_random(state) % HEAPS;
    event.wait = next_random(state) % 10 == 0 ? (int64_t)(next_random(state) % 5) - 1 : 0;
    event.failed = op != TRACE_FREE && roll % 20 == 7;
    event.size = roll % 20 == 3 ? 0 : event.size;
    if (roll == 1 || roll == 2 || event.failed) { /* of an id never seen: a failed one stays dead */
        event.id = lives[id] && event.failed ? id : ++*fresh_id;
        event.op = event.id == id ? event.op : TRACE_REALLOC;
        event.count = 1;
    }
    if (roll >= 96) {
        event = trace_event_make(TRACE_FREE, 0, 0);
        event.heap = next_random(state) % HEAPS;
    }
    if (roll >= 98) {
        static const char *const names[] = {"boot", "run", "idle", "a#b"};
        event = trace_event_make(TRACE_MARK, 0, 0);
        event.name = names[next_random(state) % 4];
    }
    return event;
}

static struct trace *random_trace(uint64_t seed, uint32_t count, bool timed)
{
    uint64_t state = seed, fresh_id = 1000, t = 0;
    bool lives[IDS + 1] = {false};
    struct trace_header *header = trace_header_new("random", NULL, "a note", "us", 32);
    trace_header_add_site(header, "a.c:1");
    trace_header_add_site(header, "b.c:2");
    trace_header_add_thread(header, "main");
    trace_header_add_thread(header, "worker");
    trace_header_add_heap(header, "sram");
    trace_header_add_heap(header, "dma");
    trace_header_add_heap(header, "1"); /* a name that looks like an index is taken as a name */
    struct trace *trace = trace_new_like(header);
    trace_header_free(header);
    while (trace_count(trace) < count) {
        struct trace_event event = random_event(&state, lives, &fresh_id);
        t += next_random(&state) % 3;
        event.t = timed ? t : TRACE_NO_TIME;
        ck_assert_int_eq(trace_append(trace, &event), 0);
        trace_get(trace, trace_count(trace) - 1, &event);
        if (event.id != 0 && event.id <= IDS) {
            lives[event.id] = (lives[event.id] || event.fresh) && !event.retires;
        }
    }
    return trace;
}

/* ---- what a selection must be, said plainly ---- */

struct life { uint64_t id, bytes, align, born; uint32_t site, thread, heap; bool lives; };

struct expected {
    bool refused;
    uint64_t first, last; /* event numbers */
    struct trace *trace;
};

/* The number of the mark that a bound names, of those behind event `behind`; 0: none. */
static uint64_t mark_number(const struct trace *trace, const char *name, uint64_t which, uint64_t behind)
{
    struct trace_event event;
    uint64_t seen = 0;
    for (uint64_t i = 0; i < trace_count(trace); i++) {
        trace_get(trace, i, &event);
        if (event.op == TRACE_MARK && strcmp(event.name, name) == 0) {
            seen++;
            if (which ? seen == which : i + 1 > behind) {
                return i + 1;
            }
        }
    }
    return 0;
}

static uint64_t first_number(const struct trace *trace, const struct trace_bound *from, const char *name)
{
    struct trace_event event;
    switch (from->kind) {
    case TRACE_BOUND_NONE: return 1;
    case TRACE_BOUND_EVENT: return from->number <= trace_count(trace) ? from->number : 0;
    case TRACE_BOUND_MARK: return mark_number(trace, name, from->number, 0);
    default:
        for (uint64_t i = 0; i < trace_count(trace); i++) {
            trace_get(trace, i, &event);
            if (event.t >= from->number) {
                return i + 1;
            }
        }
        return 0;
    }
}

static uint64_t last_number(const struct trace *trace, const struct trace_bound *to, const char *name, uint64_t behind)
{
    struct trace_event event;
    uint64_t last = 0;
    switch (to->kind) {
    case TRACE_BOUND_NONE: return trace_count(trace);
    case TRACE_BOUND_EVENT: return to->number <= trace_count(trace) ? to->number : 0;
    case TRACE_BOUND_MARK: last = mark_number(trace, name, to->number, behind); return last == 0 ? 0 : last - 1;
    default:
        for (uint64_t i = 0; i < trace_count(trace); i++) {
            trace_get(trace, i, &event);
            last = event.t <= to->number ? i + 1 : last;
        }
        return last;
    }
}

static void live_after(struct life *lives, const struct trace *trace, uint64_t first, uint64_t last)
{
    struct trace_event event;
    for (uint64_t i = first; i <= last; i++) {
        trace_get(trace, i - 1, &event);
        struct life *life = &lives[event.id <= IDS ? event.id : event.id - 1000 + IDS];
        if (event.slot == TRACE_NO_SLOT || event.op == TRACE_MARK) {
            continue;
        }
        if (event.fresh) {
            *life = (struct life){event.id, event.size * event.count, event.align, i, event.site, event.thread, event.heap, true};
        } else if (event.retires) {
            life->lives = false;
        } else if (!event.failed) {
            life->bytes = event.size;
            life->align = event.align > life->align ? event.align : life->align;
        }
    }
}

static void expect_alive(struct trace *into, const struct life *lives, uint64_t t, uint64_t number, int heap)
{
    uint64_t before = 0;
    for (;;) {
        const struct life *oldest = NULL;
        for (int i = 0; i < 1000; i++) {
            const bool ours = lives[i].lives && (heap < 0 || lives[i].heap == (uint32_t)heap);
            oldest = ours && lives[i].born > before && (oldest == NULL || lives[i].born < oldest->born) ? &lives[i] : oldest;
        }
        if (oldest == NULL) {
            break;
        }
        struct trace_event event = trace_event_make(TRACE_ALLOC, oldest->id, oldest->bytes);
        event.align = oldest->align;
        event.site = oldest->site;
        event.thread = oldest->thread;
        event.heap = oldest->heap;
        event.t = t;
        ck_assert_int_eq(trace_append(into, &event), 0);
        before = oldest->born;
    }
    if (before != 0) {
        char name[32];
        struct trace_event mark = trace_event_make(TRACE_MARK, 0, 0);
        snprintf(name, sizeof name, "from %" PRIu64, number);
        mark.name = name;
        mark.t = t;
        ck_assert_int_eq(trace_append(into, &mark), 0);
    }
}

static struct expected expect_selection(const struct trace *trace, const struct trace_selection *selection, const char *from_name,
                                        const char *to_name, int heap)
{
    struct expected expected = {0};
    struct trace_event event;
    static struct life lives[1000], homes[1000];
    memset(lives, 0, sizeof lives);
    memset(homes, 0, sizeof homes);
    expected.first = first_number(trace, &selection->from, from_name);
    expected.last = last_number(trace, &selection->to, to_name, selection->from.kind == TRACE_BOUND_NONE ? 0 : expected.first);
    if (expected.first == 0 || expected.last < expected.first) {
        expected.refused = true;
        return expected;
    }
    live_after(lives, trace, 1, expected.first - 1);
    expected.trace = trace_new_like(trace_header_of(trace));
    trace_get(trace, expected.first - 1, &event);
    expect_alive(expected.trace, lives, event.t, expected.first, heap);
    for (uint64_t i = 1; i <= expected.last; i++) {
        trace_get(trace, i - 1, &event);
        struct life *home = &homes[event.id <= IDS ? event.id : event.id - 1000 + IDS];
        if (event.fresh) {
            home->heap = event.heap;
        }
        const uint32_t belongs = event.slot == TRACE_NO_SLOT ? event.heap : home->heap;
        if (i >= expected.first && (heap < 0 || event.op == TRACE_MARK || belongs == (uint32_t)heap)) {
            event.heap = heap < 0 || event.op == TRACE_MARK ? event.heap : belongs;
            ck_assert_int_eq(trace_append(expected.trace, &event), 0);
        }
    }
    return expected;
}

/* ---- reading ---- */

/* The stream's events are the loaded trace's. */
static void assert_stream_is(const char *path, const struct trace_selection *selection, const struct trace *expected)
{
    struct trace_error error;
    struct trace_event event, wanted;
    const struct trace_options options = {.selection = selection};
    struct trace_reader *reader = trace_reader_open(path, &options, &error);
    ck_assert_ptr_nonnull(reader);
    for (uint64_t i = 0; i < trace_count(expected); i++) {
        ck_assert_int_eq(trace_reader_next(reader, &event), 1);
        trace_get(expected, i, &wanted);
        assert_same_event(&event, &wanted, i);
    }
    ck_assert_int_eq(trace_reader_next(reader, &event), 0);
    ck_assert_int_eq(trace_reader_next(reader, &event), 0);
    trace_reader_close(reader);
}

static void random_bound(uint64_t *state, const struct trace *trace, char text[64], char name[16])
{
    static const char *const names[] = {"boot", "run", "idle", "a#b", "none"};
    struct trace_event last;
    trace_get(trace, trace_count(trace) - 1, &last);
    snprintf(name, 16, "%s", names[next_random(state) % 5]);
    switch (next_random(state) % 5) {
    case 0: snprintf(text, 64, "t=%" PRIu64, next_random(state) % (last.t + 2)); break;
    case 1: snprintf(text, 64, "mark=%s", name); break;
    case 2: snprintf(text, 64, "mark=%s#%u", name, 1 + next_random(state) % 3); break;
    default: snprintf(text, 64, "%" PRIu64, 1 + next_random(state) % (trace_count(trace) + 2)); break;
    }
}

static const char *const endings[] = {".jsonl", ".json", ".hlt", ".jsonl.gz"};
static const char *const heap_names[] = {"sram", "dma", "1", "0"};
static const int heap_indexes[] = {0, 1, 2, 0};

/* Cut anywhere, in every encoding: the selection, its stream and the written selection are what they must be. */
START_TEST(a_cut_is_the_blocks_alive_and_the_range)
{
    char path[80], cut_path[80], texts[2][64], names[2][16];
    uint64_t state = 77 + (uint64_t)_i;
    struct trace *whole = random_trace(1000 + (uint64_t)_i, 60 + next_random(&state) % 300, _i % 3 != 0);
    write_trace(whole, temporary_path(path, sizeof path, endings[_i % 4]));
    for (int round = 0; round < 40; round++) {
        struct trace_error error;
        const int kind = (int)(next_random(&state) % 4), heap = (int)(next_random(&state) % 8);
        random_bound(&state, whole, texts[0], names[0]);
        random_bound(&state, whole, texts[1], names[1]);
        const struct trace_selection selection = bounds(kind & 1 ? texts[0] : NULL, kind & 2 ? texts[1] : NULL, heap < 4 ? heap_names[heap] : NULL);
        const struct expected expected = expect_selection(whole, &selection, names[0], names[1], heap < 4 ? heap_indexes[heap] : -1);
        struct trace *part = load_part(path, &selection, &error);
        ck_assert_msg((part == NULL) == expected.refused, "from %s to %s: %s", texts[0], texts[1], part == NULL ? error.found : "found");
        if (part == NULL) {
            ck_assert_int_eq(error.code, TRACE_E_RANGE);
            continue;
        }
        assert_same_trace(part, expected.trace);
        assert_stream_is(path, &selection, part);
        write_trace(part, temporary_path(cut_path, sizeof cut_path, round % 2 ? "-cut.jsonl" : "-cut.hlt"));
        struct trace *again = load(cut_path);
        assert_same_trace(again, part);
        if (kind != 0) {
            const struct trace_selected *selected = trace_selected_of(part);
            ck_assert_uint_eq(selected->first, expected.first);
            ck_assert_uint_eq(selected->last, expected.last);
            ck_assert_uint_eq(selected->given, trace_count(part));
        }
        trace_free(again);
        trace_free(part);
        trace_free(expected.trace);
        unlink(cut_path);
    }
    trace_free(whole);
    unlink(path);
}
END_TEST

static void live_table(const struct trace *trace, uint64_t last, struct life lives[1000])
{
    memset(lives, 0, 1000 * sizeof *lives);
    live_after(lives, trace, 1, last);
}

/* At the end of a cut lives what lives there in the whole trace. */
START_TEST(what_lives_at_the_end_is_what_lives_in_the_whole)
{
    static struct life in_whole[1000], in_part[1000];
    char path[80], from[24], to[24];
    struct trace_error error;
    struct trace *whole = random_trace(5 + (uint64_t)_i, 200, true);
    write_trace(whole, temporary_path(path, sizeof path, ".jsonl"));
    for (uint64_t first = 1; first <= 200; first += 13) {
        const uint64_t last = first + (200 - first) / 2;
        snprintf(from, sizeof from, "%" PRIu64, first);
        snprintf(to, sizeof to, "%" PRIu64, last);
        const struct trace_selection selection = bounds(from, to, NULL);
        struct trace *part = load_part(path, &selection, &error);
        live_table(whole, last, in_whole);
        live_table(part, trace_count(part), in_part);
        for (int i = 0; i < 1000; i++) {
            ck_assert_int_eq(in_whole[i].lives, in_part[i].lives);
            if (in_whole[i].lives) {
                ck_assert_uint_eq(in_whole[i].bytes, in_part[i].bytes);
                ck_assert_uint_eq(in_whole[i].align, in_part[i].align);
                ck_assert_uint_eq(in_whole[i].heap, in_part[i].heap);
            }
        }
        trace_free(part);
    }
    trace_free(whole);
    unlink(path);
}
END_TEST

/* Runs of the cut and of the cut written and read leave one image. */
START_TEST(a_run_of_the_cut_is_a_run_of_the_written_cut)
{
    static const char *const policies[] = {"first_fit", "tlsf", "buddy", "freertos_heap_4"};
    char path[80], cut_path[80], why[200];
    struct trace_error error;
    struct trace *whole = random_trace(31, 400, true);
    write_trace(whole, temporary_path(path, sizeof path, ".jsonl.gz"));
    const struct trace_selection selection = bounds("150", "333", NULL);
    struct trace *part = load_part(path, &selection, &error);
    write_trace(part, temporary_path(cut_path, sizeof cut_path, "-cut.json"));
    struct trace *again = load(cut_path);
    for (int i = 0; i < 4; i++) {
        struct spec_list specs = {0};
        int failed = 0;
        ck_assert(spec_parse(&specs, policies[i], why, sizeof why));
        specs.items[0].options.heap_bytes = 65536;
        struct lane *a = run_trace(part, &specs.items[0].options, NULL, &failed), *b = run_trace(again, &specs.items[0].options, NULL, &failed);
        ck_assert(a != NULL && b != NULL);
        ck_assert_uint_eq(lane_digest(a), lane_digest(b));
        lane_close(a);
        lane_close(b);
    }
    trace_free(again);
    trace_free(part);
    trace_free(whole);
    unlink(path);
    unlink(cut_path);
}
END_TEST

START_TEST(a_file_cut_behind_the_range_is_no_error)
{
    static const char *const cut_endings[] = {".jsonl", ".json", ".hlt", ".jsonl.gz"};
    char path[80];
    struct trace_error error;
    size_t count;
    struct trace *whole = random_trace(9, 6000, true);
    write_trace(whole, temporary_path(path, sizeof path, cut_endings[_i]));
    char *bytes = slurp(path, &count);
    write_file(path, bytes, count * 3 / 4);
    const struct trace_selection selection = bounds("500", "900", NULL);
    struct trace *part = load_part(path, &selection, &error);
    ck_assert_msg(part != NULL, "%s", error.found);
    const struct expected expected = expect_selection(whole, &selection, "", "", -1);
    assert_same_trace(part, expected.trace);
    free(bytes);
    trace_free(part);
    trace_free(expected.trace);
    trace_free(whole);
    unlink(path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("selections");
    TCase *cuts = tcase_create("cuts");
    tcase_add_loop_test(cuts, a_cut_is_the_blocks_alive_and_the_range, 0, 24);
    tcase_add_loop_test(cuts, what_lives_at_the_end_is_what_lives_in_the_whole, 0, 4);
    tcase_add_test(cuts, a_run_of_the_cut_is_a_run_of_the_written_cut);
    tcase_add_loop_test(cuts, a_file_cut_behind_the_range_is_no_error, 0, 4);
    suite_add_tcase(suite, cuts);
    return run_suite(suite);
}
