/* The Why view: what it says of failures, of served requests and of frees; its keys and clicks; and that all of it can be read. */
#include "format.h"
#include "viz_check.h"
#include "viz_fixture.h"
#include "why.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct fixture f;

static void setup(void)
{
    fixture_open(&f, fixture_trace(3, 20, 1), "first_fit", 9000);
    app_state(f.app)->view = VIEW_WHY;
}
static void teardown(void) { fixture_close(&f); }

static const struct model *model(void) { return source_model(f.source); }

static bool says(const char *words)
{
    const struct drawlist *list = fixture_draw(&f);
    for (size_t i = 0; i < list->count; i++) {
        if (list->ops[i].type == DRAW_TEXT && strstr(drawlist_text(list, &list->ops[i]), words)) {
            return true;
        }
    }
    return false;
}

static void check(const char *what)
{
    char why[300];
    int w, h;
    const struct drawlist *list = app_draw(f.app, &w, &h);
    int least = (int)(11 * app_screen(f.app)->scale);
    ck_assert_msg(check_list(list, w, h, least, why, sizeof why), "%s at %dx%d, event %u: %s", what, w, h, (unsigned)model()->event, why);
}

static uint32_t go_to_failure(void)
{
    uint32_t failure = model_next_mark(model(), 0, 1, true);
    ck_assert_uint_gt(failure, 0);
    app_seek(f.app, failure);
    fixture_draw(&f);
    return failure;
}

START_TEST(a_failure_says_what_was_wanted_and_how_short_it_is)
{
    char words[100];
    go_to_failure();
    const struct model_failure failure = model()->failure;
    snprintf(words, sizeof words, "first_fit finds no place for %s", format_bytes(failure.wanted).s);
    ck_assert(says(words));
    ck_assert_uint_gt(failure.gross, model()->largest_bytes);
    snprintf(words, sizeof words, "The largest is %s: ", format_bytes(model()->largest_bytes).s);
    char more[60];
    snprintf(more, sizeof more, "%s short.", format_bytes(failure.gross - model()->largest_bytes).s);
    ck_assert(says(words) && says(more));
    snprintf(words, sizeof words, "wanted %s = %s", format_bytes(failure.gross).s, format_count(failure.wanted).s);
    ck_assert(says(words));
}
END_TEST

START_TEST(every_event_is_explained_by_what_it_did)
{
    uint32_t served = 0, freed = 0, marks = 0, merged = 0;
    for (uint32_t event = 0; event < 700; event++) {
        app_seek(f.app, event);
        fixture_draw(&f);
        struct frame frame = {.model = model(), .models = model(), .lane_count = 1, .state = app_state(f.app)};
        const struct why why = why_of(&frame);
        uint32_t placed = event ? model()->history.placed[event - 1] : MODEL_PLACED_NOTHING;
        if (event == 0) {
            ck_assert_int_eq(why.kind, WHY_START);
        } else if (placed == MODEL_PLACED_FAILED) {
            ck_assert_int_eq(why.kind, WHY_FAILED);
        } else if (placed != MODEL_PLACED_NOTHING) {
            served++;
            ck_assert_int_eq(why.kind, WHY_SERVED);
            ck_assert_uint_eq(model()->blocks[why.block].payload_off, placed);
            ck_assert_uint_eq(why.taken.bytes, why.over + model()->blocks[why.block].size); /* the hole is what was taken and what is left */
        } else if (why.kind == WHY_FREED) {
            freed++;
            merged += why.merged.bytes > why.freed->size;
            ck_assert_uint_eq(why.freed->death, event);
            ck_assert_uint_ge(why.merged.bytes, why.freed->size);
        } else {
            ck_assert_int_eq(why.kind, WHY_NOTHING); /* a phase, or the free of what was never served */
            marks += why.phase != NULL;
        }
    }
    ck_assert(served > 0 && freed > 0 && marks > 0 && merged > 0);
}
END_TEST

