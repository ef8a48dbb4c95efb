/* duel_time.c: the lanes over time: a strip for each, where they part, and how much each could still give in one piece. */
#include <stdio.h>
#include <string.h>

#include "duel.h"

#define FAILURE_TICK 6
#define ALTERNATE 6 /* pixels of one colour where lines lie on one another */

static uint32_t event_count(const struct frame *frame) { return frame->models[0].count; }

/* ---- strips ---- */

static void draw_gutter(const struct frame *frame, struct rect strip, int lane, bool chosen)
{
    int side = px(frame, 19), x = strip.x - px(frame, 8) - side, y = strip.y + (strip.h - side) / 2;
    char name[DUEL_NAME_MAX];
    const struct text_style text = style(frame, FACE_REGULAR, 12, frame->theme->ink2);
    duel_short_name(frame, lane, text, x - px(frame, 6) - frame->screen->content.x, name, sizeof name);
    draw_text(frame->list, x - px(frame, 6), baseline_in(frame, y, side, 12), ALIGN_RIGHT, text, name);
    duel_badge(frame, x, y, side, lane);
    if (chosen) {
        draw_fill(frame->list, rect_make(x, y + side + px(frame, 1), side, 2 * frame->screen->unit), frame->theme->ink);
    }
    pane_hit(frame, rect_make(frame->screen->content.x, strip.y, strip.x - frame->screen->content.x, strip.h), HIT_VIEW, (uint32_t)lane);
}

static int tick_x(const struct frame *frame, uint32_t event)
{
    struct rect strip = frame->screen->strip;
    int x = screen_event_x(frame->screen, event, event_count(frame)), most = strip.x + strip.w - frame->screen->unit;
    return x < most ? x : most;
}

/* Ticks at the strip's top edge; the first failure crosses it. */
static void draw_failures(const struct frame *frame, struct rect strip, const struct model *model)
{
    int drawn = -1;
    for (uint32_t i = 0; i < model->mark_count; i++) {
        if (model->marks[i].kind != MARK_FAILURE) {
            continue;
        }
        int x = tick_x(frame, model->marks[i].event), h = drawn < 0 ? strip.h : px(frame, FAILURE_TICK);
        if (x != drawn) {
            draw_fill(frame->list, rect_make(x, strip.y, frame->screen->unit, h < strip.h ? h : strip.h), frame->theme->fail);
            drawn = x;
        }
    }
}

static void draw_strip(const struct frame *frame, const struct duel_plan *plan, int place)
{
    int lane = plan->lanes[place];
    struct screen own = plan->screen;
    own.strip = screen_strip_part(&plan->screen, place);
    own.strip_parts = 0;
    const struct frame of = pane_lane(frame, lane, &own);
    strip_picture_draw(&of, frame->caches->strip[lane]);
    draw_failures(&of, own.strip, of.model);
    draw_gutter(frame, own.strip, lane, plan->count > 1 && lane == view_lane(frame->state, frame->lane_count));
}

/* The first failures of the shown lanes, in order; how many there are. */
static int first_failures(const struct frame *frame, const struct duel_plan *plan, uint32_t events[MODEL_LANES])
{
    int count = 0;
    for (int i = 0; i < plan->count; i++) {
        const struct model *model = &frame->models[plan->lanes[i]];
        uint32_t event = 0;
        for (uint32_t k = 0; k < model->mark_count && !event; k++) {
            event = model->marks[k].kind == MARK_FAILURE ? model->marks[k].event : 0;
        }
        int at = event ? count++ : 0;
        for (; event && at > 0 && events[at - 1] > event; at--) {
            events[at] = events[at - 1];
        }
        if (event) {
            events[at] = event;
        }
    }
    return count;
}

/* A sign for each; where two stand close, the earlier one. */
static void draw_failure_signs(const struct frame *frame, const struct duel_plan *plan)
{
    struct rect lane = plan->screen.marks;
    uint32_t events[MODEL_LANES];
    int count = first_failures(frame, plan, events), last = -1000, half = px(frame, 5);
    for (int i = 0; i < count; i++) {
        int x = tick_x(frame, events[i]);
        if (x - last >= 2 * half) {
            pane_mark(frame, MARK_FAILURE, x, lane.y + lane.h / 2, px(frame, 9));
            pane_hit(frame, rect_make(x - half, lane.y, 2 * half, lane.h), HIT_EVENT, events[i]);
            last = x;
        }
    }
}

