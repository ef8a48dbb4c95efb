/* strip_pane.c: space and time: the whole run as a picture that is also the scrubber, and the marks above it.
 *
 * The picture is painted once for a run, size and theme; the part right of the playhead is dimmed by time_axis.c.
 */
#include "strip_image.h"

#include <stdio.h>
#include <stdlib.h>

#include "pane.h"

#define PLACED_MAX 512

/* A mark's sign and where it stands: side by side with its neighbours and inside the pane, so not always at its event's pixel `at`. */
struct placed_mark { const struct model_mark *mark; int at, x; };

struct placed_marks { struct placed_mark list[PLACED_MAX]; int count; };

struct strip_cache {
    struct draw_image image;
    struct light light;
    const struct model *of;
    uint32_t run_version;
    enum theme_id theme;
    bool valid;
};

struct strip_cache *strip_cache_new(void)
{
    struct strip_cache *cache = calloc(1, sizeof *cache);
    if (cache) {
        light_init(&cache->light);
    }
    return cache;
}

void strip_cache_free(struct strip_cache *cache)
{
    if (cache) {
        free(cache->image.pixels);
    }
    free(cache);
}

static bool cache_update(struct strip_cache *cache, const struct frame *frame)
{
    struct rect r = frame->screen->strip;
    if (cache->valid && cache->image.w == r.w && cache->image.h == r.h && cache->theme == frame->state->theme &&
        cache->of == frame->model && cache->run_version == frame->model->run_version) {
        return true;
    }
    cache->valid = false;
    free(cache->image.pixels);
    cache->image = (struct draw_image){r.w, r.h, malloc((size_t)r.w * (size_t)r.h * sizeof(uint32_t))};
    if (!cache->image.pixels || !strip_image_paint(&cache->image, frame->model, frame->theme, &cache->light)) {
        return false;
    }
    cache->theme = frame->state->theme;
    cache->of = frame->model;
    cache->run_version = frame->model->run_version;
    cache->valid = true;
    return true;
}

/* A bar over the life of a block, from birth to the playhead, with a rim so that it stands out. */
static void draw_life_bar(const struct frame *frame, uint32_t off, uint32_t size, uint32_t birth, uint32_t until, uint32_t colour)
{
    struct rect strip = frame->screen->strip;
    int unit = frame->screen->unit, thick = 2 * unit;
    uint64_t middle = off + (uint64_t)size / 2;
    int y = strip.y + (int)(middle * (uint64_t)strip.h / frame->model->arena_bytes) - thick / 2;
    int x0 = screen_event_x(frame->screen, birth, frame->model->count), x1 = screen_event_x(frame->screen, until, frame->model->count);
    if (x1 <= x0) {
        x1 = x0 + 1;
    }
    draw_fill(frame->list, rect_make(x0, y - unit, x1 - x0, thick + 2 * unit), frame->theme->well);
    draw_fill(frame->list, rect_make(x0, y - 2 * unit, thick, thick + 4 * unit), colour);
    draw_fill(frame->list, rect_make(x0, y, x1 - x0, thick), colour);
}

static void draw_life_bars(const struct frame *frame)
{
    const struct model *model = frame->model;
    for (uint32_t i = 0; i < frame->pins.count && i < 5; i++) {
        const struct model_block *pin = &model->blocks[frame->pins.first_block + i];
        draw_life_bar(frame, pin->off, pin->size, pin->birth, model->event, frame->theme->fail);
    }
    if (!frame->state->pinned) {
        return;
    }
    for (uint32_t i = 0; i < model->life_count; i++) {
        const struct model_life *life = &model->lives[i];
        if (life->id == frame->state->pinned_id && life->birth <= model->event) {
            draw_life_bar(frame, life->off, life->size, life->birth, life->death < model->event ? life->death : model->event,
                          frame->theme->focus);
        }
    }
}

/* A failure close behind another is a tick, so that a thousand of them are seen as what they are. */
static bool failure_is_crowded(const struct frame *frame, int x, int *last_failure)
{
    bool crowded = x - *last_failure < px(frame, 10);
    *last_failure = x;
    return crowded;
}

