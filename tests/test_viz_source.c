/* The viewer's source: lanes side by side, work in the background, and what only some views ask for. */
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "options.h"
#include "source_parts.h"
#include "viz_fixture.h"

static struct fixture f;

static void setup(void) { fixture_open(&f, fixture_trace(3, 20, 1), "best_fit,first_fit,tlsf", 9000); }
static void teardown(void) { fixture_close(&f); }

static const struct model *lane(uint32_t i) { return source_lane(f.source, i); }

/* ---- lanes ---- */

START_TEST(lanes_run_in_lockstep_and_part_where_they_say)
{
    ck_assert_int_eq(source_lane_count(f.source), 3);
    ck_assert_int_eq(app_state(f.app)->view, VIEW_DUEL);
    ck_assert_str_eq(lane(1)->policy_name, "first_fit");
    for (uint32_t at = 0; at < lane(0)->count; at += 173) {
        ck_assert(source_seek(f.source, at));
        for (uint32_t i = 0; i < 3; i++) {
            ck_assert_uint_eq(lane(i)->event, at);
            uint64_t sum = 0;
            for (int kind = 0; kind < KIND_COUNT; kind++) {
                sum += lane(i)->kind_bytes[kind];
            }
            ck_assert_uint_eq(sum, lane(i)->arena_bytes);
        }
    }
    uint32_t first = UINT32_MAX;
    for (uint32_t i = 1; i < 3; i++) {
        uint32_t at = lane(i)->divergence;
        ck_assert_uint_gt(at, 0);
        for (uint32_t k = 0; k + 1 < at; k++) {
            ck_assert_uint_eq(lane(0)->history.placed[k], lane(i)->history.placed[k]);
        }
        ck_assert_uint_ne(lane(0)->history.placed[at - 1], lane(i)->history.placed[at - 1]);
        first = at < first ? at : first;
    }
    ck_assert_uint_eq(lane(0)->divergence, first);
    app_seek(f.app, 0);
    app_key(f.app, 'v', 0);
    fixture_draw(&f);
    ck_assert_uint_eq(lane(0)->event, first);
}
END_TEST

START_TEST(a_change_of_one_lane_leaves_the_others)
{
    char why[240];
    app_seek(f.app, 321);
    fixture_draw(&f);
    uint32_t policy = lane(0)->policy;
    ck_assert(source_change(f.source, &(struct source_change){SOURCE_HEAP_BYTES, 1, 16384, 0}, why, sizeof why));
    ck_assert_uint_eq(lane(0)->arena_bytes, 9000);
    ck_assert_uint_eq(lane(1)->arena_bytes, 16384);
    ck_assert_uint_eq(lane(1)->event, 321);
    ck_assert_uint_eq(lane(0)->policy, policy);
    ck_assert(source_change(f.source, &(struct source_change){SOURCE_ALIGNMENT, SOURCE_ALL_LANES, 16, 0}, why, sizeof why));
    ck_assert_uint_eq(lane(2)->alignment, 16);
    ck_assert_str_eq(lane(2)->spec, "tlsf:align=16");
    uint32_t other = 0; /* a policy that has one alignment only: it neither keeps nor takes one */
    while (strcmp(lane(0)->policy_names[other], "mattconte_tlsf") != 0) {
        other++;
    }
    ck_assert(source_change(f.source, &(struct source_change){SOURCE_POLICY, 2, other, 0}, why, sizeof why));
    ck_assert_str_eq(lane(2)->spec, "mattconte_tlsf");
    ck_assert(!source_change(f.source, &(struct source_change){SOURCE_ALIGNMENT, 2, 16, 0}, why, sizeof why));
    ck_assert_str_eq(lane(2)->spec, "mattconte_tlsf");
    ck_assert(!source_change(f.source, &(struct source_change){SOURCE_HEAP_BYTES, 0, 8, 0}, why, sizeof why));
    ck_assert_ptr_nonnull(strstr(why, "best_fit"));
    ck_assert_uint_eq(lane(0)->arena_bytes, 9000);
    ck_assert_int_eq(lane(0)->state, MODEL_READY);
}
END_TEST