/* ---- where they part ---- */

static uint32_t placed_at(const struct frame *frame, int lane, uint32_t event)
{
    return frame->models[lane].history.placed[event - 1];
}

/* What happens at the divergence, at length (turn 0), in brief, or as its event only. */
static void parting_words(const struct frame *frame, const struct duel_parting *parting, int turn, char *words, size_t size)
{
    const struct model *model = &frame->models[parting->b];
    int a = parting->a, b = parting->b;
    uint32_t x = placed_at(frame, a, parting->event), y = placed_at(frame, b, parting->event);
    char id[24];
    const char first[2] = {(char)('A' + a), '\0'}, second[2] = {(char)('A' + b), '\0'};
    const struct text_number event = format_count(parting->event), bytes = format_bytes(model->divergence_wanted);
    bool known = model->divergence == parting->event, one_fails = x == MODEL_PLACED_FAILED || y == MODEL_PLACED_FAILED;
    bool placed = x < MODEL_PLACED_FAILED && y < MODEL_PLACED_FAILED;
    snprintf(id, sizeof id, "%llu", (unsigned long long)model->divergence_id);
    if (turn == 0 && known && placed) {
        snprintf(words, size, tr(frame, WORD_DUEL_PARTS), event.s, id, bytes.s, format_address(model->arena_base + x).s, first,
                 format_address(model->arena_base + y).s, second);
    } else if (turn == 0 && known && one_fails && (x < MODEL_PLACED_FAILED || y < MODEL_PLACED_FAILED)) {
        bool in_first = x < MODEL_PLACED_FAILED;
        snprintf(words, size, tr(frame, WORD_DUEL_PARTS_FAILS), event.s, id, bytes.s,
                 format_address(model->arena_base + (in_first ? x : y)).s, in_first ? first : second, in_first ? second : first);
    } else if (turn < 2 && known) {
        snprintf(words, size, tr(frame, WORD_DUEL_PARTS_BRIEF), event.s, id, bytes.s);
    } else {
        snprintf(words, size, tr(frame, WORD_DUEL_PARTS_AT), event.s);
    }
}

/* Flag and dashed line over all lanes. */
static void draw_parting(const struct frame *frame, const struct duel_plan *plan, const struct duel_parting *parting)
{
    const struct screen *l = &plan->screen;
    int x = tick_x(frame, parting->event), dash = px(frame, 3), unit = l->unit, side = px(frame, 9);
    const struct { int from, to; } parts[2] = {{l->marks.y, l->strip.y + l->strip.h}, {l->budget.y, l->budget.y + l->budget.h}};
    for (int i = 0; i < 2; i++) {
        for (int y = parts[i].from; y < parts[i].to; y += 2 * dash) {
            draw_fill(frame->list, rect_make(x, y, unit, y + dash > parts[i].to ? parts[i].to - y : dash), frame->theme->ink);
        }
    }
    struct rect flag = rect_make(x, l->marks.y, side, side);
    uint32_t failures[MODEL_LANES];
    int half = px(frame, 6);
    for (int i = first_failures(frame, plan, failures); i > 0; i--) { /* a failure's sign stands there: the flag stands before it */
        int at = tick_x(frame, failures[i - 1]);
        flag.x = at - half < flag.x + side && at + half > flag.x ? at - half - side : flag.x;
    }
    if (flag.x + flag.w > l->marks.x + l->marks.w) {
        flag.x = l->marks.x + l->marks.w - flag.w;
    }
    draw_shape(frame->list, SHAPE_FLAG, flag, frame->theme->ink);
    pane_hit(frame, rect_inflate(flag, px(frame, 2)), HIT_EVENT, parting->event);
}