static struct placed_marks place_marks(const struct frame *frame)
{
    struct placed_marks out = {.count = 0};
    struct rect lane = frame->screen->marks;
    int half = px(frame, 5), last_failure = -1000, last = lane.x - half;
    for (uint32_t i = 0; i < frame->model->mark_count && out.count < PLACED_MAX; i++) {
        const struct model_mark *mark = &frame->model->marks[i];
        int at = screen_event_x(frame->screen, mark->event, frame->model->count);
        if (mark->kind != MARK_PHASE && (mark->kind != MARK_FAILURE || !failure_is_crowded(frame, at, &last_failure))) {
            out.list[out.count++] = (struct placed_mark){mark, at, at};
        }
    }
    for (int i = 0; i < out.count; i++) {
        int x = out.list[i].at, most = lane.x + lane.w - half - 1 - (out.count - 1 - i) * 2 * half; /* room for those that follow */
        x = x < last + 2 * half ? last + 2 * half : x;
        last = out.list[i].x = x < most ? x : most;
    }
    return out;
}

static bool lane_is_free(const struct frame *frame, const struct placed_marks *placed, int from, int to)
{
    int head = screen_event_x(frame->screen, frame->model->event, frame->model->count);
    int pointed = screen_event_x(frame->screen, frame->state->pointed_event, frame->model->count);
    if ((head >= from - 1 && head <= to) || (frame->state->pointing_event && pointed >= from - 1 && pointed <= to)) {
        return false;
    }
    for (int i = 0; i < placed->count; i++) {
        int low = placed->list[i].x < placed->list[i].at ? placed->list[i].x : placed->list[i].at;
        int high = placed->list[i].x > placed->list[i].at ? placed->list[i].x : placed->list[i].at;
        if (high >= from - px(frame, 7) && low <= to + px(frame, 7)) {
            return false;
        }
    }
    return true;
}

/* No tick of a mark behind mark `i` stands between the two. */
static bool no_tick_between(const struct frame *frame, uint32_t i, int from, int to)
{
    int at = from - 1;
    for (i++; i < frame->model->mark_count && at < from; i++) {
        at = screen_event_x(frame->screen, frame->model->marks[i].event, frame->model->count) + frame->screen->unit;
    }
    return at < from || at - frame->screen->unit > to;
}

/* The left edge of a tick at an event's pixel: the last event's lies inside the pane. */
static int tick_x(const struct frame *frame, int at)
{
    int most = frame->screen->marks.x + frame->screen->marks.w - frame->screen->unit;
    return at < most ? at : most;
}

static void draw_phases(const struct frame *frame, const struct placed_marks *placed)
{
    struct rect lane = frame->screen->marks;
    int last_tick = -1000, label_end = -1000, number = 0;
    for (uint32_t i = 0; i < frame->model->mark_count; i++) {
        if (frame->model->marks[i].kind != MARK_PHASE) {
            continue;
        }
        number++;
        int x = screen_event_x(frame->screen, frame->model->marks[i].event, frame->model->count);
        if (x - last_tick >= 3) {
            draw_fill(frame->list, rect_make(tick_x(frame, x), lane.y + lane.h - px(frame, 6), frame->screen->unit, px(frame, 6)),
                      frame->theme->line2);
            last_tick = x;
        }
        char label[16];
        snprintf(label, sizeof label, "%d", number);
        int from = x + px(frame, 4), to = from + text_width(frame->list->text, FACE_MONO, px(frame, 11), label);
        if (number % 5 != 0 || from < label_end + px(frame, 8) || to > lane.x + lane.w || !lane_is_free(frame, placed, from, to) ||
            !no_tick_between(frame, i, from, to)) {
            continue;
        }
        draw_text(frame->list, from, lane.y + lane.h - px(frame, 2), ALIGN_LEFT, style(frame, FACE_MONO, 11, frame->theme->ink3), label);
        label_end = to;
    }
}

static void draw_failure_ticks(const struct frame *frame)
{
    struct rect lane = frame->screen->marks;
    int last_failure = -1000, drawn = -1000, h = px(frame, 3); /* lower than the signs, which stand out */
    for (uint32_t i = 0; i < frame->model->mark_count; i++) {
        int x = screen_event_x(frame->screen, frame->model->marks[i].event, frame->model->count);
        if (frame->model->marks[i].kind != MARK_FAILURE || !failure_is_crowded(frame, x, &last_failure) || x == drawn) {
            continue;
        }
        draw_fill(frame->list, rect_make(tick_x(frame, x), lane.y + lane.h - h, frame->screen->unit, h), frame->theme->fail);
        drawn = x;
    }
}

