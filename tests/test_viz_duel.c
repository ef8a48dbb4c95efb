/* The Duel view: what it says is what the lanes did, every text of it can be read, and its keys and clicks do what they say. */
#include "duel.h"
#include "format.h"
#include "options.h"
#include "session.h"
#include "spec.h"
#include "viz_check.h"
#include "viz_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define TWO "best_fit,first_fit"
#define FOUR "best_fit,first_fit,next_fit,embedded_alloc_tlsf"

static bool says(const struct drawlist *list, const char *words)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->ops[i].type == DRAW_TEXT && strstr(drawlist_text(list, &list->ops[i]), words)) {
            return true;
        }
    }
    return false;
}

static int count_bold(const struct drawlist *list)
{
    int count = 0;
    for (size_t i = 0; i < list->count; i++) {
        count += list->ops[i].type == DRAW_TEXT && list->ops[i].kind == FACE_MONO_BOLD;
    }
    return count;
}

static void open_duel(struct fixture *f, const char *policies, uint32_t heap)
{
    fixture_open(f, fixture_trace(42, 24, 1), policies, heap);
    app_state(f->app)->view = VIEW_DUEL;
}

static const struct model *lane(const struct fixture *f, uint32_t index) { return source_lane(f->source, index); }

START_TEST(the_score_is_what_the_command_line_measures)
{
    struct fixture f;
    open_duel(&f, TWO, 18000);
    const uint32_t events[] = {0, 1, 1500, source_model(f.source)->count, 700};
    for (size_t i = 0; i < COUNT(events); i++) {
        app_seek(f.app, events[i]);
        fixture_draw(&f);
        for (uint32_t k = 0; k < 2; k++) {
            struct spec_list specs = {.count = 0};
            int error = 0;
            char why[200];
            struct trace *trace = fixture_trace(42, 24, 1);
            ck_assert_msg(spec_parse(&specs, k ? "first_fit" : "best_fit", why, sizeof why), "%s", why);
            specs.items[0].options.heap_bytes = 18000;
            struct session *session = session_open(trace, 0);
            ck_assert_int_ge(session_add_lane(session, &specs.items[0].options, &error), 0);
            while (session_position(session) < events[i]) {
                ck_assert(session_step(session));
            }
            const struct metrics_run *run = lane_metrics(session_lane(session, 0));
            const struct model_scores *scores = &lane(&f, k)->scores;
            ck_assert_uint_eq(scores->failures, run->failures);
            ck_assert_uint_eq(scores->first_failure, run->failures ? run->kept_failures[0].event : 0);
            ck_assert_uint_eq(scores->least_largest, run->minimum_largest_free_bytes);
            ck_assert_double_eq(scores->external_mean, metrics_mean(&run->external_fragmentation));
            ck_assert_double_eq(scores->internal_mean, metrics_mean(&run->internal_fragmentation));
            ck_assert_double_eq(scores->steps_mean, metrics_steps_mean(run));
            ck_assert_uint_eq(scores->steps_max, run->steps_max);
            session_close(session);
            trace_free(trace);
        }
    }
    fixture_close(&f);
}
END_TEST

START_TEST(each_lane_is_named_with_the_choices_made_for_it)
{
    struct fixture f;
    open_duel(&f, "first_fit,tlsf:sl=16", 18000);
    const struct drawlist *list = fixture_draw(&f);
    ck_assert(says(list, "tlsf:sl=16"));
    ck_assert(says(list, "first_fit"));
    ck_assert(!says(list, "first_fit:"));
    app_key(f.app, 'i', 0);
    list = fixture_draw(&f);
    ck_assert(says(list, "first_fit:align="));
    fixture_close(&f);
}
END_TEST