/* Title, the first divergence, the legend of the strips; false: that had no room. */
static bool draw_lockstep_head(const struct frame *frame, const struct duel_plan *plan, const struct duel_parting *parting)
{
    struct rect head = plan->screen.strip_head;
    struct text_style text = style(frame, FACE_REGULAR, 11, frame->theme->ink3);
    int x = pane_title(frame, head.x, head.y, tr(frame, WORD_DUEL_LOCKSTEP), NULL) + px(frame, 10), verdict = duel_verdict_apart(frame, plan);
    int right = head.x + head.w - (verdict ? verdict + px(frame, 16) : 0);
    char words[240];
    snprintf(words, sizeof words, "%s", plan->count > 1 ? tr(frame, WORD_DUEL_ALIKE) : "");
    for (int turn = 0; turn < 3 && parting->event > 0; turn++) {
        parting_words(frame, parting, turn, words, sizeof words);
        if (x + text_width(frame->list->text, text.face, text.size, words) <= right) {
            break;
        }
    }
    int w = text_width(frame->list->text, text.face, text.size, words);
    if (x + w <= right) {
        draw_text(frame->list, x, head.y + px(frame, 14), ALIGN_LEFT, text, words);
        if (parting->event > 0) {
            pane_hit(frame, rect_make(x, head.y, w, head.h), HIT_EVENT, parting->event);
        }
        x += w;
    }
    bool room = right - x >= strip_legend_width(frame) + px(frame, 14);
    if (room) {
        strip_legend_draw(frame, x, right, head.y);
    }
    return room;
}

/* ---- largest free block ---- */

/* Heights of the shown lanes' lines, column by column. */
struct lines { const struct column *columns[MODEL_LANES]; int count; struct rect room; uint32_t most; };

static int line_y(const struct lines *lines, int line, int column)
{
    uint64_t largest = lines->columns[line][column < 0 ? 0 : column].largest;
    return lines->room.y + lines->room.h - (int)(largest * (uint64_t)lines->room.h / lines->most);
}

static bool near(int a, int b) { return a - b <= 1 && b - a <= 1; }

/* Is it this line's turn in a column, among those that lie on it there and in the column before? */
static bool has_turn(const struct lines *lines, int line, int column, int alternate)
{
    int together = 0, rank = 0;
    for (int i = 0; i < lines->count; i++) {
        if (near(line_y(lines, i, column), line_y(lines, line, column)) && near(line_y(lines, i, column - 1), line_y(lines, line, column - 1))) {
            rank += i < line;
            together++;
        }
    }
    return column / alternate % together == rank;
}

/* Steps are joined by verticals; columns of one height become one rectangle. */
static void draw_line(const struct frame *frame, const struct lines *lines, int line, uint32_t colour)
{
    int thick = 2 * frame->screen->unit, x0 = lines->room.x, from = 0, alternate = px(frame, ALTERNATE);
    bool on = false;
    for (int column = 0; column <= lines->room.w; column++) {
        bool end = column == lines->room.w, turn = !end && has_turn(lines, line, column, alternate);
        int y = end ? 0 : line_y(lines, line, column), before = line_y(lines, line, column - 1);
        bool step = !end && column > 0 && y != before;
        if (on && (end || !turn || step)) {
            draw_fill(frame->list, rect_make(x0 + from, before - thick / 2, column - from, thick), colour);
            on = false;
        }
        if (turn && step) {
            int top = y < before ? y : before, bottom = y < before ? before : y;
            draw_fill(frame->list, rect_make(x0 + column, top - thick / 2, thick / 2 > 0 ? thick / 2 : 1, bottom - top + thick), colour);
        }
        if (turn && !on) {
            on = true;
            from = column;
        }
    }
}

static void draw_lines(const struct frame *frame, const struct duel_plan *plan)
{
    struct rect room = plan->screen.budget;
    struct lines lines = {.count = plan->count, .room = room, .most = plan->arena_most};
    for (int i = 0; i < plan->count; i++) {
        struct columns *columns = &frame->caches->columns[plan->lanes[i]];
        if (!columns_update(columns, &frame->models[plan->lanes[i]], room.w)) {
            return;
        }
        lines.columns[i] = columns->list;
    }
    draw_clip(frame->list, room);
    for (int i = 0; i < plan->count; i++) {
        draw_line(frame, &lines, i, duel_colour(frame, plan->lanes[i]));
    }
    draw_unclip(frame->list);
}

