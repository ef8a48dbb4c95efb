/* The viewer in time: every speed and every step, going to marks, ranges and times, and work that never holds the window up: traces that
 * are usable while they are read, seeks in parts, changes of the run that are refused in the background. */
#include <time.h>
#include <unistd.h>

#include "player.h"
#include "source_job.h"
#include "viz_fixture.h"

static struct fixture f;

static void setup(void) { fixture_open(&f, fixture_trace(3, 20, 1), "first_fit", 9000); }
static void teardown(void) { fixture_close(&f); }
static const struct model *model(void) { return source_model(f.source); }

static uint32_t event_after(uint32_t key, uint32_t mods)
{
    app_key(f.app, key, mods);
    fixture_draw(&f);
    return model()->event;
}

/* ---- playing ---- */

/* Frames of uneven length, ten seconds together: the app's clock is what the caller says has passed, and no event is lost. */
START_TEST(every_speed_plays_as_many_events_as_it_says)
{
    static const uint32_t speeds[] = {1, 3, 10, 30, 100, 300, 1000, 3000, 10000, 30000, 100000, 300000, 1000000};
    struct player player = {.playing = true};
    uint64_t state = 5;
    for (size_t i = 0; i < sizeof speeds / sizeof *speeds; i++) {
        ck_assert_uint_eq(player_speed(&player), speeds[i]);
        uint64_t events = 0;
        double seconds = 0;
        while (seconds < 10) {
            double frame = (1 + fixture_random(&state) % 40) / 1000.0;
            events += player_advance(&player, frame);
            seconds += frame;
        }
        ck_assert_double_le(seconds * speeds[i] - (double)events, 1.01);
        ck_assert_double_ge(seconds * speeds[i] - (double)events, -0.01);
        player.carry = 0;
        player_faster(&player);
    }
    for (size_t i = sizeof speeds / sizeof *speeds - 1; i > 0; i--) {
        player_slower(&player);
        ck_assert_uint_eq(player_speed(&player), speeds[i - 1]);
    }
}
END_TEST

START_TEST(comma_and_stop_change_the_speed_while_it_plays)
{
    for (int i = 0; i < 20; i++) {
        app_key(f.app, ',', 0);
    }
    ck_assert_uint_eq(event_after(KEY_HOME, 0), 0);
    app_key(f.app, KEY_SPACE, 0);
    for (int i = 0; i < 7; i++) {
        app_tick(f.app, 0.5);
    }
    fixture_draw(&f);
    ck_assert_uint_eq(model()->event, 3);
    ck_assert_uint_eq(app_state(f.app)->speed, 1);
    app_key(f.app, '.', 0); /* 3 a second */
    app_tick(f.app, 2);
    fixture_draw(&f);
    ck_assert_uint_ge(model()->event, 9); /* and the half event that was due */
    ck_assert_uint_le(model()->event, 10);
    ck_assert(app_state(f.app)->playing);
}
END_TEST

/* ---- steps and places ---- */

START_TEST(steps_go_both_ways_by_1_by_100_and_by_10000)
{
    struct fixture g;
    fixture_open(&g, fixture_trace(4, 300, 1), "first_fit", 200000);
    struct fixture kept = f;
    f = g;
    ck_assert_uint_gt(model()->count, 25000);
    app_seek(f.app, 12345);
    ck_assert_uint_eq(event_after(KEY_RIGHT, 0), 12346);
    ck_assert_uint_eq(event_after(KEY_RIGHT, MOD_SHIFT), 12446);
    ck_assert_uint_eq(event_after(KEY_RIGHT, MOD_CTRL), 22446);
    ck_assert_uint_eq(event_after(KEY_LEFT, 0), 22445);
    ck_assert_uint_eq(event_after(KEY_LEFT, MOD_SHIFT), 22345);
    ck_assert_uint_eq(event_after(KEY_LEFT, MOD_CTRL), 12345);
    ck_assert_uint_eq(event_after(KEY_LEFT, MOD_CTRL), 2345);
    ck_assert_uint_eq(event_after(KEY_LEFT, MOD_CTRL), 0);
    ck_assert_uint_eq(event_after(KEY_END, 0), model()->count);
    f = kept;
    fixture_close(&g);
}
END_TEST

static uint32_t first_of(enum mark_kind kind, uint32_t from)
{
    for (uint32_t i = 0; i < model()->mark_count; i++) {
        if (model()->marks[i].kind == kind && model()->marks[i].event > from) {
            return model()->marks[i].event;
        }
    }
    return 0;
}

START_TEST(keys_go_to_marks_failures_the_peak_and_the_worst)
{
    uint32_t last = 0, seen = 0;
    event_after(KEY_HOME, 0);
    for (uint32_t at; (at = event_after('n', 0)) != last; last = at) {
        ck_assert_uint_gt(at, last);
        seen++;
    }
    for (uint32_t at; (at = event_after('n', MOD_SHIFT)) != last; last = at) {
        ck_assert_uint_lt(at, last);
        ck_assert_uint_gt(seen--, 1);
    }
    ck_assert_uint_eq(seen, 1); /* the first mark, the same way back */
    uint32_t failure = first_of(MARK_FAILURE, 0), second = first_of(MARK_FAILURE, failure);
    ck_assert_uint_gt(second, 0);
    ck_assert_uint_eq(event_after('f', 0), failure);
    ck_assert_uint_eq(event_after(']', 0), second);
    ck_assert_uint_eq(event_after('[', 0), failure);
    ck_assert_uint_eq(event_after('p', MOD_SHIFT), first_of(MARK_PEAK, 0));
}
END_TEST