START_TEST(the_first_divergence_is_told_and_found)
{
    struct fixture f;
    char words[100];
    open_duel(&f, TWO, 18000);
    uint32_t event = 1;
    while (lane(&f, 0)->history.placed[event - 1] == lane(&f, 1)->history.placed[event - 1]) {
        event++;
    }
    app_key(f.app, 'v', 0);
    const struct drawlist *list = fixture_draw(&f);
    ck_assert_uint_eq(source_model(f.source)->event, event);
    bool frees;
    uint64_t id = source_event_id(f.source, event, &frees);
    const struct model *b = lane(&f, 1);
    const struct model_block *block = &b->blocks[model_block_of_id(b, id)];
    snprintf(words, sizeof words, "event %s: #%llu, %s, goes to", format_count(event).s, (unsigned long long)id, format_bytes(block->requested).s);
    ck_assert_msg(says(list, words), "%s", words);
    snprintf(words, sizeof words, "%s in B", format_address(b->arena_base + block->payload_off).s);
    ck_assert_msg(says(list, words), "%s", words);
    fixture_close(&f);
}
END_TEST

/* Every pair of four lanes, with lane 0 and without it: alike, parting from it at once, and one after the other. */
START_TEST(any_two_lanes_part_where_they_first_place_differently)
{
    static const char *const policies[] = {"best_fit,best_fit,first_fit,next_fit", "best_fit,first_fit,tlsf,buddy", "tlsf,first_fit,best_fit,buddy"};
    struct fixture f;
    open_duel(&f, policies[_i], 18000);
    for (int a = 0; a < 4; a++) {
        for (int b = a + 1; b < 4; b++) {
            const int lanes[2] = {b, a};
            struct duel_parting parting;
            uint32_t event = 0, count = source_model(f.source)->count;
            for (uint32_t i = 0; i < count && !event; i++) {
                event = lane(&f, (uint32_t)a)->history.placed[i] != lane(&f, (uint32_t)b)->history.placed[i] ? i + 1 : 0;
            }
            ck_assert_int_eq(duel_find_parting(source_model(f.source), lanes, 2, &parting), event > 0);
            ck_assert_uint_eq(parting.event, event);
        }
    }
    fixture_close(&f);
}
END_TEST

START_TEST(lanes_that_are_alike_have_no_best)
{
    struct fixture f;
    open_duel(&f, "first_fit,first_fit", 18000);
    app_seek(f.app, source_model(f.source)->count);
    const struct drawlist *list = fixture_draw(&f);
    ck_assert_int_eq(count_bold(list), 0);
    ck_assert(says(list, "every block lies alike in all"));
    ck_assert(says(list, "fail alike"));
    fixture_close(&f);
    open_duel(&f, "first_fit,buddy", 65536);
    app_seek(f.app, source_model(f.source)->count);
    list = fixture_draw(&f);
    ck_assert_int_gt(count_bold(list), 0);
    ck_assert(says(list, "All serve every request."));
    fixture_close(&f);
    open_duel(&f, "first_fit,next_fit,first_fit", 18000); /* two of three are alike, the third does worse */
    app_seek(f.app, source_model(f.source)->count);
    list = fixture_draw(&f);
    ck_assert_uint_gt(lane(&f, 1)->scores.failures, lane(&f, 0)->scores.failures);
    ck_assert(says(list, "A and C do best: "));
    fixture_close(&f);
}
END_TEST

START_TEST(the_verdict_names_the_only_one_that_serves)
{
    struct fixture f;
    open_duel(&f, "first_fit,buddy", 24576);
    app_seek(f.app, source_model(f.source)->count);
    const struct drawlist *list = fixture_draw(&f);
    ck_assert_uint_eq(lane(&f, 0)->scores.failures, 0);
    ck_assert_uint_gt(lane(&f, 1)->scores.failures, 0);
    ck_assert(says(list, "Only A first_fit serves every request."));
    ck_assert(says(list, "no failure"));
    app_seek(f.app, 10);
    ck_assert(says(fixture_draw(&f), "All serve every request so far."));
    fixture_close(&f);
}
END_TEST

/* Scores as they may come, and what is said of them: failures, the first of them, the least largest hole, of up to four lanes. */
struct verdict_case { int lanes; uint32_t event; struct { uint64_t failures, first, least; } scores[4]; const char *first, *second; };