/* While the mouse is over the time axis: what each lane had there. Returns the right end. */
static int draw_pointed(const struct frame *frame, const struct duel_plan *plan, int x, int right)
{
    uint32_t event = frame->state->pointed_event;
    int baseline = plan->screen.budget_head.y + px(frame, 14), swatch = px(frame, 9);
    char words[64];
    snprintf(words, sizeof words, tr(frame, WORD_DUEL_AT), format_count(event).s);
    x += draw_text(frame->list, x, baseline, ALIGN_LEFT, style(frame, FACE_REGULAR, 11, frame->theme->ink3), words);
    for (int i = 0; i < plan->count; i++) {
        const struct model_history *history = &frame->models[plan->lanes[i]].history;
        const struct text_number bytes = format_bytes(event ? history->largest[event - 1] : history->start_largest);
        struct text_style mono = style(frame, FACE_MONO, 11, frame->theme->ink);
        int w = px(frame, 14) + swatch + px(frame, 5) + text_width(frame->list->text, mono.face, mono.size, bytes.s);
        if (x + w > right) {
            break;
        }
        draw_fill(frame->list, rect_make(x + px(frame, 14), baseline - swatch + px(frame, 1), swatch, swatch), duel_colour(frame, plan->lanes[i]));
        draw_text(frame->list, x + px(frame, 19) + swatch, baseline, ALIGN_LEFT, mono, bytes.s);
        x += w;
    }
    return x;
}

static void draw_chart_head(const struct frame *frame, const struct duel_plan *plan, const struct duel_legend *legend)
{
    struct rect head = plan->screen.budget_head;
    bool pointed = frame->state->pointing_event;
    int x = pane_title(frame, head.x, head.y, tr(frame, WORD_DUEL_CHART), pointed ? NULL : "bytes"), right = head.x + head.w;
    if (pointed) {
        draw_pointed(frame, plan, x + px(frame, 10), right);
        return;
    }
    if (legend->above) {
        duel_legend_above(frame, legend, x, right, head.y);
    }
}

static void draw_chart(const struct frame *frame, const struct duel_plan *plan, const struct duel_legend *legend)
{
    struct rect room = plan->screen.budget;
    struct text_style mono = style(frame, FACE_MONO, 11, frame->theme->ink3);
    int right = room.x - px(frame, 8), cap = text_cap_height(mono.size);
    draw_chart_head(frame, plan, legend);
    draw_fill(frame->list, room, frame->theme->well);
    draw_fill(frame->list, rect_make(room.x, room.y + room.h / 2, room.w, 1), frame->theme->line);
    draw_text(frame->list, right, room.y + cap, ALIGN_RIGHT, mono, format_size(plan->arena_most).s);
    draw_text(frame->list, right, room.y + room.h, ALIGN_RIGHT, mono, "0");
    pane_hit(frame, room, HIT_TIME, 0);
    if (event_count(frame) > 0) {
        draw_lines(frame, plan);
    }
}

void duel_time_draw(const struct frame *frame, const struct duel_plan *plan, struct duel_legend *legend)
{
    struct duel_parting parting = {0, 0, 0};
    bool part = event_count(frame) > 0 && duel_find_parting(frame->models, plan->lanes, plan->count, &parting);
    legend->lives = draw_lockstep_head(frame, plan, &parting);
    pane_hit(frame, plan->screen.marks, HIT_TIME, 0);
    pane_hit(frame, plan->screen.strip, HIT_TIME, 0);
    for (int i = 0; i < plan->count; i++) {
        draw_strip(frame, plan, i);
    }
    draw_chart(frame, plan, legend);
    if (part) {
        draw_parting(frame, plan, &parting);
    }
    time_axis_draw(frame);
    draw_failure_signs(frame, plan);
}
