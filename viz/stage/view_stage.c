/* view_stage.c: the Map view in projector mode: the map, the budget and four figures, to be read from 8 m.
 *
 * Chrome is half as large again as in a window of this size; the map keeps its rows, as data gets pixels and no scale. There is no
 * gutter, no player and no key hint; every key works as in the Map view. Colours by site and thread have too many names for this
 * screen, so the map shows the kinds then.
 */
#include "columns.h"
#include "pane.h"

#include <stdio.h>

#define LARGER 1.5
#define LEAST_W 800.0 /* design pixels that chrome needs */
#define LEAST_H 500.0
#define TOP 39
#define MARGIN 12
#define FOOT 16
#define SIDE 200
#define SIDE_GAP 32
#define BUDGET_SHARE 0.23
#define FIGURE_ROW 56
#define FIGURES 4
#define LEGEND_ROW 25

static float scale_of(const struct screen *plain, int scale_percent)
{
    double s = (scale_percent ? scale_percent / 100.0 : screen_auto_scale(plain->w, plain->h) / 100.0) * LARGER;
    s = s > plain->w / LEAST_W ? plain->w / LEAST_W : s;
    return (float)(s > plain->h / LEAST_H ? plain->h / LEAST_H : s);
}

static struct screen layout(const struct view_ask *ask)
{
    const struct view_state *state = ask->state;
    struct screen rows = screen_begin(ask->w, ask->h, 0), l = rows; /* rows: of the plain scale, for the choice of the row length */
    uint32_t arena = ask->models->arena_bytes ? ask->models->arena_bytes : 8;
    bool part = state->map_bytes > 0 && state->map_bytes < arena && state->map_first <= arena - state->map_bytes;
    l.stage = true;
    l.scale = scale_of(&rows, ask->scale_percent);
    l.unit = (int)(l.scale + 0.5f);
#define PX(n) screen_px(&l, n)
    int x = PX(MARGIN), y = PX(TOP + 13), side = PX(SIDE), h = l.h - y - PX(FOOT), budget = (int)(BUDGET_SHARE * h);
    int between = PX(11), head = PX(20), wide = l.w - x - PX(SIDE_GAP) - side - PX(MARGIN);
    l.top = rect_make(0, 0, l.w, PX(TOP));
    l.content = rect_make(x, y, l.w - 2 * x, h);
    l.grid = screen_grid_make(&rows, part ? state->map_first : 0, part ? state->map_bytes : arena,
                              rect_make(x, y, wide, h - budget - between - head));
    int used = l.grid.rows * l.grid.pitch, w = l.grid.width;
    l.map_head = rect_make(x, y, w, 0);
    l.map = rect_make(x, y, w, used);
    l.budget_head = rect_make(x, y + used + between, w, head);
    l.budget = rect_make(x, l.budget_head.y + head, w, y + h - l.budget_head.y - head);
    l.strip_head = l.marks = l.strip = rect_make(x, l.budget_head.y, w, 0); /* only for the width of the time axis */
    l.percent = l.axis = rect_make(x, y + h, w, 0);
    l.side_x = x + w + PX(SIDE_GAP);
    l.side_w = l.w - PX(MARGIN) - l.side_x;
    l.side_top = y;
    l.side_bottom = y + h;
#undef PX
    return l;
}

/* ---- the top line ---- */

static void draw_top(const struct frame *frame)
{
    const struct model *model = frame->model;
    const struct theme *theme = frame->theme;
    struct rect top = frame->screen->top;
    char text[200], shown[200];
    int x = px(frame, MARGIN), baseline = baseline_in(frame, 0, top.h, 15);
    draw_fill(frame->list, rect_make(0, top.h - frame->screen->unit, top.w, frame->screen->unit), theme->line2);
    snprintf(text, sizeof text, "%s %s", tr(frame, WORD_EVENT), format_count(model->event).s);
    int right = top.w - px(frame, MARGIN) - draw_text(frame->list, top.w - px(frame, MARGIN), baseline, ALIGN_RIGHT,
                                                     style(frame, FACE_MONO, 14, theme->ink), text);
    int left = x;
    struct text_style name = style(frame, FACE_SEMIBOLD, 15, theme->ink), rest = style(frame, FACE_REGULAR, 14, theme->ink2);
    pane_fit_text(frame, name, model->policy_name, (right - x) / 2, shown, sizeof shown);
    x += draw_text(frame->list, x, baseline, ALIGN_LEFT, name, shown);
    pane_hit(frame, rect_make(left, 0, x - left, top.h), HIT_POLICY, 0);
    x += px(frame, 14);
    snprintf(text, sizeof text, "%s \u00b7 %s", model->trace_name, format_exact(model->arena_bytes).s);
    pane_fit_text(frame, rest, text, right - px(frame, 24) - x, shown, sizeof shown);
    draw_text(frame->list, x, baseline, ALIGN_LEFT, rest, shown);
}