/* The first event at which 1 - largest / free is the most. */
START_TEST(the_worst_is_the_event_with_the_most_external_fragmentation)
{
    const struct model_history *history = &model()->history;
    double most = -1;
    uint32_t worst = 0;
    for (uint32_t i = 0; i < model()->count; i++) {
        double now = history->free[i] ? 1 - (double)history->largest[i] / history->free[i] : 0;
        worst = now > most + 1e-12 ? i + 1 : worst;
        most = now > most ? now : most;
    }
    app_do(f.app, ACTION_WORST);
    fixture_draw(&f);
    ck_assert_uint_eq(model()->event, worst);
}
END_TEST

/* Several events of one time, and times at which nothing happens. */
START_TEST(a_time_is_found_as_a_slow_search_finds_it)
{
    struct trace *trace = trace_new("times");
    uint64_t state = 9, t = 100, times[500];
    for (uint32_t i = 0; i < 500; i++) {
        struct trace_event event = trace_event_make(TRACE_ALLOC, i + 1, 8);
        t += fixture_random(&state) % 4 == 0 ? fixture_random(&state) % 9 : 0;
        event.t = times[i] = t;
        ck_assert_int_eq(trace_append(trace, &event), 0);
    }
    struct fixture g;
    fixture_open(&g, trace, "first_fit", 65536);
    for (uint64_t at = 0; at < t + 5; at++) {
        uint32_t slow = 0, event = 0;
        while (slow < 500 && times[slow] < at) {
            slow++;
        }
        ck_assert_int_eq(source_event_at_time(g.source, at, &event), slow < 500);
        ck_assert(slow == 500 || event == slow + 1);
    }
    fixture_close(&g);
}
END_TEST

/* ---- while it is read ---- */

static char path[64];

static void open_background(struct fixture *w, uint32_t seek_work)
{
    char why[300];
    memset(w, 0, sizeof *w);
    w->text = text_open(why, sizeof why);
    struct source_options options = {.policy = "first_fit", .heap_bytes = 65536, .arena_base = 0x20000000, .background = true,
                                     .seek_work = seek_work};
    w->source = source_new(&options);
    w->app = app_new(w->source, w->text, 1280, 800);
}

static bool idle(struct fixture *w) { return !source_busy(w->source); }
static bool shows_something(struct fixture *w) { return source_model(w->source)->state == MODEL_READY; }