static const struct verdict_case verdicts[] = {
    {2, 50, {{1, 40, 0}, {0, 0, 2080}}, "Only B p1 serves every request so far.", "Its largest hole so far is never below 2,080 B."},
    {2, 99, {{0, 0, 700}, {3, 40, 0}}, "Only A p0 serves every request.", "Its largest hole is never below 700 B."},
    {2, 99, {{0, 0, 700}, {0, 0, 700}}, "All serve every request.", "Their largest holes are alike: at least 700 B."},
    {2, 99, {{0, 0, 700}, {0, 0, 800}}, "All serve every request.", "B keeps the largest hole: never below 800 B."},
    {2, 50, {{0, 0, 900}, {0, 0, 800}}, "All serve every request so far.", "A keeps the largest hole: so far never below 900 B."},
    {3, 99, {{0, 0, 700}, {0, 0, 700}, {0, 0, 90}}, "All serve every request.", "A and B keep the largest hole: at least 700 B."},
    {4, 99, {{0, 0, 700}, {2, 7, 9}, {0, 0, 90}, {0, 0, 8}}, "A, C and D serve every request.", "A keeps the largest hole: never below 700 B."},
    {4, 50, {{9, 3, 0}, {0, 0, 64}, {2, 7, 9}, {0, 0, 64}}, "B and D serve every request so far.",
     "Their largest holes are alike: at least 64 B."},
    {2, 99, {{2, 40, 0}, {2, 40, 9}}, "None serves every request.", "They fail alike: 2 failures, first at event 40."},
    {2, 99, {{1, 40, 0}, {2, 41, 9}}, "None serves every request.", "A does best: 1 failure, first at event 40."},
    {2, 99, {{2, 40, 0}, {2, 41, 0}}, "None serves every request.", "B does best: 2 failures, first at event 41."},
    {3, 99, {{2, 41, 0}, {7, 40, 0}, {2, 41, 5}}, "None serves every request.", "A and C do best: 2 failures each, first at event 41."},
    {1, 99, {{0, 0, 5}}, "Every request is served.", "Its largest hole is never below 5 B."},
    {1, 50, {{1, 4, 0}}, "Not every request is served.", "1 failure, first at event 4."},
};

START_TEST(the_verdict_is_right_in_every_case)
{
    const struct verdict_case *given = &verdicts[_i];
    static const char *const names[] = {"p0", "p1", "p2", "p3"};
    struct model models[4] = {{.count = 99}};
    struct duel_plan plan = {.count = given->lanes};
    for (int i = 0; i < given->lanes; i++) {
        models[i] = (struct model){.count = 99, .event = given->event, .policy_name = names[i], .arena_bytes = 1000};
        models[i].scores = (struct model_scores){.failures = given->scores[i].failures, .first_failure = given->scores[i].first,
                                                 .least_largest = given->scores[i].least};
        snprintf(models[i].spec, sizeof models[i].spec, "%s", names[i]);
        plan.lanes[i] = i;
    }
    const struct view_state state = {.language = LANGUAGE_ENGLISH};
    const struct frame frame = {.models = models, .model = models, .lane_count = given->lanes, .state = &state};
    const struct duel_verdict verdict = duel_verdict_make(&frame, &plan, true);
    ck_assert_str_eq(verdict.first, given->first);
    ck_assert_str_eq(verdict.second, given->second);
    ck_assert_int_eq(verdict.good, strncmp(given->first, "No", 2) != 0);
}
END_TEST

/* The only one that serves is called by its heap's size where that is all they differ in. */
START_TEST(heaps_of_different_sizes_are_called_by_their_sizes)
{
    struct model models[2] = {{.policy_name = "p", .spec = "p", .count = 9, .event = 9, .arena_bytes = 20480}};
    models[1] = models[0];
    models[0].arena_bytes = 40960;
    models[1].scores = (struct model_scores){.failures = 1, .first_failure = 4};
    const struct duel_plan plan = {.count = 2, .lanes = {0, 1}};
    const struct view_state state = {.language = LANGUAGE_ENGLISH};
    const struct frame frame = {.models = models, .model = models, .lane_count = 2, .state = &state};
    ck_assert_str_eq(duel_verdict_make(&frame, &plan, true).first, "Only A 40 KiB serves every request.");
}
END_TEST