/* ---- what only some views ask for ---- */

START_TEST(the_search_of_an_event_is_what_its_history_counts)
{
    uint32_t visits = 0, failed = model_next_mark(lane(0), 0, 1, true);
    source_want(f.source, MODEL_WANT_SEARCH);
    for (uint32_t at = 1; at < 700; at++) {
        ck_assert(source_seek(f.source, at));
        for (uint32_t i = 0; i < 3; i++) {
            ck_assert(lane(i)->search.made);
            ck_assert_msg(lane(i)->search.visits == lane(i)->history.steps[at - 1], "lane %u, event %u: %u visits, the history says %u", i, at,
                          lane(i)->search.visits, lane(i)->history.steps[at - 1]);
            ck_assert_uint_eq(lane(i)->search.placed, lane(i)->history.placed[at - 1]);
            visits += lane(i)->search.visits;
        }
    }
    ck_assert_uint_gt(visits, 100);
    source_seek(f.source, failed);
    const struct model_search *search = &lane(0)->search;
    ck_assert_uint_eq(search->wanted, lane(0)->failure.wanted);
    ck_assert_uint_eq(search->placed, MODEL_PLACED_FAILED);
    for (uint32_t i = 0; i < search->count; i++) { /* a failed request changes nothing: what was visited is still a hole */
        uint32_t span = model_span_at(lane(0), search->steps[i].off);
        ck_assert(search->steps[i].kind != MODEL_STEP_VISIT || lane(0)->spans[span].kind == KIND_FREE);
    }
    source_want(f.source, 0);
    ck_assert(!lane(0)->search.made);
    ck_assert_uint_eq(lane(0)->event, failed);
}
END_TEST

/* The free bytes of bins and slabs together. */
static uint64_t told_free(const struct model *model)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < model->bins.block_count; i++) {
        bytes += model->bins.blocks[i].bytes;
    }
    return bytes;
}

START_TEST(bins_hold_every_free_block_where_it_belongs)
{
    static const char *const policies[] = {"first_fit", "next_fit", "best_fit", "worst_fit", "tlsf", "tlsf:sl=32", "buddy", "pool:block=1600",
                                           "mattconte_tlsf", "bitmap_fit"};
    static const enum model_bins_kind kinds[] = {MODEL_BINS_LIST, MODEL_BINS_LIST, MODEL_BINS_LIST, MODEL_BINS_LIST, MODEL_BINS_TWO_LEVEL,
                                                 MODEL_BINS_TWO_LEVEL, MODEL_BINS_ORDERS, MODEL_BINS_SLABS, MODEL_BINS_TWO_LEVEL,
                                                 MODEL_BINS_CLASSES};
    struct fixture one;
    fixture_open(&one, fixture_trace(5, 10, 1), policies[_i], 40000);
    const struct model *model = source_model(one.source);
    source_want(one.source, MODEL_WANT_BINS | MODEL_WANT_BYTES);
    for (uint32_t at = 0; at < model->count; at += 37) {
        source_seek(one.source, at);
        const struct model_bins *bins = &model->bins;
        ck_assert_int_eq(bins->kind, kinds[_i]);
        ck_assert_msg(told_free(model) == model->kind_bytes[KIND_FREE], "%s, event %u: %u free bytes in bins, %u in spans", policies[_i], at,
                      (unsigned)told_free(model), (unsigned)model->kind_bytes[KIND_FREE]);
        for (uint32_t i = 0; i < bins->bin_count; i++) {
            const struct model_bin *bin = &bins->bins[i];
            ck_assert_uint_eq(bin->bit, bin->count > 0);
            ck_assert(bin->row < bins->rows && bin->column < bins->columns);
            for (uint32_t k = bin->first; k < bin->first + bin->count; k++) {
                ck_assert_msg(bins->blocks[k].bytes >= bin->least && bins->blocks[k].bytes <= bin->most, "%s: %u B in a bin of %u to %u",
                              policies[_i], bins->blocks[k].bytes, bin->least, bin->most);
                ck_assert_int_eq(model->spans[model_span_at(model, bins->blocks[k].off)].kind, KIND_FREE);
            }
        }
        ck_assert_ptr_nonnull(model->memory);
    }
    fixture_close(&one);
}
END_TEST