static void wait_for(struct fixture *w, bool (*done)(struct fixture *))
{
    for (int i = 0; i < 60000 && !done(w); i++) {
        app_tick(w->app, 0.001);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    ck_assert_msg(done(w), "it did not come to an end");
    app_tick(w->app, 0);
    fixture_draw(w);
}

/* Without threads, so that it is the same every time: what a load hands out on its way is the beginning of what it comes to. */
START_TEST(a_part_is_the_beginning_of_the_whole)
{
    const struct lane_options lane = {.policy = heap_policies[0], .heap_bytes = 65536};
    fixture_write_trace(path, sizeof path, 400000);
    struct job *job = job_new(path, NULL, &lane, 1);
    job->in_parts = true;
    job_run(job);
    ck_assert(job->ok);
    struct job *part = atomic_exchange(&job->part, NULL);
    ck_assert_ptr_nonnull(part);
    ck_assert(part->ok && part->whole == job && part->owns_trace);
    uint64_t count = trace_count(part->trace);
    ck_assert_uint_eq(count, 65536);
    ck_assert_uint_eq(trace_count(job->trace), 400000);
    const struct session_history *first = session_history(part->session, 0), *all = session_history(job->session, 0);
    ck_assert_uint_eq(first->count, count);
    for (uint64_t i = 0; i < count; i++) {
        struct trace_event a, b;
        trace_get(part->trace, i, &a);
        trace_get(job->trace, i, &b);
        ck_assert(a.id == b.id && a.op == b.op && a.size == b.size && a.slot == b.slot && a.t == b.t);
        ck_assert(first->off[i] == all->off[i] && first->free[i] == all->free[i]);
    }
    job_free(part);
    job_free(job);
    remove(path);
}
END_TEST

START_TEST(what_was_read_can_be_used_while_the_rest_is_read)
{
    struct fixture w;
    fixture_write_trace(path, sizeof path, 3000000);
    open_background(&w, 0);
    app_drop(w.app, path);
    wait_for(&w, shows_something);
    const struct model *m = source_model(w.source);
    ck_assert(source_shows_part(w.source) && source_busy(w.source));
    ck_assert(app_takes_opened(w.app));
    uint32_t part = m->count;
    ck_assert_uint_lt(part, 3000000);
    app_tick(w.app, 0.001);
    ck_assert(app_state(w.app)->work.on);
    ck_assert_ptr_nonnull(strstr(app_state(w.app)->work.what, "events are shown"));
    app_key(w.app, KEY_END, 0);
    fixture_draw(&w);
    ck_assert_uint_ge(m->event, part); /* a larger part may have come */
    app_seek(w.app, 4321);
    app_pin(w.app, 2161);
    fixture_draw(&w);
    ck_assert_uint_eq(m->event, 4321);
    wait_for(&w, idle);
    ck_assert_uint_eq(m->count, 3000000);
    ck_assert_uint_eq(m->event, 4321);
    ck_assert(app_state(w.app)->pinned && app_state(w.app)->pinned_id == 2161);
    ck_assert(!source_shows_part(w.source) && !app_state(w.app)->work.on);
    ck_assert(app_takes_opened(w.app)); /* the whole: what the command line wants is due now */
    ck_assert_str_eq(m->banner, "");
    fixture_close(&w);
    remove(path);
}
END_TEST

/* ---- long ways ---- */

START_TEST(a_long_seek_shows_its_way_and_can_be_stopped)
{
    struct fixture w;
    fixture_write_trace(path, sizeof path, 200000);
    open_background(&w, 20); /* events a picture: what is long on a large heap */
    app_drop(w.app, path);
    wait_for(&w, idle);
    const struct model *m = source_model(w.source);
    app_seek(w.app, 1024);
    fixture_draw(&w);
    wait_for(&w, idle);
    ck_assert_uint_eq(m->event, 1024);
    app_seek(w.app, 2047);
    fixture_draw(&w);
    ck_assert_uint_eq(m->event, 1024); /* the old picture stays */
    ck_assert(app_tick(w.app, 0.001)); /* come back soon */
    ck_assert(app_state(w.app)->work.on);
    ck_assert_str_eq(app_state(w.app)->work.what, "Going to event 2,047");
    ck_assert_uint_eq(app_event_now(w.app), 2047);
    app_key(w.app, KEY_RIGHT, 0); /* a step counts from where it goes */
    fixture_draw(&w);
    ck_assert_uint_eq(app_event_now(w.app), 2048);
    wait_for(&w, idle);
    ck_assert_uint_eq(m->event, 2048);
    ck_assert(!app_state(w.app)->work.on);
    app_seek(w.app, 199999);
    fixture_draw(&w);
    ck_assert(source_busy(w.source));
    app_key(w.app, KEY_ESCAPE, 0);
    app_tick(w.app, 0.001);
    ck_assert(!source_busy(w.source));
    fixture_draw(&w);
    ck_assert_uint_lt(m->event, 199999);
    uint64_t sum = 0;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        sum += m->kind_bytes[kind];
    }
    ck_assert_uint_eq(sum, m->arena_bytes);
    ck_assert_uint_eq(m->block_count, m->event % 2); /* it shows the event where it stands */
    fixture_close(&w);
    remove(path);
}
END_TEST

START_TEST(a_change_that_is_refused_is_refused_in_the_background)
{
    struct fixture w;
    char why[240];
    fixture_write_trace(path, sizeof path, 2000);
    open_background(&w, 0);
    app_drop(w.app, path);
    wait_for(&w, idle);
    app_seek(w.app, 777);
    fixture_draw(&w);
    ck_assert(source_change(w.source, &(struct source_change){SOURCE_HEAP_BYTES, 0, 8, 0}, why, sizeof why)); /* nobody has looked yet */
    wait_for(&w, idle);
    ck_assert_ptr_nonnull(strstr(app_state(w.app)->message, "first_fit"));
    ck_assert_uint_eq(source_model(w.source)->arena_bytes, 65536);
    ck_assert_uint_eq(source_model(w.source)->event, 777);
    ck_assert_int_eq(source_model(w.source)->state, MODEL_READY);
    fixture_close(&w);
    remove(path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_time");
    TCase *cases = tcase_create("time"), *work = tcase_create("work");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, every_speed_plays_as_many_events_as_it_says);
    tcase_add_test(cases, comma_and_stop_change_the_speed_while_it_plays);
    tcase_add_test(cases, steps_go_both_ways_by_1_by_100_and_by_10000);
    tcase_add_test(cases, keys_go_to_marks_failures_the_peak_and_the_worst);
    tcase_add_test(cases, the_worst_is_the_event_with_the_most_external_fragmentation);
    tcase_add_test(cases, a_time_is_found_as_a_slow_search_finds_it);
    tcase_set_timeout(cases, 250);
    suite_add_tcase(suite, cases);
    tcase_add_test(work, a_part_is_the_beginning_of_the_whole);
    tcase_add_test(work, what_was_read_can_be_used_while_the_rest_is_read);
    tcase_add_test(work, a_long_seek_shows_its_way_and_can_be_stopped);
    tcase_add_test(work, a_change_that_is_refused_is_refused_in_the_background);
    tcase_set_timeout(work, 250);
    suite_add_tcase(suite, work);
    return fixture_run(suite);
}
