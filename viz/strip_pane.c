/* strip_pane.c: space and time: the whole run as a picture that is also the scrubber, and the marks above it.
 *
 * The picture is painted once for a run, size and theme; the part right of the playhead is dimmed by time_axis.c.
 */
#include "strip_image.h"

#include <stdio.h>
#include <stdlib.h>

#include "pane.h"

struct strip_cache {
    struct draw_image image;
    struct light light;
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
        cache->run_version == frame->model->run_version) {
        return true;
        }
    cache->valid = false;
    free(cache->image.pixels);
    cache->image = (struct draw_image){r.w, r.h, malloc((size_t)r.w * (size_t)r.h * sizeof(uint32_t))};
    if (!cache->image.pixels || !strip_image_paint(&cache->image, frame->model, frame->theme, &cache->light)) {
        return false;
    }
    cache->theme = frame->state->theme;
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

static bool lane_is_free(const struct frame *frame, int from, int to)
{
    int head = screen_event_x(frame->screen, frame->model->event, frame->model->count);
    int pointed = screen_event_x(frame->screen, frame->state->pointed_event, frame->model->count);
    if ((head >= from - 1 && head <= to) || (frame->state->pointing_event && pointed >= from - 1 && pointed <= to)) {
        return false;
    }
    for (uint32_t i = 0; i < frame->model->mark_count; i++) {
        int x = screen_event_x(frame->screen, frame->model->marks[i].event, frame->model->count);
        if (frame->model->marks[i].kind != MARK_PHASE && x >= from - px(frame, 7) && x <= to + px(frame, 7)) {
            return false;
        }
    }
    return true;
}

static void draw_phases(const struct frame *frame)
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
            draw_fill(frame->list, rect_make(x, lane.y + lane.h - px(frame, 6), frame->screen->unit, px(frame, 6)), frame->theme->line2);
            last_tick = x;
        }
        char label[16];
        snprintf(label, sizeof label, "%d", number);
        int from = x + px(frame, 4), to = from + text_width(frame->list->text, FACE_MONO, px(frame, 11), label);
        if (number % 5 != 0 || from < label_end + px(frame, 8) || to > lane.x + lane.w || !lane_is_free(frame, from, to)) {
            continue;
        }
        draw_text(frame->list, from, lane.y + lane.h - px(frame, 2), ALIGN_LEFT, style(frame, FACE_MONO, 11, frame->theme->ink3), label);
        label_end = to;
    }
}

/* A failure close behind another is a tick, so that a thousand of them are seen as what they are. */
static bool failure_is_crowded(const struct frame *frame, int x, int *last_failure)
{
    bool crowded = x - *last_failure < px(frame, 10);
    *last_failure = x;
    return crowded;
}

static void draw_failure_ticks(const struct frame *frame)
{
    struct rect lane = frame->screen->marks;
    int last_failure = -1000, drawn = -1000, h = px(frame, 6);
    for (uint32_t i = 0; i < frame->model->mark_count; i++) {
        int x = screen_event_x(frame->screen, frame->model->marks[i].event, frame->model->count);
        if (frame->model->marks[i].kind != MARK_FAILURE || !failure_is_crowded(frame, x, &last_failure) || x == drawn) {
            continue;
        }
        draw_fill(frame->list, rect_make(x, lane.y + lane.h - h, frame->screen->unit, h), frame->theme->fail);
        drawn = x;
    }
}

static void draw_marks(const struct frame *frame)
{
    struct rect lane = frame->screen->marks;
    int last = -1000, last_failure = -1000, half = px(frame, 5);
    draw_phases(frame);
    draw_failure_ticks(frame);
    for (uint32_t i = 0; i < frame->model->mark_count; i++) {
        const struct model_mark *mark = &frame->model->marks[i];
        int x = screen_event_x(frame->screen, mark->event, frame->model->count);
        if (mark->kind == MARK_PHASE || (mark->kind == MARK_FAILURE && failure_is_crowded(frame, x, &last_failure))) {
            continue;
        }
        if (x - last < 2 * half) {
            x = last + 2 * half; /* side by side, not on top of one another */
        }
        last = x;
        pane_mark(frame, (enum mark_kind)mark->kind, x, lane.y + lane.h / 2, px(frame, 9));
        pane_hit(frame, rect_make(x - half, lane.y, 2 * half, lane.h), HIT_EVENT, mark->event);
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

void strip_pane_draw(const struct frame *frame, struct strip_cache *cache)
{
    const struct theme *theme = frame->theme;
    struct rect strip = frame->screen->strip;
    int after = pane_title(frame, strip.x, frame->screen->strip_head.y, "Space and time", "address down, event across");
    if (!frame->screen->compact) {
        const struct legend_item items[] = {{"life: short", {theme->life_short, 0, TILE_SOLID}, 0},
                                            {"medium", {theme->life_mid, 0, TILE_SOLID}, 0},
                                            {"long \u2265 10 %", {theme->life_long, 0, TILE_SOLID}, 0},
                                            {"long beside a hole", {theme->life_pin, 0, TILE_SOLID}, 0}};
        pane_legend(frame, after, strip.x + strip.w, frame->screen->strip_head.y, items, 4);
    }
    draw_fill(frame->list, strip, theme->well);
    if (frame->model->count > 0 && cache_update(cache, frame)) {
        draw_image(frame->list, strip.x, strip.y, &cache->image, rect_make(0, 0, strip.w, strip.h));
    }
    pane_hit(frame, rect_make(strip.x, frame->screen->marks.y, strip.w, frame->screen->marks.h + strip.h), HIT_TIME, 0);
    draw_clip(frame->list, strip);
    draw_life_bars(frame);
    draw_unclip(frame->list);
    draw_marks(frame);
    draw_map_window(frame);
    uint64_t base = frame->model->arena_base, bytes = frame->model->arena_bytes;
    pane_gutter(frame, strip.y + px(frame, 5), format_address(base).s, false);
    pane_gutter(frame, strip.y + strip.h / 2, format_address(base + bytes / 2).s, false);
    pane_gutter(frame, strip.y + strip.h - px(frame, 4), format_address(base + bytes).s, false);
}
