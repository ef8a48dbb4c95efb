/* view_bytes.c: the Bytes view: 32 bytes a row around one block, and a panel that explains it. */
#include "bytes.h"

#define CELL_H 30
#define CELL_GAP 4
#define CELL_W_MOST 40
#define COLUMNS_H 14 /* the offsets above the rows */
#define HEAD_H 24
#define BUDGET_H 74

/* Rows at the content's top, in what is left above the strip; its width is a whole number of pixels a byte. */
static void lay_grid(struct screen *l, const struct view_ask *ask, int end)
{
    int x = l->content.x + screen_px(l, 76), side = l->compact ? screen_px(l, 208) : screen_px(l, 268);
    int cell = (l->content.x + l->content.w - side - screen_px(l, 16) - x) / (int)BYTES_A_ROW, most = screen_px(l, CELL_W_MOST);
    int y = l->content.y + screen_px(l, HEAD_H + COLUMNS_H), gap = screen_px(l, CELL_GAP), pitch = screen_px(l, CELL_H) + gap;
    uint32_t arena = ask->models->arena_bytes, all = (arena + BYTES_A_ROW - 1) / BYTES_A_ROW;
    int rows = (end - y + gap) / pitch;
    rows = rows < 1 ? 1 : (uint32_t)rows > all ? (int)all : rows;
    uint32_t first = bytes_first(ask->models, ask->state, rows), bytes = (uint32_t)rows * BYTES_A_ROW;
    cell = cell > most ? most : cell;
    l->grid = (struct map_grid){.first = first, .bytes = bytes > arena - first ? arena - first : bytes, .row_bytes = BYTES_A_ROW, .rows = rows,
                                .pitch = pitch, .gap = gap, .x = x, .y = y, .width = cell * (int)BYTES_A_ROW, .granule_px = 8.0 * cell};
    l->map_head = rect_make(x, l->content.y, l->grid.width, screen_px(l, HEAD_H));
    l->map = rect_make(x, y, l->grid.width, rows * pitch - gap);
    l->side_x = x + l->grid.width + screen_px(l, 16);
    l->side_w = l->content.x + l->content.w - l->side_x;
    l->side_top = l->content.y;
}

/* Strip, budget (not in a low window) and axis; `spare`: pixels more for the strip. Returns where the rows must end. */
static int lay_foot(struct screen *l, int x, int w, int spare)
{
    int budget = l->low ? 0 : screen_px(l, BUDGET_H), below = l->low ? 0 : budget + screen_px(l, HEAD_H + 8);
    int end = screen_foot(l, x, w, screen_strip_height(l) + spare, screen_px(l, HEAD_H)) - below;
    l->strip_head.y -= below;
    l->marks.y -= below;
    l->strip.y -= below;
    if (budget > 0) {
        l->budget_head = rect_make(x, l->strip.y + l->strip.h + screen_px(l, 8), w, screen_px(l, HEAD_H));
        l->budget = rect_make(x, l->budget_head.y + l->budget_head.h, w, budget);
    }
    l->side_bottom = budget > 0 ? l->budget_head.y - screen_px(l, 10) : l->axis.y + l->axis.h;
    return end;
}

static struct screen layout(const struct view_ask *ask)
{
    struct screen screen = screen_begin(ask->w, ask->h, ask->scale_percent);
    int end = lay_foot(&screen, 0, 1, 0);
    lay_grid(&screen, ask, end);
    lay_foot(&screen, screen.grid.x, screen.grid.width, end - screen.map.y - screen.map.h);
    return screen;
}

/* Without formulas: five rows have room beside the budget. */
static void draw_readouts(const struct frame *frame)
{
    struct frame brief = *frame;
    struct screen screen = *frame->screen;
    screen.low = true;
    brief.screen = &screen;
    side_readouts_draw(&brief);
}

static void draw(const struct frame *frame)
{
    struct columns *columns = &frame->caches->columns[0];
    struct bytes_subject anchor = bytes_anchor(frame->model, frame->state), subject = anchor;
    if (!frame->state->pinned && frame->state->pointed_off != VIEW_NO_OFF) {
        subject = bytes_at(frame->model, frame->state->pointed_off);
        subject = subject.size > 0 ? subject : anchor;
    }
    bytes_grid_draw(frame, &anchor);
    bytes_panel_draw(frame, &subject);
    strip_pane_draw(frame, frame->caches->strip[0]);
    if (frame->screen->budget.h > 0) {
        columns_update(columns, frame->model, frame->screen->budget.w);
        budget_pane_draw(frame, columns);
        draw_readouts(frame);
    }
    time_axis_draw(frame);
}

/* ---- scrolling, from block to block ---- */