START_TEST(the_holes_of_a_served_request_are_those_before_it)
{
    for (uint32_t event = 2; event < 400; event++) {
        uint64_t sum = 0;
        uint32_t before = model()->history.free[event - 2];
        app_seek(f.app, event);
        fixture_draw(&f);
        struct frame frame = {.model = model(), .models = model(), .lane_count = 1, .state = app_state(f.app)};
        const struct why why = why_of(&frame);
        struct why_holes holes = why_holes_begin(model(), &why);
        struct model_place hole;
        while (why_holes_next(&holes, &hole)) {
            sum += hole.bytes;
        }
        if (why.kind == WHY_SERVED) {
            ck_assert_uint_eq(sum, before);
        }
    }
}
END_TEST

/* A block that grows: in its place while the next is free, else it moves, and its old place was no hole when the policy searched. */
START_TEST(a_block_that_moves_says_so_and_its_old_place_was_no_hole)
{
    uint32_t moved = 0, stayed = 0;
    struct trace *trace = trace_new("grows");
    for (uint64_t i = 1; i <= 60; i++) {
        fixture_put(trace, TRACE_ALLOC, i, 40 + i % 7 * 16, NULL);
    }
    for (uint64_t i = 3; i <= 60; i += 3) {
        fixture_put(trace, TRACE_FREE, i, 0, NULL);
    }
    for (uint64_t i = 1; i <= 58; i += 3) {
        fixture_put(trace, TRACE_REALLOC, i, 100 + i, NULL);
        fixture_put(trace, TRACE_REALLOC, i + 1, 60 + i, NULL);
    }
    teardown();
    fixture_open(&f, trace, "first_fit", 16384);
    app_state(f.app)->view = VIEW_WHY;
    for (uint32_t event = 81; event <= model()->count; event++) {
        uint64_t sum = 0, before = model()->history.free[event - 2];
        app_seek(f.app, event);
        fixture_draw(&f);
        struct frame frame = {.model = model(), .models = model(), .lane_count = 1, .state = app_state(f.app)};
        const struct why why = why_of(&frame);
        ck_assert_int_eq(why.kind, WHY_SERVED);
        const struct model_life *ended = model_life_ended(model(), event);
        bool moves = ended && ended->off != model()->blocks[why.block].off;
        struct why_holes holes = why_holes_begin(model(), &why);
        struct model_place hole;
        while (moves && why_holes_next(&holes, &hole)) {
            sum += hole.bytes;
        }
        ck_assert_int_eq(why.moved_from != MODEL_NONE, moves);
        ck_assert_int_eq(says("The block moved from"), moves);
        ck_assert_int_eq(says("The block stays at"), !moves);
        if (moves) {
            ck_assert_uint_eq(sum, before);
            ck_assert_uint_eq(why_free_before(&why), before);
            moved++;
        }
        stayed += !moves;
    }
    ck_assert_msg(moved > 3 && stayed > 3, "%u moved, %u stayed", (unsigned)moved, (unsigned)stayed);
}
END_TEST

START_TEST(a_resized_block_is_freed_once)
{
    static const struct model_life lives[] = {{.id = 7, .size = 16, .birth = 2, .death = 5}, {.id = 8, .off = 16, .size = 16, .birth = 3, .death = 9},
                                              {.id = 7, .size = 32, .birth = 5, .death = 11}, {.id = 9, .off = 48, .size = 16, .birth = 6, .death = 100}};
    const struct model made = {.lives = lives, .life_count = COUNT(lives), .count = 99};
    ck_assert_uint_eq(why_death(&made, 7, 2), 11);
    ck_assert_uint_eq(why_death(&made, 8, 3), 9);
    ck_assert_uint_eq(why_death(&made, 9, 6), 100);
    ck_assert_uint_eq(why_death(&made, 1, 6), 100);
}
END_TEST