START_TEST(three_lanes_keep_every_row_of_the_score)
{
    static const char *const rows[] = {"failures", "first failure at", "largest free, least B", "largest free, now B", "external, mean %",
                                       "internal, mean %", "search visits, mean", "search visits, most", "serve"};
    static const struct { int w, h, scale; } sizes[] = {{1024, 640, 0}, {1280, 800, 0}, {1920, 1080, 0}, {1920, 1080, 188}, {1024, 640, 100}};
    struct fixture f;
    open_duel(&f, "best_fit,first_fit,next_fit", 18000);
    app_seek(f.app, source_model(f.source)->count);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        app_resize(f.app, sizes[i].w, sizes[i].h);
        app_state(f.app)->scale_percent = sizes[i].scale;
        const struct drawlist *list = fixture_draw(&f);
        for (size_t row = 0; row < COUNT(rows); row++) {
            ck_assert_msg(says(list, rows[row]), "%s is not said at %dx%d", rows[row], sizes[i].w, sizes[i].h);
        }
    }
    fixture_close(&f);
}
END_TEST

START_TEST(playing_stops_at_the_first_failure_of_any_lane_that_is_shown)
{
    struct fixture f;
    open_duel(&f, "first_fit,buddy", 24576); /* the second fails, the first never does */
    uint32_t failure = model_next_mark(lane(&f, 1), 0, 1, true);
    ck_assert_uint_eq(model_next_mark(lane(&f, 0), 0, 1, true), 0);
    for (int hidden = 0; hidden < 2; hidden++) {
        app_seek(f.app, failure - 1);
        fixture_draw(&f);
        app_key(f.app, KEY_SPACE, 0);
        app_tick(f.app, 0.5);
        fixture_draw(&f);
        ck_assert_int_eq(source_model(f.source)->event == failure, !hidden);
        ck_assert_int_eq(app_state(f.app)->playing, hidden);
        app_key(f.app, 'b', 0);
    }
    fixture_close(&f);
}
END_TEST

/* Fills of the theme's payload colour in the maps. */
static int count_payload(const struct fixture *f, const struct drawlist *list)
{
    const struct screen *s = app_screen(f->app);
    int count = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct draw_op *op = &list->ops[i];
        count += op->type == DRAW_FILL && op->y >= s->map.y && op->y < s->strip_head.y && op->colour == themes[THEME_DARK].kinds[KIND_PAYLOAD].fill;
    }
    return count;
}

START_TEST(colours_and_range_have_keys_here_too)
{
    struct fixture f;
    open_duel(&f, TWO, 18000);
    app_seek(f.app, 1500);
    ck_assert_int_gt(count_payload(&f, fixture_draw(&f)), 100);
    app_key(f.app, 'c', MOD_SHIFT);
    ck_assert_int_eq(app_state(f.app)->colour, COLOUR_SIZE);
    const struct drawlist *list = fixture_draw(&f);
    ck_assert_int_eq(count_payload(&f, list), 0);
    ck_assert(says(list, "64 B") && says(list, "slack"));
    app_key(f.app, 'c', MOD_SHIFT);
    ck_assert(says(fixture_draw(&f), "events old"));
    app_key(f.app, 'a', MOD_CTRL);
    app_seek(f.app, 1800);
    fixture_draw(&f);
    app_key(f.app, 'b', MOD_CTRL);
    ck_assert_uint_eq(app_state(f.app)->range_from, 1500);
    ck_assert_uint_eq(app_state(f.app)->range_to, 1800);
    ck_assert_uint_eq(app_state(f.app)->duel.hidden, 0);
    fixture_close(&f);
}
END_TEST

START_TEST(lanes_are_hidden_shown_and_sorted_by_keys)
{
    struct fixture f;
    open_duel(&f, FOUR, 18000);
    app_seek(f.app, source_model(f.source)->count);
    const struct view_state *state = app_state(f.app);
    const struct screen begun = screen_begin(1280, 800, 0);
    app_key(f.app, 'b', 0);
    app_key(f.app, 'd', 0);
    struct duel_plan plan = duel_plan_make(&begun, source_model(f.source), 4, state);
    ck_assert_int_eq(plan.count, 2);
    ck_assert_int_eq(plan.lanes[0], 0);
    ck_assert_int_eq(plan.lanes[1], 2);
    ck_assert(says(fixture_draw(&f), "B D hidden"));
    ck_assert_uint_eq(state->range_from, VIEW_NO_EVENT);
    app_key(f.app, 'a', 0);
    ck_assert_uint_eq(state->chosen_lane, 2); /* the chosen one is always shown */
    app_key(f.app, 'c', 0);
    ck_assert(says(fixture_draw(&f), "The last one stays."));
    app_key(f.app, 'a', 0);
    app_key(f.app, 'b', 0);
    app_key(f.app, 'd', 0);
    app_key(f.app, 's', 0);
    plan = duel_plan_make(&begun, source_model(f.source), 4, state);
    ck_assert_int_eq(plan.count, 4);
    for (int i = 1; i < 4; i++) {
        ck_assert(!duel_better(lane(&f, (uint32_t)plan.lanes[i]), lane(&f, (uint32_t)plan.lanes[i - 1])));
    }
    fixture_close(&f);
}
END_TEST