/* From a sign that stands aside along the lane's foot to its event. */
static void draw_leader(const struct frame *frame, const struct placed_mark *place)
{
    struct rect lane = frame->screen->marks;
    int unit = frame->screen->unit, at = tick_x(frame, place->at), foot = lane.y + lane.h, up = px(frame, 4);
    uint32_t colour = pane_mark_colour(frame, (enum mark_kind)place->mark->kind);
    if (place->x == place->at) {
        return;
    }
    int left = place->x < at ? place->x : at, right = place->x < at ? at : place->x;
    draw_fill(frame->list, rect_make(left, foot - unit, right - left + unit, unit), colour);
    draw_fill(frame->list, rect_make(at, foot - up, unit, up), colour);
}

/* A sign's size; that of a failure to which the cursor has just come grows to 1.6 times and back. */
static int sign_size(const struct frame *frame, const struct model_mark *mark)
{
    uint32_t left = mark->kind == MARK_FAILURE && mark->event == frame->model->event ? frame->state->pulse_percent : 0;
    return px(frame, 9 * (1 + 0.6 * 4 * left * (100 - left) / 10000.0));
}

static void draw_marks(const struct frame *frame)
{
    struct rect lane = frame->screen->marks;
    int half = px(frame, 5);
    const struct placed_marks placed = place_marks(frame);
    draw_phases(frame, &placed);
    draw_failure_ticks(frame);
    for (int i = 0; i < placed.count; i++) {
        const struct placed_mark *place = &placed.list[i];
        draw_leader(frame, place);
        pane_mark(frame, (enum mark_kind)place->mark->kind, place->x, lane.y + lane.h / 2, sign_size(frame, place->mark));
        pane_hit(frame, rect_make(place->x - half, lane.y, 2 * half, lane.h), HIT_EVENT, place->mark->event);
    }
}

/* Which part of the heap the map shows, as a bar at the strip's left edge. */
static void draw_map_window(const struct frame *frame)
{
    struct rect strip = frame->screen->strip;
    const struct map_grid *grid = &frame->screen->grid;
    uint64_t arena = frame->model->arena_bytes, h = (uint64_t)strip.h;
    if (grid->bytes == arena) {
        return;
    }
    int top = (int)(grid->first * h / arena), bottom = (int)(((uint64_t)grid->first + grid->bytes) * h / arena), w = 2 * frame->screen->unit;
    draw_fill(frame->list, rect_make(strip.x - 2 * w, strip.y + top, w, bottom > top ? bottom - top : 1), frame->theme->ink);
}

/* The heap's first address, and below it multiples of the largest power of two of which the heap holds two. */
static void draw_addresses(const struct frame *frame)
{
    struct rect strip = frame->screen->strip;
    uint64_t base = frame->model->arena_base, bytes = frame->model->arena_bytes, step = 1;
    int top = strip.y + px(frame, 5), bottom = strip.y + strip.h - px(frame, 4);
    while (step * 2 <= bytes / 2) {
        step *= 2;
    }
    pane_gutter(frame, top, format_address(base).s, false);
    for (uint64_t off = step - base % step; off <= bytes; off += step) {
        int y = strip.y + (int)(off * (uint64_t)strip.h / bytes);
        if (y - top >= px(frame, 13)) {
            pane_gutter(frame, y < bottom ? y : bottom, format_address(base + off).s, false);
        }
    }
}

/* Does the playhead or the pointer cross [x, x + w)? Range ends do too. */
static bool line_crosses(const struct frame *frame, int x, int w)
{
    const struct view_state *state = frame->state;
    uint32_t pointed = state->pointing_event ? state->pointed_event : VIEW_NO_EVENT;
    const uint32_t events[4] = {frame->model->event, pointed, state->range_from, state->range_to};
    for (int i = 0; i < 4; i++) {
        int at = events[i] != VIEW_NO_EVENT ? screen_event_x(frame->screen, events[i], frame->model->count) : -1;
        if (at >= x - 2 && at <= x + w + 1) {
            return true;
        }
    }
    return false;
}