START_TEST(the_replay_takes_its_time_and_enter_skips_it)
{
    ck_assert_double_eq_tol(why_replay_seconds(10), 0.6, 1e-9);
    ck_assert_double_eq_tol(why_replay_seconds(1000), 1.5, 1e-9);
    go_to_failure();
    struct view_state *state = app_state(f.app);
    ck_assert_double_lt(state->why.replay, 0);
    app_tick(f.app, 0.01); /* it is shown once by itself */
    ck_assert_double_eq(state->why.replay, 0);
    ck_assert(says("visit 1 of"));
    ck_assert(app_tick(f.app, 0.07));
    ck_assert(says("visit 2 of"));
    app_key(f.app, KEY_ENTER, 0);
    ck_assert_double_lt(state->why.replay, 0);
    ck_assert(!says("visit 2 of"));
    app_key(f.app, KEY_ENTER, 0);
    for (int i = 0; i < 200 && state->why.replay >= 0; i++) {
        fixture_draw(&f);
        app_tick(f.app, 0.01);
        ck_assert_int_lt(i, 160);
    }
    app_set_still(f.app, true);
    app_key(f.app, KEY_ENTER, 0);
    ck_assert_double_lt(state->why.replay, 0);
}
END_TEST

START_TEST(b_shows_the_lists_and_the_sizes_by_turns)
{
    go_to_failure();
    ck_assert(says("Free bytes by size") && !says("The free list"));
    app_key(f.app, 'b', 0);
    ck_assert(says("The free list") && !says("Free bytes by size"));
    ck_assert_uint_eq(app_state(f.app)->range_to, VIEW_NO_EVENT);
    app_key(f.app, 'b', 0);
    ck_assert(says("Free bytes by size"));
}
END_TEST

static struct hit find(enum hit_kind kind)
{
    fixture_draw(&f);
    const struct hits *hits = app_hits(f.app);
    for (uint32_t i = 0; i < hits->count; i++) {
        if (hits->list[i].kind == kind) {
            return hits->list[i];
        }
    }
    ck_abort_msg("nothing of kind %d to point at", kind);
    return (struct hit){{0, 0, 0, 0}, HIT_NONE, 0};
}

START_TEST(what_an_event_ended_is_found)
{
    const struct model *of = model();
    uint32_t ended = 0;
    for (uint32_t event = 0; event <= of->count + 1; event++) {
        const struct model_life *life = NULL;
        for (uint32_t i = 0; i < of->life_count && event <= of->count; i++) {
            life = of->lives[i].death == event ? &of->lives[i] : life;
        }
        ck_assert_ptr_eq(model_life_ended(of, event), life);
        ended += life != NULL;
    }
    ck_assert_uint_gt(ended, 500);
    ck_assert_uint_eq(ended, of->end_count);
}
END_TEST

static bool visited(uint32_t off)
{
    for (uint32_t i = 0; i < model()->search.count; i++) {
        if (model()->search.steps[i].kind == MODEL_STEP_VISIT && model()->search.steps[i].off == off) {
            return true;
        }
    }
    return false;
}

static uint32_t count_unvisited(const struct why *why)
{
    uint32_t count = 0;
    struct why_holes holes = why_holes_begin(model(), why);
    struct model_place hole;
    while (why_holes_next(&holes, &hole)) {
        bool is_taken = why->taken.bytes > 0 && hole.off == why->taken.off;
        count += !is_taken && !visited(hole.off);
    }
    return count;
}

