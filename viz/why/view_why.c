/* view_why.c: the Why view: why the event at the cursor went as it did. A failure: what was wanted against the holes, and the blocks
 * that keep them apart. A request that was served: which hole, and what stayed over. A free: what merged. */
#include "why.h"

static struct screen layout(const struct view_ask *ask)
{
    struct screen screen = screen_begin(ask->w, ask->h, ask->scale_percent);
    int inset = screen_px(&screen, 12);
    screen_foot(&screen, screen.content.x + inset, screen.content.w - 2 * inset, screen_px(&screen, screen.low ? 44 : 56), 0);
    return screen;
}

/* The policy's own lists first where it has more than one; B shows the other. */
static bool shows_bins(const struct frame *frame)
{
    enum model_bins_kind kind = frame->model->bins.kind;
    bool own = kind == MODEL_BINS_TWO_LEVEL || kind == MODEL_BINS_ORDERS || kind == MODEL_BINS_SLABS || kind == MODEL_BINS_CLASSES;
    return own != frame->state->why.bins;
}

/* A search without a bar is one line above the other pane; one of a few bars takes a third. */
static void draw_bottom(const struct frame *frame, const struct why *why, struct rect area)
{
    int bars = why_search_bars(frame, why, WHY_FEW_BARS + 1), line = px(frame, 30);
    int between = px(frame, 32), right_w = (area.w - between) * (bars <= WHY_FEW_BARS ? 66 : shows_bins(frame) ? 46 : 36) / 100;
    struct rect right = rect_make(area.x + area.w - right_w, area.y, right_w, area.h);
    if (bars == 0) {
        right = rect_make(area.x, area.y + line, area.w, area.h - line);
        why_search_draw(frame, why, rect_make(area.x, area.y, area.w, line));
    } else {
        why_search_draw(frame, why, rect_make(area.x, area.y, area.w - right_w - between, area.h));
    }
    if (shows_bins(frame)) {
        why_bins_draw(frame, why, right);
    } else {
        why_octaves_draw(frame, why, right);
    }
}

static void draw(const struct frame *frame)
{
    const struct screen *screen = frame->screen;
    struct why why = why_of(frame);
    struct why_tag tag = {.words = ""};
    why.tag = &tag;
    struct frame below = *frame; /* the strip shows the same pins */
    below.pins = why.window;
    bool low = screen->low;
    int x = screen->strip.x, w = screen->strip.w, y = screen->content.y, gap = px(frame, low ? 6 : 12), head = px(frame, low ? 68 : 72);
    int wanted = px(frame, low ? 24 + 18 + 3 + 20 : 24 + 24 + 3 + 24), lane = why_lane_height(frame, &why);
    why_head_draw(frame, &why, rect_make(x, y, w, head));
    y += head;
    why_wanted_draw(frame, &why, rect_make(x, y, w, wanted));
    y += wanted + gap + px(frame, 2);
    why_lane_draw(frame, &why, rect_make(x, y, w, lane));
    y += lane + gap;
    int legend = low ? 0 : px(frame, 20); /* of the strip's colours */
    draw_bottom(frame, &why, rect_make(x, y, w, screen->marks.y - px(frame, low ? 4 : 10) - legend - y));
    if (legend > 0) {
        strip_legend_draw(frame, x, x + w, screen->marks.y - legend);
    }
    strip_pane_draw(&below, frame->caches->strip[0]);
    time_axis_draw(&below);
    why_tag_draw(frame, &why);
}

static bool act(struct view_input *input, enum action action)
{
    struct why_state *why = &input->state->why;
    const struct model_search *search = &input->models[0].search;
    switch (action) {
    case ACTION_WHY_REPLAY:
        why->replay = why->replay < 0 && search->visits > 0 && !input->state->still ? 0 : -1;
        return true;
    case ACTION_WHY_BINS: why->bins = !why->bins; return true;
    default: return false;
    }
}

/* The first block of a list, of those that HIT_PART means; MODEL_NONE: none. */
static uint32_t first_of_bin(const struct model *model, uint32_t part)
{
    uint32_t index = part - WHY_PART_BIN;
    const struct model_bin *bin = part >= WHY_PART_BIN && index < model->bins.bin_count ? &model->bins.bins[index] : NULL;
    return bin && bin->count > 0 ? model->bins.blocks[bin->first].off : MODEL_NONE;
}

/* A hole is shown on the map, with as much again at each side. */
static bool press(struct view_input *input, struct hit hit, int x, int y)
{
    const struct model *model = input->models;
    uint32_t off = hit.kind == HIT_VIEW ? hit.value : first_of_bin(model, hit.value), span = off == MODEL_NONE ? off : model_span_at(model, off);
    (void)x, (void)y;
    if (span == MODEL_NONE) {
        return false;
    }
    uint64_t size = 64, begin = model->spans[span].off;
    while (size < 4 * (uint64_t)model->spans[span].size) {
        size *= 2;
    }
    if (size < model->arena_bytes) {
        uint64_t first = begin > size / 3 ? begin - size / 3 : 0;
        first = first + size > model->arena_bytes ? model->arena_bytes - size : first;
        input->state->map_first = (uint32_t)(first - first % 8);
        input->state->map_bytes = (uint32_t)size;
    } else {
        input->state->map_bytes = 0;
    }
    input->then = ACTION_TAB_MAP;
    return true;
}

/* The search is shown once when a failure is reached; Enter shows it again. */
static bool tick(struct view_input *input, double seconds)
{
    struct why_state *why = &input->state->why;
    const struct model *model = input->models;
    bool fresh = why->seen_event != model->event;
    why->seen_event = model->event;
    if (fresh) {
        why->replay = model->failure.at_cursor && model->search.visits > 1 && !input->state->playing && !input->state->still ? 0 : -1;
        return why->replay >= 0;
    }
    if (why->replay < 0) {
        return false;
    }
    why->replay += seconds;
    if (why->replay >= why_replay_seconds(model->search.visits) || input->state->still) {
        why->replay = -1;
    }
    return true;
}

static const struct key_binding keys[] = {
    {KEY_ENTER, 0, ACTION_WHY_REPLAY, "Enter", "replay the search", "Why"},
    {'b', 0, ACTION_WHY_BINS, "B", "lists or sizes", NULL},
    {'a', MOD_CTRL, ACTION_RANGE_FROM, "Ctrl A, B", "range from here, to here", NULL},
    {'b', MOD_CTRL, ACTION_RANGE_TO, NULL, NULL, NULL},
};

static const struct key_hint hints[] = {
    {"Enter", "replay the search", ACTION_WHY_REPLAY, HINT_RUN}, {"[ ]", "other failures", ACTION_NEXT_FAILURE, HINT_RUN}, {"Click", "pin block", ACTION_NONE, HINT_RUN},
    {"B", "lists or sizes", ACTION_WHY_BINS, HINT_RUN}, {"1", "back to the map", ACTION_TAB_MAP, HINT_ALWAYS}, {"F", "failure", ACTION_FAILURE, HINT_RUN},
    {"Space", "play", ACTION_PLAY, HINT_RUN}, {"\u2190\u2192", "event", ACTION_STEP, HINT_RUN},
};

const struct view_def view_def_why = {
    .name = "why", .tab = WORD_TAB_WHY, .wants = MODEL_WANT_SEARCH | MODEL_WANT_BINS, .layout = layout, .draw = draw,
    .hints = hints, .hint_count = sizeof hints / sizeof *hints, .keys = keys, .key_count = sizeof keys / sizeof *keys,
    .act = act, .press = press, .tick = tick,
};