/* A and B: what lies between them is framed; what lies outside is not dimmed, because the playhead's future is. */
void strip_range_draw(const struct frame *frame)
{
    const struct view_state *state = frame->state;
    struct rect strip = frame->screen->strip;
    int unit = frame->screen->unit, count = (int)(state->range_from != VIEW_NO_EVENT) + (int)(state->range_to != VIEW_NO_EVENT);
    uint32_t events = frame->model->count;
    if (count == 0) {
        return;
    }
    int from = state->range_from != VIEW_NO_EVENT ? screen_event_x(frame->screen, state->range_from, events) : -1;
    int to = state->range_to != VIEW_NO_EVENT ? screen_event_x(frame->screen, state->range_to, events) : -1;
    if (count == 2) {
        draw_fill(frame->list, rect_make(from, strip.y, to > from ? to - from : 1, strip.h), colour_alpha(frame->theme->focus, 14));
    }
    const int edges[2] = {from, to};
    for (int i = 0; i < 2; i++) {
        if (edges[i] >= 0) {
            int x = edges[i] < strip.x + strip.w ? edges[i] : strip.x + strip.w - unit;
            draw_fill(frame->list, rect_make(x, strip.y, unit, strip.h), frame->theme->ink2);
            int left = i == 0 ? x - px(frame, 11) : x + px(frame, 4), w = px(frame, 7);
            if (left >= strip.x && left + w <= strip.x + strip.w && !line_crosses(frame, left, w)) {
                draw_text(frame->list, left, strip.y + strip.h - px(frame, 4), ALIGN_LEFT, style(frame, FACE_MONO_BOLD, 11, frame->theme->ink),
                          i == 0 ? "A" : "B");
            }
        }
    }
}

void strip_picture_draw(const struct frame *frame, struct strip_cache *cache)
{
    struct rect strip = frame->screen->strip;
    draw_fill(frame->list, strip, frame->theme->well);
    if (frame->model->count > 0 && cache_update(cache, frame)) {
        draw_image(frame->list, strip.x, strip.y, &cache->image, rect_make(0, 0, strip.w, strip.h));
    }
    pane_hit(frame, strip, HIT_TIME, 0);
    draw_clip(frame->list, strip);
    draw_life_bars(frame);
    draw_unclip(frame->list);
}

void strip_marks_draw(const struct frame *frame)
{
    pane_hit(frame, frame->screen->marks, HIT_TIME, 0);
    draw_marks(frame);
}

#define LEGEND_ITEMS 4

static void make_legend(const struct frame *frame, struct legend_item items[LEGEND_ITEMS])
{
    const struct theme *theme = frame->theme;
    items[0] = (struct legend_item){tr(frame, WORD_LIFE_SHORT), {theme->life_short, 0, TILE_SOLID}, 0};
    items[1] = (struct legend_item){tr(frame, WORD_LIFE_MEDIUM), {theme->life_mid, 0, TILE_SOLID}, 0};
    items[2] = (struct legend_item){tr(frame, WORD_LIFE_LONG), {theme->life_long, 0, TILE_SOLID}, 0};
    items[3] = (struct legend_item){tr(frame, WORD_LIFE_PIN), {theme->life_pin, 0, TILE_SOLID}, 0};
}

int strip_legend_width(const struct frame *frame)
{
    struct legend_item items[LEGEND_ITEMS];
    make_legend(frame, items);
    return pane_legend_width(frame, items, LEGEND_ITEMS);
}

void strip_legend_draw(const struct frame *frame, int left, int right, int y)
{
    struct legend_item items[LEGEND_ITEMS];
    make_legend(frame, items);
    pane_legend(frame, left, right, y, items, LEGEND_ITEMS);
}

static void draw_head(const struct frame *frame)
{
    struct rect strip = frame->screen->strip;
    int after = pane_title(frame, strip.x, frame->screen->strip_head.y, tr(frame, WORD_TITLE_STRIP), tr(frame, WORD_STRIP_AXES));
    strip_legend_draw(frame, after, strip.x + strip.w, frame->screen->strip_head.y);
}

void strip_pane_draw(const struct frame *frame, struct strip_cache *cache)
{
    if (frame->screen->strip_head.h > 0) {
        draw_head(frame);
    }
    strip_picture_draw(frame, cache);
    strip_marks_draw(frame);
    if (frame->screen->strip.x >= px(frame, 80)) { /* there is a gutter */
        draw_map_window(frame);
        draw_addresses(frame);
    }
}