START_TEST(a_click_chooses_the_lane_that_enter_opens)
{
    struct fixture f;
    open_duel(&f, TWO, 18000);
    app_seek(f.app, 1500);
    fixture_draw(&f);
    const struct map_grid *grid = screen_grid(app_screen(f.app), 1);
    const struct model *second = lane(&f, 1);
    const struct model_block *block = &second->blocks[second->block_count / 2];
    int x = grid_x(grid, block->payload_off % grid->row_bytes) + 1, y = grid->y + grid_row(grid, block->payload_off) * grid->pitch + 1;
    app_mouse_down(f.app, x, y);
    app_mouse_up(f.app);
    ck_assert_uint_eq(app_state(f.app)->chosen_lane, 1);
    ck_assert(app_state(f.app)->pinned);
    ck_assert_uint_eq(app_state(f.app)->pinned_id, block->id);
    app_key(f.app, KEY_ENTER, 0);
    const struct drawlist *list = fixture_draw(&f);
    ck_assert_int_eq(app_state(f.app)->view, VIEW_MAP);
    ck_assert(says(list, "first_fit"));
    ck_assert(!says(list, "best_fit"));
    grid = &app_screen(f.app)->grid; /* a click on the map means the lane that it shows */
    app_mouse_down(f.app, grid_x(grid, block->payload_off % grid->row_bytes) + 1, grid->y + grid_row(grid, block->payload_off) * grid->pitch + 1);
    ck_assert(!app_state(f.app)->pinned);
    fixture_close(&f);
}
END_TEST

/* The window outlines the pinned id in every map: the focus colour is at each of its places. */
START_TEST(a_pinned_block_is_outlined_in_every_map)
{
    struct fixture f;
    open_duel(&f, TWO, 18000);
    app_seek(f.app, 1500);
    fixture_draw(&f);
    app_pin(f.app, lane(&f, 0)->blocks[3].id);
    const struct drawlist *list = fixture_draw(&f);
    for (uint32_t k = 0; k < 2; k++) {
        const struct model *model = lane(&f, k);
        const struct map_grid *grid = screen_grid(app_screen(f.app), k);
        uint32_t index = model_block_of_id(model, app_state(f.app)->pinned_id), off = model->blocks[index].off;
        int x = grid_x(grid, off % grid->row_bytes), y = grid->y + grid_row(grid, off) * grid->pitch, found = 0;
        for (size_t i = 0; i < list->count; i++) {
            const struct draw_op *op = &list->ops[i];
            found += op->type == DRAW_FILL && op->colour == themes[THEME_DARK].focus && op->x == x - 2 && op->y == y - 2;
        }
        ck_assert_int_gt(found, 0);
    }
    fixture_close(&f);
}
END_TEST

/* Two lines on one another: both colours are seen, in turns of six pixels. */
START_TEST(coinciding_lines_take_turns)
{
    struct fixture f;
    open_duel(&f, "first_fit,first_fit", 18000);
    const struct drawlist *list = fixture_draw(&f);
    struct rect room = app_screen(f.app)->budget;
    int pixels[2] = {0, 0};
    for (size_t i = 0; i < list->count; i++) {
        const struct draw_op *op = &list->ops[i];
        for (int k = 0; k < 2; k++) {
            if (op->type == DRAW_FILL && op->colour == themes[THEME_DARK].category[k] && rect_contains(room, op->x, op->y + 1) && op->h == 2) {
                ck_assert_int_le(op->w, 6);
                pixels[k] += op->w;
            }
        }
    }
    ck_assert_int_gt(pixels[0], room.w / 4);
    ck_assert_int_gt(pixels[1], room.w / 4);
    fixture_close(&f);
}
END_TEST