static bool scroll(struct view_input *input, int64_t rows)
{
    const struct map_grid *grid = &input->screen->grid;
    int64_t first = (int64_t)grid->first + rows * (int64_t)BYTES_A_ROW, arena = input->models->arena_bytes;
    int64_t last = (arena + BYTES_A_ROW - 1) / BYTES_A_ROW - grid->rows;
    last = last < 0 ? 0 : last * (int64_t)BYTES_A_ROW;
    input->state->bytes.first = (uint32_t)(first < 0 ? 0 : first > last ? last : first);
    input->state->pointed_off = VIEW_NO_OFF; /* something else lies under the mouse now */
    return true;
}

/* Pins the nearest block that begins before or behind the one that the view is about. */
static bool pin_beside(struct view_input *input, int step)
{
    const struct model *model = input->models;
    struct bytes_subject at = bytes_anchor(model, input->state);
    int64_t span = at.span == MODEL_NONE ? -1 : (int64_t)at.span + step;
    while (span >= 0 && span < model->span_count &&
           (model->spans[span].block == MODEL_NONE || model->spans[span].block == at.block)) {
        span += step;
    }
    if (span >= 0 && span < model->span_count) {
        input->state->pinned = true;
        input->state->pinned_id = model->blocks[model->spans[span].block].id;
        input->state->bytes.first = VIEW_NO_OFF;
    }
    return true;
}

static bool leave(struct view_input *input)
{
    input->then = ACTION_TAB_MAP;
    return true;
}

static bool act(struct view_input *input, enum action action)
{
    int page = input->screen->grid.rows > 2 ? input->screen->grid.rows - 1 : 1;
    if (input->state->overlay != OVERLAY_NONE) {
        return false;
    }
    switch (action) {
    case ACTION_UP: return scroll(input, -1);
    case ACTION_DOWN: return scroll(input, 1);
    case ACTION_PAGE_UP: return scroll(input, -page);
    case ACTION_PAGE_DOWN: return scroll(input, page);
    case ACTION_BLOCK_NEXT: return pin_beside(input, 1);
    case ACTION_BLOCK_PREVIOUS: return pin_beside(input, -1);
    case ACTION_BYTES_BACK:
        input->state->bytes.first = VIEW_NO_OFF;
        return true;
    case ACTION_BYTES_HEX:
        input->state->bytes.shows = (enum bytes_shows)(((int)input->state->bytes.shows + 1) % BYTES_SHOWS);
        return true;
    case ACTION_BYTES:
    case ACTION_ZOOM_OUT: return leave(input);
    default: return false;
    }
}

static bool press(struct view_input *input, struct hit hit, int x, int y)
{
    (void)x, (void)y;
    if (hit.kind == HIT_VIEW) {
        input->state->bytes.shows = (enum bytes_shows)(hit.value % BYTES_SHOWS);
        return true;
    }
    input->state->bytes.first = input->screen->grid.first; /* a click pins, and what is under the mouse stays there */
    return false;
}

static bool wheel(struct view_input *input, int notches, int x, int y)
{
    const struct screen *l = input->screen;
    bool over = rect_contains(rect_make(l->content.x, l->content.y, l->content.w, l->strip_head.y - l->content.y), x, y);
    return over && scroll(input, -3 * (int64_t)notches);
}

static const struct key_hint hints[] = {
    {"\u2191\u2193", "rows", ACTION_DOWN, HINT_RUN},
    {"J", "next block", ACTION_BLOCK_NEXT, HINT_RUN},
    {"H", "index, hex, ASCII", ACTION_BYTES_HEX, HINT_RUN},
    {"Z", "back to the map", ACTION_BYTES, HINT_RUN},
    {"\u2190\u2192", "event", ACTION_STEP, HINT_RUN},
    {"Space", "play", ACTION_PLAY, HINT_RUN},
    {"N", "next mark", ACTION_NEXT_MARK, HINT_RUN},
    {"F", "failure", ACTION_FAILURE, HINT_RUN},
    {"Click", "pin block", ACTION_NONE, HINT_RUN},
    {"R", "to the block", ACTION_BYTES_BACK, HINT_RUN},
};

static const struct key_binding keys[] = {
    {KEY_UP, 0, ACTION_UP, "\u2191 \u2193", "a row up, down", "Bytes"},
    {KEY_DOWN, 0, ACTION_DOWN, NULL, NULL, NULL},
    {KEY_PAGE_UP, 0, ACTION_PAGE_UP, "PgUp PgDn", "a page up, down", NULL},
    {KEY_PAGE_DOWN, 0, ACTION_PAGE_DOWN, NULL, NULL, NULL},
    {'r', 0, ACTION_BYTES_BACK, "R", "to the block", NULL},
    {'h', 0, ACTION_BYTES_HEX, "H", "index, hex, ASCII", NULL},
};

const struct view_def view_def_bytes = {
    .name = "bytes", .tab = WORD_TAB_BYTES, .wants = MODEL_WANT_BYTES | MODEL_WANT_BINS, .layout = layout, .draw = draw,
    .hints = hints, .hint_count = sizeof hints / sizeof *hints, .keys = keys, .key_count = sizeof keys / sizeof *keys,
    .act = act, .press = press, .wheel = wheel,
};