/* ---- the four figures ---- */

struct figure { enum word word; uint32_t colour; char value[48]; };

static struct text_style figure_style(const struct frame *frame, uint32_t colour) { return style(frame, FACE_MONO_BOLD, 28, colour); }

static void draw_figure(const struct frame *frame, int y, const struct figure *figure)
{
    draw_text(frame->list, frame->screen->side_x, y + px(frame, 12), ALIGN_LEFT, style(frame, FACE_REGULAR, 14, frame->theme->ink2),
              tr(frame, figure->word));
    draw_text(frame->list, frame->screen->side_x, y + px(frame, 40), ALIGN_LEFT, figure_style(frame, figure->colour), figure->value);
}

/* Bytes in large digits; where one of them has no room, all from 1 MiB on are rounded, so that they can be compared. */
#define EXACT_MAX 0x100000u
static void figure_bytes(const struct frame *frame, struct figure *figures, const uint64_t *values, int count)
{
    const struct text_style large = figure_style(frame, 0);
    bool brief = false;
    for (int i = 0; i < count; i++) {
        snprintf(figures[i].value, sizeof figures[i].value, "%s", format_bytes(values[i]).s);
        brief = brief || text_width(frame->list->text, large.face, large.size, figures[i].value) > frame->screen->side_w;
    }
    for (int i = 0; brief && i < count; i++) {
        snprintf(figures[i].value, sizeof figures[i].value, "%s", values[i] < EXACT_MAX ? format_bytes(values[i]).s : format_size(values[i]).s);
    }
}

/* While any part is lost, external fragmentation is below 100 %. */
static void percent_words(uint64_t free, uint64_t largest, char *out, size_t size)
{
    uint64_t percent = free > 0 ? ((free - largest) * 100 + free / 2) / free : 0;
    snprintf(out, size, "%u %%", (unsigned)(percent == 100 && largest > 0 ? 99 : percent));
}

/* Returns the y below them. */
static int draw_figures(const struct frame *frame)
{
    const struct model *model = frame->model;
    const struct theme *theme = frame->theme;
    const struct model_failure *failure = &model->failure;
    uint64_t free = model->kind_bytes[KIND_FREE], largest = model->largest_bytes;
    bool by_header = failure->wanted <= largest && failure->gross > largest; /* it fails by its header only: say that size */
    enum word first = !failure->at_cursor ? WORD_KIND_PAYLOAD : by_header ? WORD_STAGE_GROSS : WORD_STAGE_WANTED;
    uint64_t wanted = !failure->at_cursor ? model->kind_bytes[KIND_PAYLOAD] : by_header ? failure->gross : failure->wanted;
    const uint64_t values[FIGURES - 1] = {wanted, free, largest};
    struct figure figures[FIGURES] = {{first, theme->ink, ""}, {WORD_KIND_FREE, theme->ink, ""},
                                      {WORD_KIND_LARGEST_HOLE, theme->ok, ""}, {WORD_SIDE_EXTERNAL, theme->fail, ""}};
    int y = frame->screen->side_top;
    figure_bytes(frame, figures, values, FIGURES - 1);
    percent_words(free, largest, figures[FIGURES - 1].value, sizeof figures[FIGURES - 1].value);
    for (int i = 0; i < FIGURES; i++) {
        draw_figure(frame, y, &figures[i]);
        y += px(frame, FIGURE_ROW);
    }
    return y;
}

/* ---- what the colours mean ---- */

static void draw_entry(const struct frame *frame, int x, int y, int row, struct draw_style fill, uint32_t rim, const char *words)
{
    int side = px(frame, 16), top = y + (row - side) / 2;
    draw_pattern(frame->list, rect_make(x, top, side, side), fill, frame->screen->unit, x, top);
    if (rim) {
        draw_frame(frame->list, rect_make(x, top, side, side), frame->screen->unit, rim);
    }
    draw_text(frame->list, x + side + px(frame, 10), baseline_in(frame, y, row, 14), ALIGN_LEFT,
              style(frame, FACE_REGULAR, 14, frame->theme->ink), words);
}