START_TEST(the_command_line_repeats_the_duel)
{
    struct fixture f;
    char why[200];
    open_duel(&f, FOUR, 18000);
    app_key(f.app, 'b', 0);
    app_key(f.app, 'd', 0);
    app_key(f.app, 's', 0);
    app_state(f.app)->chosen_lane = 2;
    app_key(f.app, 'k', 0);
    ck_assert_ptr_nonnull(strstr(app_state(f.app)->message, " --lane C --hide BD --sorted"));
    fixture_close(&f);
    struct view_options options;
    char *argv[] = {"heaplab-view", "--lane", "C", "--hide", "BD", "--sorted", "-p", FOUR, "trace", NULL};
    ck_assert_msg(view_options_parse(&options, 9, argv, why, sizeof why), "%s", why);
    ck_assert_uint_eq(options.lane, 2);
    ck_assert_uint_eq(options.hidden, 10);
    ck_assert(options.sorted);
    argv[7] = TWO;
    ck_assert(!view_options_parse(&options, 9, argv, why, sizeof why));
    argv[7] = FOUR;
    argv[4] = "E";
    ck_assert(!view_options_parse(&options, 9, argv, why, sizeof why));
}
END_TEST

static struct rect add_button(struct fixture *f)
{
    fixture_draw(f);
    const struct hits *hits = app_hits(f->app);
    for (uint32_t i = 0; i < hits->count; i++) {
        if (hits->list[i].kind == HIT_ACTION && hits->list[i].value == ACTION_LANE_ADD) {
            return hits->list[i].area;
        }
    }
    ck_abort_msg("nothing adds a lane");
    return rect_make(0, 0, 0, 0);
}

/* One lane becomes four by keys and clicks, at the same event and with the same pin, and one again; K tells each. */
START_TEST(lanes_are_added_and_removed)
{
    struct fixture f;
    char line[APP_COMMAND_MAX];
    open_duel(&f, "first_fit", 18000);
    app_seek(f.app, 900);
    ck_assert(says(fixture_draw(&f), "long beside a hole")); /* the strips' legend, where the head has room */
    app_pin(f.app, lane(&f, 0)->blocks[0].id);
    uint64_t pinned = app_state(f.app)->pinned_id;
    struct rect button = add_button(&f);
    app_mouse_down(f.app, button.x + 2, button.y + 2);
    ck_assert_int_eq(app_state(f.app)->overlay, OVERLAY_ADD);
    app_command_line(f.app, line, sizeof line);
    ck_assert_ptr_nonnull(strstr(line, " --open add,"));
    app_key(f.app, KEY_ENTER, 0); /* the same policy: on the next larger heap */
    ck_assert_int_eq(source_lane_count(f.source), 2);
    ck_assert_uint_eq(lane(&f, 1)->arena_bytes, 18000 + 4096);
    ck_assert_uint_eq(app_state(f.app)->chosen_lane, 1);
    ck_assert_uint_eq(lane(&f, 1)->event, 900);
    ck_assert(app_state(f.app)->pinned && app_state(f.app)->pinned_id == pinned);
    ck_assert(says(fixture_draw(&f), "long beside a hole")); /* there or below the verdict */
    app_command_line(f.app, line, sizeof line);
    ck_assert_ptr_nonnull(strstr(line, "-p first_fit -s 18000,22096 "));
    app_key(f.app, '+', 0);
    app_key(f.app, KEY_HOME, 0);
    app_key(f.app, KEY_ENTER, 0);
    app_command_line(f.app, line, sizeof line);
    ck_assert_ptr_nonnull(strstr(line, "-p first_fit,first_fit,best_fit -s 18000,22096,22096 "));
    app_key(f.app, '=', 0);
    app_key(f.app, KEY_ENTER, 0);
    ck_assert_int_eq(source_lane_count(f.source), 4);
    app_key(f.app, '+', 0);
    ck_assert_int_eq(app_state(f.app)->overlay, OVERLAY_NONE);
    ck_assert(says(fixture_draw(&f), "Four lanes"));
    app_key(f.app, 'd', 0); /* hidden: the letters of what stays are right after the removal */
    app_state(f.app)->chosen_lane = 1;
    app_key(f.app, '-', 0);
    ck_assert_int_eq(source_lane_count(f.source), 3);
    ck_assert_uint_eq(app_state(f.app)->duel.hidden, 4);
    ck_assert_uint_eq(lane(&f, 0)->arena_bytes, 18000);
    ck_assert_str_eq(lane(&f, 1)->policy_name, "best_fit");
    fixture_draw(&f);
    app_key(f.app, '-', 0);
    app_key(f.app, '-', 0);
    ck_assert_int_eq(source_lane_count(f.source), 1);
    ck_assert_uint_eq(lane(&f, 0)->event, 900);
    ck_assert(app_state(f.app)->pinned);
    app_key(f.app, '-', 0);
    ck_assert_int_eq(source_lane_count(f.source), 1);
    ck_assert(says(fixture_draw(&f), "The last one stays."));
    fixture_close(&f);
}
END_TEST

