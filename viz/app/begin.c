/* begin.c: see begin.h. */
#include "begin.h"

#include <string.h>

#include "colouring.h"
#include "trace_select.h"

/* The event of that time, or of that mark; false: the trace ends before. */
static bool find_bound(const struct source *source, const struct model *model, const struct trace_bound *bound, uint32_t *event)
{
    if (bound->kind == TRACE_BOUND_TIME) {
        return source_event_at_time(source, bound->number, event);
    }
    size_t bytes;
    const char *name = trace_bound_mark(bound, &bytes);
    uint64_t left = bound->number ? bound->number : 1;
    for (uint32_t i = 0; i < model->mark_count; i++) {
        const struct model_mark *mark = &model->marks[i];
        if (mark->kind == MARK_PHASE && strlen(mark->name) == bytes && memcmp(mark->name, name, bytes) == 0 && --left == 0) {
            *event = mark->event;
            return true;
        }
    }
    return false;
}

static uint32_t start_at_bound(const struct view_options *options, const struct source *source, const struct model *model, begin_note *note)
{
    uint32_t event = model->count;
    if (!find_bound(source, model, &options->at_bound, &event)) {
        note("--at %s: not in this trace; its end is shown", options->at_bound.text);
    }
    return event;
}

static uint32_t start_event(const struct view_options *options, const struct model *model, begin_note *note)
{
    uint32_t failure = model_first_mark(model, MARK_FAILURE), peak = model_first_mark(model, MARK_PEAK);
    uint32_t peak_or_end = peak ? peak : model->count;
    if (!options->at_given) {
        return options->play ? 0 : model_start(model, 1);
    }
    if (options->at_failure) {
        if (!failure) {
            note("--at failure: no request fails in this run; the %s is shown", peak ? "peak" : "end");
        }
        return failure ? failure : peak_or_end;
    }
    if (options->at_peak) {
        if (!peak) {
            note("--at peak: nothing is allocated in this run; the end is shown");
        }
        return peak_or_end;
    }
    if (options->at > model->count) {
        note("--at %u: the trace ends at event %u; that is shown", (unsigned)options->at, (unsigned)model->count);
    }
    return options->at;
}

static void note_unserved(const struct view_options *options, const struct model *model, begin_note *note)
{
    uint32_t i = 0;
    while (i < model->life_count && model->lives[i].id != options->pin) {
        i++;
    }
    if (options->pin_given && i == model->life_count) {
        note("--pin %llu: no block of this run has this id", (unsigned long long)options->pin);
    }
    if (!colouring_serves(model, options->colour)) {
        note("--colour %s: not in this trace; the colours show the kind", colour_mode_names[options->colour]);
    }
}

/* Where the chosen lane of a duel does not fail, another may. */
static uint32_t lane_to_start(const struct view_options *options, const struct source *source)
{
    uint32_t lane = options->lane, lanes = (uint32_t)source_lane_count(source);
    for (uint32_t i = 0; options->view == VIEW_DUEL && i < lanes && !model_first_mark(source_lane(source, lane), MARK_FAILURE); i++) {
        lane = i;
    }
    return lane;
}

static void type(struct app *app, const char *text)
{
    app_do(app, ACTION_GO);
    for (const char *c = text; *c; c++) {
        app_key(app, (uint32_t)(unsigned char)*c, 0);
    }
}

/* What lies over the view, and the mouse: both need a picture below them. */
static void lay_over(struct app *app, const struct view_options *options, const struct model *model)
{
    struct view_state *state = app_state(app);
    int w, h;
    app_draw(app, &w, &h);
    if (options->go) {
        type(app, options->go);
        app_key(app, KEY_ENTER, 0);
    }
    if (options->point_given) {
        app_mouse_move(app, options->point_x, options->point_y);
    }
    switch (options->overlay) {
    case OVERLAY_GO: type(app, options->overlay_entry); break;
    case OVERLAY_POLICY:
    case OVERLAY_ADD:
        state->overlay = options->overlay;
        state->menu_line = options->overlay_line < model->policy_count ? options->overlay_line : 0;
        break;
    case OVERLAY_ANOMALIES:
        state->overlay = model->banner[0] ? OVERLAY_ANOMALIES : OVERLAY_NONE;
        state->list_first = options->overlay_line < model->anomalies_kept ? options->overlay_line : 0;
        break;
    case OVERLAY_HELP: state->overlay = OVERLAY_HELP; break;
    case OVERLAY_NONE: break;
    }
    app_state(app); /* the picture above was never shown: the next one is due */
}

static void begin_run(struct app *app, struct source *source, const struct view_options *options, begin_note *note)
{
    const struct model *model = source_model(source);
    struct view_state *state = app_state(app);
    note_unserved(options, model, note);
    state->colour = colouring_serves(model, options->colour) ? options->colour : COLOUR_KIND;
    const struct model *first = source_lane(source, lane_to_start(options, source));
    bool bound = options->at_given && options->at_bound.kind != TRACE_BOUND_NONE;
    app_seek(app, bound ? start_at_bound(options, source, first, note) : start_event(options, first, note));
    state->chosen_lane = options->lane;
    for (uint32_t i = 0; i < MODEL_LANES && (options->hidden >> state->chosen_lane & 1); i++) {
        state->chosen_lane = i; /* the chosen one is shown */
    }
    state->duel.hidden = options->hidden;
    state->duel.sorted = options->sorted;
    state->why.bins = options->bins;
    state->range_from = options->range_from > model->count ? VIEW_NO_EVENT : options->range_from;
    state->range_to = options->range_to > model->count ? VIEW_NO_EVENT : options->range_to;
    state->map_first = options->map_first;
    state->map_bytes = options->map_bytes;
    state->bytes = options->bytes;
    if (options->pin_given) {
        app_pin(app, options->pin);
    }
    if (options->play) {
        app_play(app, BEGIN_PLAY_SECONDS);
    }
    if (options->speed) {
        app_set_speed(app, options->speed);
    }
    lay_over(app, options, model);
}

void begin_view(struct app *app, struct source *source, const struct view_options *options, begin_note *note)
{
    struct view_state *state = app_state(app);
    app_set_still(app, options->still);
    state->theme = options->theme;
    state->projector = options->theme == THEME_PROJECTOR;
    state->scale_percent = options->scale_percent;
    state->view = options->view;
    state->language = options->language;
    state->overlay = options->overlay == OVERLAY_HELP ? OVERLAY_HELP : OVERLAY_NONE;
    if (source_model(source)->state == MODEL_READY) {
        begin_run(app, source, options, note);
    }
}