/* Size or age: from the least to the most. */
static void draw_ramp(const struct frame *frame, int y, enum colour_mode mode)
{
    int x = frame->screen->side_x, row = px(frame, LEGEND_ROW), step = px(frame, 13), h = px(frame, 16);
    int baseline = baseline_in(frame, y, row, 14), gap = px(frame, 8);
    struct text_style words = style(frame, FACE_REGULAR, 14, frame->theme->ink);
    x += draw_text(frame->list, x, baseline, ALIGN_LEFT, words, mode == COLOUR_SIZE ? "8 B" : tr(frame, WORD_STAGE_NEW)) + gap;
    for (int i = 0; i < RAMP_STEPS; i++, x += step) {
        draw_fill(frame->list, rect_make(x, y + (row - h) / 2, step, h), frame->theme->ramp[i]);
    }
    draw_text(frame->list, x + gap, baseline, ALIGN_LEFT, words, mode == COLOUR_SIZE ? "4 KiB" : tr(frame, WORD_STAGE_OLD));
}

/* Returns the y below. */
static int draw_kinds(const struct frame *frame, int y, enum colour_mode mode)
{
    static const enum word names[KIND_COUNT] = {WORD_KIND_PAYLOAD, WORD_KIND_SLACK, WORD_KIND_HEADER, WORD_KIND_CONTROL,
                                                WORD_KIND_FREE, WORD_KIND_RESERVED};
    int x = frame->screen->side_x, row = px(frame, LEGEND_ROW);
    draw_fill(frame->list, rect_make(x, y, frame->screen->side_w, frame->screen->unit), frame->theme->line2);
    y += px(frame, 11);
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        int column = x + kind % 2 * (frame->screen->side_w / 2);
        draw_entry(frame, column, y + kind / 2 * row, row, frame->theme->kinds[kind], kind == KIND_FREE ? frame->theme->line2 : 0,
                   tr(frame, names[kind]));
    }
    y += KIND_COUNT / 2 * row;
    if (mode == COLOUR_SIZE || mode == COLOUR_AGE) {
        draw_ramp(frame, y, mode);
        y += row;
    }
    return y;
}

/* The budget's bands, from the ceiling to the floor, beside the lane, or from y on where the column is full until there. */
static void draw_budget_legend(const struct frame *frame, int y)
{
    const struct theme *theme = frame->theme;
    const struct { struct draw_style fill; uint32_t rim; enum word word; } bands[] = {
        {{theme->okbg, theme->okbg, TILE_SOLID}, theme->ok, WORD_KIND_LARGEST_HOLE}, {theme->scattered, 0, WORD_KIND_SCATTERED},
        {theme->kinds[KIND_CONTROL], 0, WORD_KIND_WITHHELD},                    {theme->kinds[KIND_SLACK], 0, WORD_KIND_OVERHEAD},
        {theme->kinds[KIND_PAYLOAD], 0, WORD_KIND_PAYLOAD}};
    const int count = (int)(sizeof bands / sizeof *bands);
    struct rect lane = frame->screen->budget;
    y = y > lane.y ? y : lane.y;
    int room = (lane.y + lane.h - y) / count, row = room < px(frame, LEGEND_ROW) ? room : px(frame, LEGEND_ROW);
    for (int i = 0; i < count; i++) {
        draw_entry(frame, frame->screen->side_x, y + i * row, row, bands[i].fill, bands[i].rim, tr(frame, bands[i].word));
    }
}

/* ---- the playhead on the budget ---- */

static void draw_playhead(const struct frame *frame)
{
    const struct model *model = frame->model;
    struct rect lane = frame->screen->budget;
    int w = 2 * frame->screen->unit - 1, side = px(frame, 13);
    if (model->count == 0) {
        return;
    }
    int x = screen_event_x(frame->screen, model->event, model->count);
    x = x + w > lane.x + lane.w ? lane.x + lane.w - w : x;
    draw_fill(frame->list, rect_make(x, lane.y, lane.x + lane.w - x, lane.h), colour_alpha(frame->theme->well, 65));
    draw_fill(frame->list, rect_make(x, lane.y, w, lane.h), frame->theme->focus);
    if (model->failure.at_cursor) {
        draw_shape(frame->list, SHAPE_DIAMOND, rect_make(x + w / 2 - side / 2, lane.y - side * 3 / 4, side, side), frame->theme->fail);
    }
}

static void draw(const struct frame *frame)
{
    struct columns *columns = &frame->caches->columns[0];
    struct view_state state = *frame->state;
    struct frame stage = *frame;
    if (state.colour == COLOUR_SITE || state.colour == COLOUR_THREAD) {
        state.colour = COLOUR_KIND;
        stage.state = &state;
    }
    columns_update(columns, frame->model, frame->screen->budget.w);
    draw_top(frame);
    map_pane_draw(&stage, frame->caches->map[0]);
    budget_pane_draw(frame, columns);
    draw_playhead(frame);
    draw_budget_legend(frame, draw_kinds(frame, draw_figures(frame), state.colour) + px(frame, 4));
    map_marks_draw(frame);
}

const struct view_def view_def_stage = {.name = "stage", .tab = WORD_TAB_MAP, .bare = true, .layout = layout, .draw = draw};