START_TEST(failures_of_any_lane_are_reached)
{
    struct fixture f;
    open_duel(&f, "first_fit,buddy", 24576);
    uint32_t first = model_next_mark(lane(&f, 1), 0, 1, true);
    app_key(f.app, 'f', 0);
    fixture_draw(&f);
    ck_assert_uint_eq(source_model(f.source)->event, first);
    app_key(f.app, ']', 0);
    fixture_draw(&f);
    ck_assert_uint_eq(source_model(f.source)->event, model_next_mark(lane(&f, 1), first, 1, true));
    app_key(f.app, '[', 0);
    fixture_draw(&f);
    ck_assert_uint_eq(source_model(f.source)->event, first);
    fixture_close(&f);
}
END_TEST

/* ---- every text can be read ---- */

static void check(struct fixture *f, int w, int h, const char *what)
{
    char why[300];
    const struct drawlist *list = app_draw(f->app, &w, &h);
    int least = (int)(11 * app_screen(f->app)->scale);
    ck_assert_msg(check_list(list, w, h, least, why, sizeof why), "%s at %dx%d: %s", what, w, h, why);
}

static void check_states(struct fixture *f, int w, int h)
{
    const uint32_t count = source_model(f->source)->count, failure = model_next_mark(source_model(f->source), 0, 1, true);
    const uint32_t events[] = {0, 1, failure, count / 2, count};
    app_resize(f->app, w, h);
    for (size_t e = 0; e < COUNT(events); e++) {
        app_mouse_leave(f->app);
        app_seek(f->app, events[e]);
        check(f, w, h, "a duel");
        const struct screen *s = app_screen(f->app);
        app_mouse_move(f->app, s->map.x + s->map.w / 3, s->map.y + s->map.h / 3);
        check(f, w, h, "a block pointed at");
        app_mouse_move(f->app, s->budget.x + s->budget.w / 2, s->budget.y + s->budget.h / 2);
        check(f, w, h, "an event pointed at");
    }
}

START_TEST(every_text_can_be_read)
{
    static const char *const policies[] = {"first_fit", TWO, "best_fit,next_fit,tlsf:checks=none", FOUR,
                                           "rtthread_memheap,freertos_heap_4,linked_list_allocator,buddy_system_allocator"};
    static const int sizes[][2] = {{1024, 640}, {1024, 800}, {1100, 699}, {1152, 700}, {1280, 800}, {1440, 900}, {1920, 1080}, {2560, 1440},
                                   {3840, 2160}};
    static const uint32_t heaps[] = {2400, 18000, 400000};
    for (size_t h = 0; h < COUNT(heaps); h++) {
        struct fixture f;
        open_duel(&f, policies[_i], heaps[h]);
        for (size_t i = 0; i < COUNT(sizes) * LANGUAGE_COUNT; i++) {
            const int *size = sizes[i % COUNT(sizes)];
            app_state(f.app)->language = (enum language)(i / COUNT(sizes));
            check_states(&f, size[0], size[1]);
        }
        app_key(f.app, 's', 0);
        app_key(f.app, 'b', 0);
        check_states(&f, 1024, 640);
        app_do(f.app, ACTION_PROJECTOR);
        check_states(&f, 1280, 800);
        app_do(f.app, ACTION_HELP);
        check(&f, 1280, 800, "the help");
        fixture_close(&f);
    }
}
END_TEST