START_TEST(slabs_count_their_slots)
{
    struct fixture one;
    fixture_open(&one, fixture_trace(5, 10, 1), "rtthread_slab", 600000);
    const struct model *model = source_model(one.source);
    source_want(one.source, MODEL_WANT_BINS);
    source_seek(one.source, model->count / 2);
    ck_assert_int_eq(model->bins.kind, MODEL_BINS_SLABS);
    uint64_t used = 0;
    for (uint32_t i = 0; i < model->bins.slab_count; i++) {
        ck_assert_uint_le(model->bins.slabs[i].used, model->bins.slabs[i].slots);
        used += model->bins.slabs[i].used;
    }
    ck_assert_uint_gt(used, 0);
    ck_assert_uint_eq(used, model->block_count); /* every block of this trace is small */
    fixture_close(&one);
}
END_TEST

START_TEST(a_block_has_the_fields_of_its_policy)
{
    const struct model *model = lane(0);
    ck_assert_uint_eq(model->field_count, 2);
    ck_assert_str_eq(model->fields[0].name, "size·flags");
    ck_assert_uint_eq(model->fields[0].bytes, 4);
    ck_assert(model->fields[1].payload && model->fields[1].bytes == 0);
}
END_TEST

/* ---- work in the background ---- */

static char path[64];

