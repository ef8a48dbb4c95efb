/* view_map.c: the Map view: heap map, space and time, heap budget, percent lane, and the right column. */
#include "pane.h"

static struct screen layout(const struct view_ask *ask)
{
    const struct view_state *state = ask->state;
    uint32_t arena = ask->models->arena_bytes ? ask->models->arena_bytes : 8;
    bool part = state->map_bytes > 0 && state->map_bytes < arena && state->map_first <= arena - state->map_bytes;
    struct screen (*make)(int, int, int, uint32_t, uint32_t) = ask->models->map_count > 0 ? screen_make_bits : screen_make;
    struct screen screen = make(ask->w, ask->h, ask->scale_percent, part ? state->map_first : 0, part ? state->map_bytes : arena);
    screen.range_report = true;
    return screen;
}

static void draw(const struct frame *frame)
{
    struct columns *columns = &frame->caches->columns[0];
    columns_update(columns, frame->model, frame->screen->budget.w);
    map_pane_draw(frame, frame->caches->map[0]);
    strip_pane_draw(frame, frame->caches->strip[0]);
    budget_pane_draw(frame, columns);
    percent_pane_draw(frame, columns);
    time_axis_draw(frame);
    side_panel_draw(frame);
    map_marks_draw(frame);
}

static const struct key_hint hints[] = {
    {"Space", "play", ACTION_PLAY, HINT_PAUSED},        {"Space", "pause", ACTION_PLAY, HINT_PLAYING},
    {"\u2190\u2192", "event", ACTION_STEP, HINT_RUN},   {"\u21e7\u2190\u2192", "100 events", ACTION_STEP_100, HINT_RUN},
    {"N", "next mark", ACTION_NEXT_MARK, HINT_RUN},     {"F", "failure", ACTION_FAILURE, HINT_FAILS},
    {"[ ]", "other failures", ACTION_NEXT_FAILURE, HINT_FAILING}, {"3", "why", ACTION_TAB_WHY, HINT_FAILING},
    {"C", "colour", ACTION_COLOUR, HINT_RUN},           {"Click", "pin block", ACTION_NONE, HINT_UNPINNED},
    {"Esc", "unpin", ACTION_CLOSE, HINT_PINNED},        {"Z", "bytes", ACTION_BYTES, HINT_PINNED},
    {"Esc", "whole map", ACTION_CLOSE, HINT_PART},      {"M", "policy", ACTION_POLICY, HINT_RUN},
    {", .", "speed", ACTION_FASTER, HINT_RUN},          {"T", "theme", ACTION_THEME, HINT_ALWAYS},
    {"P", "projector", ACTION_PROJECTOR, HINT_ALWAYS},
};

const struct view_def view_def_map = {
    .name = "map", .tab = WORD_TAB_MAP, .wants = MODEL_WANT_BYTES, .layout = layout, .draw = draw, .hints = hints, .hint_count = sizeof hints / sizeof *hints,
};