/* Behind the visits stands every hole that the policy did not look at, once. */
START_TEST(holes_that_were_not_visited_are_told)
{
    static const char *const policies[] = {"first_fit", "next_fit", "tlsf", "buddy", "talc"};
    uint32_t told = 0;
    teardown();
    fixture_open(&f, fixture_trace(3, 20, 1), policies[_i], 16384);
    app_state(f.app)->view = VIEW_WHY;
    app_resize(f.app, 1920, 1080);
    for (uint32_t event = 400; event < 600; event++) {
        char words[80];
        app_seek(f.app, event);
        fixture_draw(&f);
        struct frame frame = {.model = model(), .models = model(), .lane_count = 1, .state = app_state(f.app)};
        const struct why why = why_of(&frame);
        uint32_t others = count_unvisited(&why);
        if ((why.kind == WHY_SERVED || why.kind == WHY_FAILED) && others > 0 && why.visits > 0) {
            snprintf(words, sizeof words, "outlines: %u not visited", (unsigned)others);
            ck_assert_msg(says(words), "event %u: %s", (unsigned)event, words);
            told++;
        }
    }
    ck_assert_uint_gt(told, 10);
}
END_TEST

static void point_at(struct hit hit)
{
    app_mouse_move(f.app, hit.area.x + hit.area.w / 2, hit.area.y + hit.area.h / 2);
    fixture_draw(&f);
}

START_TEST(what_lies_under_the_mouse_is_named)
{
    char words[160];
    go_to_failure();
    fixture_draw(&f);
    uint32_t holes = 0, parts = 0, blocks = 0;
    static struct hits hits;
    hits = *app_hits(f.app);
    for (uint32_t i = 0; i < hits.count; i++) {
        struct hit hit = hits.list[i], top = hits_at(&hits, hit.area.x + hit.area.w / 2, hit.area.y + hit.area.h / 2);
        if (memcmp(&hit, &top, sizeof hit) != 0) {
            continue; /* something else lies on top */
        }
        if (hit.kind == HIT_VIEW) {
            const struct model_span *span = &model()->spans[model_span_at(model(), hit.value)];
            snprintf(words, sizeof words, "hole of %s at %s \u00b7 %s short", format_bytes(span->size).s,
                     format_address(model()->arena_base + span->off).s, format_bytes(model()->failure.gross - span->size).s);
            holes++;
        } else if (hit.kind == HIT_PART) {
            snprintf(words, sizeof words, ": holes ");
            parts++;
        } else if (hit.kind == HIT_BLOCK && hit.area.h > 30) {
            snprintf(words, sizeof words, "#%llu: ", (unsigned long long)model()->blocks[hit.value].id);
            blocks++;
        } else {
            continue;
        }
        point_at(hit);
        ck_assert_msg(says(words), "%s", words);
        if (i % 7 == 0) {
            check("a tag");
        }
    }
    ck_assert(holes > 8 && parts > 0 && blocks > 0);
    app_mouse_leave(f.app);
    ck_assert(!says("hole of "));
}
END_TEST

START_TEST(a_class_of_the_bitmap_is_named_and_leads_to_its_first_hole)
{
    teardown();
    fixture_open(&f, fixture_trace(3, 20, 1), "tlsf", 9000);
    app_state(f.app)->view = VIEW_WHY;
    go_to_failure();
    const struct model_bins *bins = &model()->bins;
    uint32_t full = 0, empty = 0, part = 0;
    struct hit hit = {.kind = HIT_NONE};
    for (uint32_t i = 0; i < app_hits(f.app)->count; i++) {
        if (app_hits(f.app)->list[i].kind == HIT_PART) {
            hit = app_hits(f.app)->list[i];
            const struct model_bin *bin = &bins->bins[hit.value - WHY_PART_BIN];
            point_at(hit);
            ck_assert(says(bin->bit ? "its bit is set" : "its bit is clear"));
            full += bin->bit;
            empty += !bin->bit;
            part = bin->count > 0 ? i : part;
        }
    }
    ck_assert(full > 0 && empty > 0);
    hit = app_hits(f.app)->list[part];
    uint32_t off = bins->blocks[bins->bins[hit.value - WHY_PART_BIN].first].off;
    app_mouse_down(f.app, hit.area.x + 2, hit.area.y + 2);
    fixture_draw(&f);
    const struct view_state *state = app_state(f.app);
    ck_assert_int_eq(state->view, VIEW_MAP);
    ck_assert(off >= state->map_first && off - state->map_first < state->map_bytes);
}
END_TEST