START_TEST(the_parts_stand_beside_and_below_one_another)
{
    struct fixture f;
    open_duel(&f, FOUR, 18000);
    static const int sizes[][2] = {{1024, 640}, {1280, 800}, {1920, 1080}, {3840, 2160}};
    for (size_t i = 0; i < COUNT(sizes) * 4; i++) {
        static const uint8_t hidden[] = {0, 8, 12, 14};
        struct view_state state = *app_state(f.app);
        state.duel.hidden = hidden[i / COUNT(sizes)];
        const struct screen begun = screen_begin(sizes[i % COUNT(sizes)][0], sizes[i % COUNT(sizes)][1], 0);
        const struct duel_plan plan = duel_plan_make(&begun, source_model(f.source), 4, &state);
        const struct screen *s = &plan.screen;
        ck_assert_int_eq(plan.count, 4 - (int)(i / COUNT(sizes)));
        for (int k = 0; k < plan.count; k++) {
            ck_assert_int_ge(plan.maps[k].y, plan.heads[k].y + plan.heads[k].h);
            ck_assert_int_le(plan.maps[k].y + plan.maps[k].h, s->strip_head.y);
            ck_assert_uint_eq(screen_grid(s, (uint32_t)plan.lanes[k])->row_bytes, screen_grid(s, (uint32_t)plan.lanes[0])->row_bytes);
            ck_assert_int_ge(screen_strip_part(s, k).h, screen_px(s, 34));
        }
        ck_assert_int_ge(plan.spine_w, screen_px(s, 80));
        ck_assert_int_eq(s->axis.y + s->axis.h, s->content.y + s->content.h);
        ck_assert_int_eq(s->budget.y + s->budget.h, s->axis.y);
        ck_assert_int_ge(s->budget.h, screen_px(s, 40));
        ck_assert(!rect_overlaps(plan.score, s->strip) && !rect_overlaps(plan.score, s->budget));
        ck_assert_int_le(plan.score.y + plan.score.h, s->content.y + s->content.h);
    }
    fixture_close(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_duel");
    TCase *cases = tcase_create("duel");
    tcase_add_test(cases, the_score_is_what_the_command_line_measures);
    tcase_add_test(cases, the_first_divergence_is_told_and_found);
    tcase_add_loop_test(cases, any_two_lanes_part_where_they_first_place_differently, 0, 3);
    tcase_add_test(cases, lanes_that_are_alike_have_no_best);
    tcase_add_test(cases, the_verdict_names_the_only_one_that_serves);
    tcase_add_loop_test(cases, the_verdict_is_right_in_every_case, 0, (int)COUNT(verdicts));
    tcase_add_test(cases, heaps_of_different_sizes_are_called_by_their_sizes);
    tcase_add_test(cases, three_lanes_keep_every_row_of_the_score);
    tcase_add_test(cases, playing_stops_at_the_first_failure_of_any_lane_that_is_shown);
    tcase_add_test(cases, colours_and_range_have_keys_here_too);
    tcase_add_test(cases, lanes_are_hidden_shown_and_sorted_by_keys);
    tcase_add_test(cases, a_click_chooses_the_lane_that_enter_opens);
    tcase_add_test(cases, a_pinned_block_is_outlined_in_every_map);
    tcase_add_test(cases, coinciding_lines_take_turns);
    tcase_add_test(cases, the_command_line_repeats_the_duel);
    tcase_add_test(cases, lanes_are_added_and_removed);
    tcase_add_test(cases, failures_of_any_lane_are_reached);
    tcase_add_test(cases, each_lane_is_named_with_the_choices_made_for_it);
    tcase_add_loop_test(cases, every_text_can_be_read, 0, 5);
    tcase_add_test(cases, the_parts_stand_beside_and_below_one_another);
    tcase_set_timeout(cases, 240);
    suite_add_tcase(suite, cases);
    return fixture_run(suite);
}