static void wait_for(struct fixture *w, bool (*done)(struct fixture *))
{
    for (int i = 0; i < 20000 && !done(w); i++) {
        app_tick(w->app, 0.001);
        fixture_draw(w); /* the picture can be drawn at any time */
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    ck_assert_msg(done(w), "it did not come to an end");
}

static bool idle(struct fixture *w) { return !source_busy(w->source); }

static void open_background(struct fixture *w)
{
    char why[300];
    memset(w, 0, sizeof *w);
    w->text = text_open(why, sizeof why);
    struct source_options options = {.policy = "first_fit", .heap_bytes = 65536, .arena_base = 0x20000000, .background = true};
    w->source = source_new(&options);
    w->app = app_new(w->source, w->text, 1280, 800);
}

START_TEST(a_trace_is_opened_while_the_window_lives)
{
    struct fixture w;
    fixture_write_trace(path, sizeof path, 60000);
    open_background(&w);
    app_drop(w.app, path);
    ck_assert_int_eq(source_model(w.source)->state, MODEL_LOADING);
    fixture_draw(&w);
    wait_for(&w, idle);
    ck_assert_msg(source_model(w.source)->state == MODEL_READY, "%s: %s", source_model(w.source)->title, source_model(w.source)->detail);
    ck_assert_uint_eq(source_model(w.source)->count, 60000);
    uint32_t start = model_start(source_model(w.source), 1);
    ck_assert_uint_eq(start, model_first_mark(source_model(w.source), MARK_PEAK)); /* it has no failure */
    ck_assert_uint_gt(start, 0);
    ck_assert_uint_eq(app_event_now(w.app), start);
    app_drop(w.app, "/no/such/file");
    ck_assert(source_model(w.source)->state == MODEL_READY || idle(&w)); /* the old picture stays until it is known */
    wait_for(&w, idle);
    ck_assert_int_eq(source_model(w.source)->state, MODEL_ERROR);
    fixture_close(&w);
    remove(path);
}
END_TEST

START_TEST(a_what_if_keeps_place_and_picture_and_can_be_cancelled)
{
    struct fixture w;
    fixture_write_trace(path, sizeof path, 200000);
    open_background(&w);
    app_drop(w.app, path);
    wait_for(&w, idle);
    const struct model *model = source_model(w.source);
    uint32_t policy = model->policy;
    app_seek(w.app, 1234);
    fixture_draw(&w);
    app_key(w.app, KEY_TAB, 0);
    app_key(w.app, KEY_ESCAPE, 0); /* at once: it cannot be done yet */
    wait_for(&w, idle);
    ck_assert_uint_eq(model->policy, policy);
    ck_assert_uint_eq(model->event, 1234);
    app_key(w.app, KEY_TAB, 0);
    ck_assert(app_state(w.app)->work.on);
    app_seek(w.app, 4321); /* meanwhile the old run can be moved through */
    fixture_draw(&w);
    ck_assert_uint_eq(model->policy, policy);
    ck_assert_uint_eq(model->event, 4321);
    app_key(w.app, KEY_UP, MOD_CTRL); /* a second change on top of the first */
    wait_for(&w, idle);
    ck_assert_uint_eq(model->policy, (policy + 1) % model->policy_count);
    ck_assert_uint_eq(model->arena_bytes, 65536 + 4096);
    ck_assert_uint_eq(model->event, 4321);
    ck_assert(!app_state(w.app)->work.on);
    fixture_close(&w);
    remove(path);
}
END_TEST

/* The thread has ended when Esc is pressed, but nobody has seen what it came to. */
START_TEST(a_what_if_that_has_just_ended_can_be_cancelled)
{
    struct fixture w;
    char why[240];
    fixture_write_trace(path, sizeof path, 2000);
    open_background(&w);
    app_drop(w.app, path);
    wait_for(&w, idle);
    const struct model *model = source_model(w.source);
    uint32_t policy = model->policy;
    const struct source_change change = {SOURCE_POLICY, 0, (policy + 1) % model->policy_count, 0};
    ck_assert(source_change(w.source, &change, why, sizeof why));
    while (!atomic_load(&w.source->job->finished)) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    source_cancel(w.source);
    ck_assert_int_eq(source_poll(w.source, why, sizeof why), SOURCE_CANCELLED);
    ck_assert_uint_eq(model->policy, policy);
    ck_assert(!source_busy(w.source));
    fixture_close(&w);
    remove(path);
}
END_TEST

static const char two_heaps[] =
    "{\"format\":\"heaplab-trace\",\"version\":1,\"heaps\":[{\"name\":\"default\"},"
    "{\"name\":\"rx-pool\",\"pool\":{\"block\":130,\"count\":2}},{\"name\":\"spare\"}]}\n"
    "{\"op\":\"alloc\",\"id\":1,\"size\":200}\n{\"op\":\"alloc\",\"id\":5,\"size\":128,\"heap\":1}\n"
    "{\"op\":\"free\",\"id\":1}\n{\"op\":\"alloc\",\"id\":6,\"size\":100,\"heap\":1}\n{\"op\":\"free\",\"id\":5}\n";

static bool shows(struct fixture *w, const char *words)
{
    const struct drawlist *list = fixture_draw(w);
    for (size_t i = 0; i < list->count; i++) {
        if (list->ops[i].type == DRAW_TEXT && strstr(drawlist_text(list, &list->ops[i]), words)) {
            return true;
        }
    }
    return false;
}

/* Dropped, it is asked which of its heaps shall be shown, by keys or a click; a pool is one, with as many blocks as it has. */
START_TEST(one_of_several_heaps_is_chosen_in_the_window)
{
    char why[300], line[APP_COMMAND_MAX];
    struct fixture w = {0};
    snprintf(path, sizeof path, "/tmp/viz_source_%d.jsonl", (int)getpid());
    FILE *file = fopen(path, "w");
    ck_assert(file && fputs(two_heaps, file) >= 0 && fclose(file) == 0);
    w.text = text_open(why, sizeof why);
    const struct source_options options = {.arena_base = 0x20000000, .background = true};
    w.source = source_new(&options);
    w.app = app_new(w.source, w.text, 1280, 800);
    app_drop(w.app, path);
    wait_for(&w, idle);
    ck_assert_uint_eq(source_model(w.source)->heap_count, 2); /* the third has no events */
    ck_assert(shows(&w, "rx-pool") && shows(&w, "a pool of 2 blocks of 130 B"));
    app_key(w.app, KEY_DOWN, 0);
    app_key(w.app, KEY_ENTER, 0);
    wait_for(&w, idle);
    const struct model *model = source_model(w.source);
    ck_assert_int_eq(model->state, MODEL_READY);
    ck_assert_uint_eq(model->count, 3);
    ck_assert_str_eq(model->spec, "pool:block=130");
    ck_assert_uint_eq(model->arena_bytes, 288); /* as heaplab replay has it: tests/heaps.sh */
    ck_assert(shows(&w, "288 B \u00b7 rx-pool"));
    app_command_line(w.app, line, sizeof line);
    ck_assert_ptr_nonnull(strstr(line, "-p pool:block=130 -s 288 --heap rx-pool "));
    app_drop(w.app, path);
    wait_for(&w, idle);
    fixture_draw(&w);
    const struct hits *hits = app_hits(w.app);
    for (uint32_t i = 0; i < hits->count; i++) {
        if (hits->list[i].kind == HIT_HEAP && hits->list[i].value == 0) {
            app_mouse_down(w.app, hits->list[i].area.x + 3, hits->list[i].area.y + 3);
            break;
        }
    }
    wait_for(&w, idle);
    ck_assert_int_eq(source_model(w.source)->state, MODEL_READY);
    ck_assert_str_eq(source_model(w.source)->heap_name, "default");
    ck_assert_str_eq(source_model(w.source)->policy_name, "tlsf");
    ck_assert_uint_eq(app_event_now(w.app), model_start(source_model(w.source), 1));
    fixture_close(&w);
    remove(path);
}
END_TEST

START_TEST(a_lane_is_added_in_the_background)
{
    struct fixture w;
    fixture_write_trace(path, sizeof path, 200000);
    open_background(&w);
    app_drop(w.app, path);
    wait_for(&w, idle);
    app_seek(w.app, 1234);
    app_state(w.app)->view = VIEW_DUEL;
    fixture_draw(&w);
    app_key(w.app, '+', 0);
    app_key(w.app, KEY_ENTER, 0);
    ck_assert(app_state(w.app)->work.on);
    ck_assert_int_eq(source_lane_count(w.source), 1); /* the old picture stays meanwhile */
    app_key(w.app, KEY_UP, MOD_CTRL); /* of which lane? */
    ck_assert_ptr_nonnull(strstr(app_state(w.app)->message, "being added"));
    wait_for(&w, idle);
    ck_assert_int_eq(source_lane_count(w.source), 2);
    ck_assert_uint_eq(source_lane(w.source, 1)->event, 1234);
    ck_assert_uint_eq(source_lane(w.source, 1)->arena_bytes, 65536 + 4096);
    ck_assert_uint_eq(source_lane(w.source, 0)->arena_bytes, 65536);
    app_key(w.app, '-', 0);
    app_key(w.app, KEY_ESCAPE, 0);
    wait_for(&w, idle);
    ck_assert_int_eq(source_lane_count(w.source), 2);
    fixture_close(&w);
    remove(path);
}
END_TEST

START_TEST(a_cancelled_load_shows_what_was_read)
{
    struct fixture w;
    fixture_write_trace(path, sizeof path, 2000000);
    open_background(&w);
    app_drop(w.app, path);
    for (int i = 0; i < 2000 && source_model(w.source)->progress_done == 0 && !source_shows_part(w.source); i++) {
        app_tick(w.app, 0.001);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    app_key(w.app, KEY_ESCAPE, 0);
    wait_for(&w, idle);
    const struct model *model = source_model(w.source);
    ck_assert_int_eq(model->state, MODEL_READY);
    ck_assert_uint_gt(model->count, 0);
    ck_assert_uint_lt(model->count, 2000000);
    ck_assert_ptr_nonnull(strstr(model->banner, "stopped"));
    app_key(w.app, KEY_END, 0);
    fixture_draw(&w);
    ck_assert_uint_eq(model->event, model->count);
    fixture_close(&w);
    remove(path);
}
END_TEST

/* Nobody writes into it: the reader waits, the person does not. Meanwhile K says what is read, as a shell takes it. */
START_TEST(leaving_does_not_wait_for_a_pipe)
{
    struct fixture w;
    char line[APP_COMMAND_MAX], why[200];
    struct trace_selection selection = {.heap = "two words"};
    ck_assert(trace_bound_parse(&selection.from, "mark=phase 2", why, sizeof why));
    snprintf(path, sizeof path, "/tmp/viz_source_%d.fifo", (int)getpid());
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    open_background(&w);
    app_open(w.app, path, &selection);
    app_command_line(w.app, line, sizeof line);
    ck_assert_msg(strstr(line, " --from 'mark=phase 2' --heap 'two words' ") != NULL, "%s", line);
    fixture_close(&w);
    remove(path);
}
END_TEST

START_TEST(leaving_does_not_wait_for_the_end)
{
    struct fixture w;
    fixture_write_trace(path, sizeof path, 400000);
    open_background(&w);
    app_drop(w.app, path);
    fixture_close(&w);
    remove(path);
}
END_TEST

/* ---- keys that belong to no view ---- */

static void type(const char *text)
{
    app_key(f.app, 'g', 0);
    for (const char *c = text; *c; c++) {
        app_key(f.app, (uint32_t)*c, 0);
    }
    app_key(f.app, KEY_ENTER, 0);
    fixture_draw(&f);
}

START_TEST(go_to_takes_events_times_places_and_ids)
{
    char text[32];
    app_key(f.app, '1', 0);
    type("1,234");
    ck_assert_uint_eq(lane(0)->event, 1234);
    type("t=500"); /* the fixture's t is the event's index */
    ck_assert_uint_eq(lane(0)->event, 501);
    const struct model_block *block = &lane(0)->blocks[lane(0)->block_count / 2];
    uint64_t id = block->id;
    snprintf(text, sizeof text, "0x%x", (unsigned)(0x20000000 + block->payload_off));
    type(text);
    ck_assert(app_state(f.app)->pinned && app_state(f.app)->pinned_id == id);
    snprintf(text, sizeof text, "+%u", (unsigned)lane(0)->blocks[0].payload_off);
    type(text);
    ck_assert_uint_eq(app_state(f.app)->pinned_id, lane(0)->blocks[0].id);
    snprintf(text, sizeof text, "%08X", (unsigned)(0x20000000 + lane(0)->blocks[1].payload_off)); /* as the picture shows it */
    type(text);
    ck_assert_uint_eq(app_state(f.app)->pinned_id, lane(0)->blocks[1].id);
    ck_assert_uint_eq(lane(0)->event, 501);
    snprintf(text, sizeof text, "+%u", (unsigned)lane(0)->largest_off + 4);
    type(text); /* a hole: told, and nothing is pinned */
    ck_assert(!app_state(f.app)->pinned && strstr(app_state(f.app)->message, " lies in free: ") != NULL);
    type("#2");
    ck_assert_uint_eq(app_state(f.app)->pinned_id, 2);
    ck_assert_uint_ne(model_block_of_id(lane(0), 2), MODEL_NONE);
    ck_assert_int_eq(app_state(f.app)->overlay, OVERLAY_NONE);
    type("+900000");
    ck_assert_int_eq(app_state(f.app)->overlay, OVERLAY_GO); /* refused: it says why and stays */
    ck_assert_ptr_nonnull(strstr(app_state(f.app)->entry_note, "20000000"));
    app_key(f.app, KEY_ESCAPE, 0);
    type("nonsense");
    ck_assert_str_ne(app_state(f.app)->entry_note, "");
    app_key(f.app, KEY_BACKSPACE, 0);
    ck_assert_str_eq(app_state(f.app)->entry, "nonsens");
    ck_assert_str_eq(app_state(f.app)->entry_note, "");
}
END_TEST

START_TEST(a_range_has_two_ends_in_order)
{
    app_key(f.app, '1', 0);
    app_seek(f.app, 900);
    app_key(f.app, 'a', 0);
    app_seek(f.app, 300);
    app_key(f.app, 'b', 0);
    ck_assert_uint_eq(app_state(f.app)->range_from, 300);
    ck_assert_uint_eq(app_state(f.app)->range_to, 900);
    fixture_draw(&f);
    app_key(f.app, KEY_ESCAPE, 0);
    ck_assert_uint_eq(app_state(f.app)->range_from, VIEW_NO_EVENT);
    ck_assert_uint_eq(app_state(f.app)->range_to, VIEW_NO_EVENT);
}
END_TEST

/* The line that K prints is read back by the command line, and asks for the same. */
START_TEST(the_command_line_repeats_the_state)
{
    char *argv[32], line[400], why[240];
    int argc = 0;
    struct view_options options;
    app_key(f.app, '1', 0);
    app_seek(f.app, 50);
    app_key(f.app, 'a', 0);
    app_seek(f.app, 90);
    app_key(f.app, 'b', 0);
    fixture_draw(&f);
    app_key(f.app, '+', 0);
    app_key(f.app, '3', 0);
    app_key(f.app, 't', 0);
    app_key(f.app, 'l', 0);
    app_seek(f.app, 777);
    app_pin(f.app, 9);
    app_key(f.app, 'k', 0);
    snprintf(line, sizeof line, "%s", app_state(f.app)->message);
    for (char *word = strtok(line, " "); word && argc < 32; word = strtok(NULL, " ")) {
        argv[argc++] = word;
    }
    ck_assert_msg(view_options_parse(&options, argc, argv, why, sizeof why), "%s", why);
    ck_assert_str_eq(options.policy, "best_fit,first_fit,tlsf");
    ck_assert_uint_eq(options.heap_bytes, 9000);
    ck_assert_uint_eq(options.range_from, 50);
    ck_assert_uint_eq(options.range_to, 90);
    ck_assert_uint_eq(options.map_first, app_state(f.app)->map_first);
    ck_assert_uint_eq(options.map_bytes, app_state(f.app)->map_bytes);
    ck_assert_uint_gt(options.map_bytes, 0);
    ck_assert_uint_eq(options.at, 777);
    ck_assert_uint_eq(options.pin, 9);
    ck_assert_int_eq(options.view, VIEW_WHY);
    ck_assert_int_eq(options.theme, THEME_LIGHT);
    ck_assert_int_eq(options.language, LANGUAGE_CHINESE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_source");
    TCase *cases = tcase_create("lanes"), *work = tcase_create("work");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, lanes_run_in_lockstep_and_part_where_they_say);
    tcase_add_test(cases, a_change_of_one_lane_leaves_the_others);
    tcase_add_test(cases, the_search_of_an_event_is_what_its_history_counts);
    tcase_add_test(cases, a_block_has_the_fields_of_its_policy);
    tcase_add_test(cases, go_to_takes_events_times_places_and_ids);
    tcase_add_test(cases, a_range_has_two_ends_in_order);
    tcase_add_test(cases, the_command_line_repeats_the_state);
    tcase_set_timeout(cases, 120);
    suite_add_tcase(suite, cases);
    tcase_add_loop_test(work, bins_hold_every_free_block_where_it_belongs, 0, 10);
    tcase_add_test(work, slabs_count_their_slots);
    tcase_add_test(work, a_trace_is_opened_while_the_window_lives);
    tcase_add_test(work, a_what_if_keeps_place_and_picture_and_can_be_cancelled);
    tcase_add_test(work, a_cancelled_load_shows_what_was_read);
    tcase_add_test(work, a_what_if_that_has_just_ended_can_be_cancelled);
    tcase_add_test(work, leaving_does_not_wait_for_a_pipe);
    tcase_add_test(work, a_lane_is_added_in_the_background);
    tcase_add_test(work, one_of_several_heaps_is_chosen_in_the_window);
    tcase_add_test(work, leaving_does_not_wait_for_the_end);
    tcase_set_timeout(work, 250);
    suite_add_tcase(suite, work);
    return fixture_run(suite);
}