START_TEST(a_click_pins_a_block_and_goes_to_a_hole)
{
    go_to_failure();
    struct hit block = find(HIT_BLOCK);
    uint64_t id = model()->blocks[block.value].id;
    app_mouse_down(f.app, block.area.x + block.area.w / 2, block.area.y + block.area.h / 2);
    ck_assert(app_state(f.app)->pinned);
    ck_assert_uint_eq(app_state(f.app)->pinned_id, id);
    struct hit hole = find(HIT_VIEW);
    app_mouse_down(f.app, hole.area.x + hole.area.w / 2, hole.area.y + hole.area.h / 2);
    fixture_draw(&f);
    const struct view_state *state = app_state(f.app);
    ck_assert_int_eq(state->view, VIEW_MAP);
    ck_assert_uint_ge(hole.value, state->map_first);
    ck_assert_uint_lt(hole.value - state->map_first, state->map_bytes);
}
END_TEST

/* Stripes: two blocks, a hole, two blocks …: a window holds many pins. */
START_TEST(five_of_many_pins_are_listed)
{
    struct trace *trace = trace_new("stripes");
    for (uint64_t i = 1; i <= 300; i++) {
        fixture_put(trace, TRACE_ALLOC, i, 40, NULL);
    }
    for (uint64_t i = 3; i <= 300; i += 3) {
        fixture_put(trace, TRACE_FREE, i, 0, NULL);
    }
    fixture_put(trace, TRACE_ALLOC, 900, 1500, NULL);
    teardown();
    fixture_open(&f, trace, "first_fit", 300 * 48 + 100);
    app_state(f.app)->view = VIEW_WHY;
    go_to_failure();
    struct frame frame = {.model = model(), .models = model(), .lane_count = 1, .state = app_state(f.app)};
    frame.pins = model_find_pins(model(), model()->failure.gross);
    const struct why why = why_of(&frame);
    ck_assert_uint_gt(why.window.count, 6);
    char words[80];
    for (uint32_t i = 0; i < 6; i++) {
        snprintf(words, sizeof words, "#%u: 40 B, born at", (unsigned)model()->blocks[why.window.first_block + i].id);
        ck_assert_int_eq(says(words), i < 5);
    }
    snprintf(words, sizeof words, "and %u more", (unsigned)why.window.count - 5);
    ck_assert(says(words));
    check("many pins");
    app_resize(f.app, 1024, 640);
    app_pin(f.app, 1);
    check("many pins");
}
END_TEST

static void check_events(const char *policy, uint32_t bytes)
{
    static const int sizes[][2] = {{1024, 640}, {1152, 700}, {1280, 800}, {1920, 1080}, {2560, 1440}};
    fixture_open(&f, fixture_trace(11, 12, 1), policy, bytes);
    struct view_state *state = app_state(f.app);
    state->view = VIEW_WHY;
    uint32_t failure = model_next_mark(model(), 0, 1, true), half = model()->count / 2;
    const uint32_t events[] = {0, 1, 2, failure, failure + 1, half, half + 1, half + 2, half + 3, half + 60, half + 61, model()->count};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        app_resize(f.app, sizes[i][0], sizes[i][1]);
        for (size_t e = 0; e < COUNT(events); e++) {
            for (int turn = 0; turn < 8; turn++) {
                app_seek(f.app, events[e]);
                state->language = turn & 1 ? LANGUAGE_CHINESE : LANGUAGE_ENGLISH;
                state->why.bins = (turn & 2) != 0;
                state->why.replay = turn & 4 ? 0.1 : -1;
                check(policy);
            }
        }
        if (model()->block_count > 0) {
            app_pin(f.app, model()->blocks[model()->block_count / 2].id);
        }
    }
    fixture_close(&f);
}

static void open_other(const char *policy, uint32_t heap)
{
    fixture_close(&f);
    fixture_open(&f, fixture_trace(3, 20, 1), policy, heap);
    app_state(f.app)->view = VIEW_WHY;
    fixture_draw(&f); /* the view asks for what it needs */
    go_to_failure();
}

/* A run that would hold the request is no use where it is served from slabs: what a new one takes is told. */
START_TEST(a_slab_that_does_not_fit_says_what_it_takes)
{
    open_other("rtthread_slab", 128 << 10);
    ck_assert_uint_gt(model()->bins.slab_count, 0);
    ck_assert_uint_ge(model()->largest_bytes, model()->failure.wanted);
    ck_assert(says("a new slab takes 32,768 B in one piece"));
}
END_TEST

static int x_of(const char *words)
{
    const struct drawlist *list = fixture_draw(&f);
    for (size_t i = 0; i < list->count; i++) {
        if (list->ops[i].type == DRAW_TEXT && strstr(drawlist_text(list, &list->ops[i]), words)) {
            return list->ops[i].x;
        }
    }
    ck_abort_msg("nothing says %s", words);
    return 0;
}

/* A full pool: nothing was visited, which is one line, and the slots have the width. */
START_TEST(a_search_without_a_visit_is_a_line)
{
    open_other("pool:block=2048", 16 << 10);
    ck_assert(says("the policy visited no hole in this event"));
    ck_assert_int_eq(x_of("Slots in use"), x_of("The search"));
    open_other("first_fit", 9000);
    ck_assert_int_gt(x_of("Free bytes by size"), x_of("The search"));
}
END_TEST

START_TEST(the_colours_of_lives_are_named)
{
    ck_assert(says("long beside a hole"));
    app_resize(f.app, 1024, 640);
    ck_assert(!says("long beside a hole")); /* there is no room */
    check("low");
}
END_TEST

START_TEST(every_text_can_be_read_for_every_policy)
{
    static const char *const policies[] = {"first_fit", "best_fit", "worst_fit", "tlsf", "buddy", "pool", "bump", "rtthread_slab", "freertos_heap_4",
                                           "wee_alloc"};
    static const uint32_t bytes[] = {700, 9000, 60000};
    for (size_t k = 0; k < COUNT(bytes); k++) {
        check_events(policies[_i], bytes[k]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_why");
    TCase *cases = tcase_create("why"), *reading = tcase_create("reading");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, a_failure_says_what_was_wanted_and_how_short_it_is);
    tcase_add_test(cases, every_event_is_explained_by_what_it_did);
    tcase_add_test(cases, the_holes_of_a_served_request_are_those_before_it);
    tcase_add_test(cases, a_block_that_moves_says_so_and_its_old_place_was_no_hole);
    tcase_add_test(cases, a_resized_block_is_freed_once);
    tcase_add_test(cases, the_replay_takes_its_time_and_enter_skips_it);
    tcase_add_test(cases, b_shows_the_lists_and_the_sizes_by_turns);
    tcase_add_test(cases, what_an_event_ended_is_found);
    tcase_add_loop_test(cases, holes_that_were_not_visited_are_told, 0, 5);
    tcase_add_test(cases, what_lies_under_the_mouse_is_named);
    tcase_add_test(cases, a_class_of_the_bitmap_is_named_and_leads_to_its_first_hole);
    tcase_add_test(cases, a_click_pins_a_block_and_goes_to_a_hole);
    tcase_add_test(cases, a_slab_that_does_not_fit_says_what_it_takes);
    tcase_add_test(cases, a_search_without_a_visit_is_a_line);
    tcase_add_test(cases, the_colours_of_lives_are_named);
    tcase_add_test(cases, five_of_many_pins_are_listed);
    tcase_add_loop_test(reading, every_text_can_be_read_for_every_policy, 0, 10);
    tcase_set_timeout(cases, 120);
    tcase_set_timeout(reading, 120);
    suite_add_tcase(suite, cases);
    suite_add_tcase(suite, reading);
    return fixture_run(suite);
}
