/* view_duel.c: two to four policies or heap sizes in lockstep: their maps side by side, and the view's keys. */
#include <stdio.h>
#include <string.h>

#include "duel.h"

/* ---- lanes ---- */

uint32_t duel_colour(const struct frame *frame, int lane)
{
    static const uint8_t dark[MODEL_LANES] = {0, 1, 2, 6}, light[MODEL_LANES] = {0, 1, 2, 4};
    return frame->theme->category[(frame->state->theme == THEME_DARK ? dark : light)[lane % MODEL_LANES]];
}

void duel_lane_name(const struct frame *frame, int lane, char *name, size_t size)
{
    bool same = frame->lane_count > 1;
    const struct model *model = &frame->models[lane];
    for (int i = 0; i < frame->lane_count; i++) {
        same = same && strcmp(frame->models[i].spec, model->spec) == 0;
    }
    snprintf(name, size, "%s", same ? format_exact(model->arena_bytes).s : model->spec);
}

void duel_short_name(const struct frame *frame, int lane, struct text_style text, int width, char *out, size_t size)
{
    duel_lane_name(frame, lane, out, size);
    if (text_width(frame->list->text, text.face, text.size, out) <= width) {
        return;
    }
    out[strcspn(out, "_-: ")] = '\0';
    if (text_width(frame->list->text, text.face, text.size, out) > width) {
        *out = '\0';
    }
}

void duel_badge(const struct frame *frame, int x, int y, int side, int lane)
{
    const char letter[2] = {(char)('A' + lane), '\0'};
    uint32_t colour = duel_colour(frame, lane);
    draw_fill(frame->list, rect_make(x, y, side, side), colour);
    draw_text(frame->list, x + side / 2, baseline_in(frame, y, side, 12), ALIGN_CENTRE, style(frame, FACE_SEMIBOLD, 12, theme_label_ink(colour)),
              letter);
}

/* ---- maps ---- */

static const struct model_mark *first_failure(const struct model *model)
{
    for (uint32_t i = 0; i < model->mark_count; i++) {
        if (model->marks[i].kind == MARK_FAILURE) {
            return &model->marks[i];
        }
    }
    return NULL;
}

/* How the lane fares so far; `brief` without the first failure. */
static void fare_words(const struct frame *frame, const struct model *model, bool brief, char *words, size_t size)
{
    const struct model_mark *first = first_failure(model);
    uint64_t failures = model->scores.failures;
    if (failures == 0) {
        snprintf(words, size, "%s", tr(frame, model->event == model->count ? WORD_DUEL_NO_FAILURE : WORD_DUEL_NO_FAILURE_SO_FAR));
    } else if (brief || !first) {
        snprintf(words, size, tr(frame, failures == 1 ? WORD_DUEL_FAILURE_BRIEF : WORD_DUEL_FAILURES_BRIEF), format_count(failures).s);
    } else {
        snprintf(words, size, tr(frame, failures == 1 ? WORD_DUEL_FAILURE : WORD_DUEL_FAILURES), format_count(failures).s,
                 format_count(first->event).s, format_bytes(first->value).s);
    }
}

/* At the right of the head; returns its left end. */
static int draw_fare(const struct frame *frame, struct rect head, const struct model *model, int least)
{
    const struct theme *theme = frame->theme;
    bool failed = model->scores.failures > 0;
    char words[120];
    int sign = px(frame, 10), before = px(frame, 7), h = px(frame, 20), w = 0;
    for (int brief = 0; brief < 2; brief++) {
        fare_words(frame, model, brief, words, sizeof words);
        w = before + sign + px(frame, 5) + text_width(frame->list->text, FACE_MEDIUM, px(frame, 11), words) + before;
        if (head.x + head.w - w >= least) {
            break;
        }
    }
    struct rect badge = rect_make(head.x + head.w - w, head.y, w, h);
    if (badge.x < least) {
        return head.x + head.w;
    }
    draw_fill(frame->list, badge, failed ? theme->failbg : theme->okbg);
    draw_shape(frame->list, failed ? SHAPE_DIAMOND : SHAPE_CHECK, rect_make(badge.x + before, badge.y + (h - sign) / 2, sign, sign),
               failed ? theme->fail : theme->ok);
    draw_text(frame->list, badge.x + before + sign + px(frame, 5), baseline_in(frame, badge.y, h, 11), ALIGN_LEFT,
              style(frame, FACE_MEDIUM, 11, failed ? theme->fail : theme->ok), words);
    if (failed && first_failure(model)) {
        pane_hit(frame, badge, HIT_EVENT, first_failure(model)->event);
    }
    return badge.x;
}

/* Where heaps differ, each says its size. */
static void head_words(const struct frame *frame, const struct model *model, const char *name, char *words, size_t size)
{
    char largest[80];
    bool differ = false;
    for (int i = 0; i < frame->lane_count; i++) {
        differ = differ || frame->models[i].arena_bytes != model->arena_bytes;
    }
    struct text_number heap = format_exact(model->arena_bytes);
    snprintf(largest, sizeof largest, tr(frame, WORD_DUEL_LARGEST), format_bytes(model->largest_bytes).s);
    if (strcmp(name, heap.s) == 0) {
        snprintf(words, size, "%s \u00b7 %s", model->policy_name, largest);
    } else if (differ) {
        snprintf(words, size, "%s \u00b7 %s", heap.s, largest);
    } else {
        snprintf(words, size, "%s", largest);
    }
}

static void draw_head(const struct frame *frame, struct rect head, int lane, bool chosen)
{
    const struct theme *theme = frame->theme;
    const struct model *model = &frame->models[lane];
    char name[DUEL_NAME_MAX], words[160], shown[DUEL_NAME_MAX];
    int side = px(frame, 19), x = head.x + side + px(frame, 8), baseline = baseline_in(frame, head.y, side, 13);
    struct text_style bold = style(frame, FACE_SEMIBOLD, 13, theme->ink), small = style(frame, FACE_MONO, 11, theme->ink3);
    duel_lane_name(frame, lane, name, sizeof name);
    pane_hit(frame, head, HIT_VIEW, (uint32_t)lane);
    duel_badge(frame, head.x, head.y, side, lane);
    pane_fit_text(frame, bold, name, head.w - side - px(frame, 110), shown, sizeof shown);
    x += draw_text(frame->list, x, baseline, ALIGN_LEFT, bold, shown);
    if (chosen) { /* what Enter opens, and what-if changes */
        draw_fill(frame->list, rect_make(head.x, head.y + side + px(frame, 1), x - head.x, 2 * frame->screen->unit), theme->ink);
    }
    int right = draw_fare(frame, head, model, x + px(frame, 12));
    head_words(frame, model, name, words, sizeof words);
    x += px(frame, 12);
    if (x + text_width(frame->list->text, small.face, small.size, words) + px(frame, 10) <= right) {
        draw_text(frame->list, x, baseline, ALIGN_LEFT, small, words);
    }
}

/* The addresses of the rows, once for the maps at both sides. */
static void draw_spine(const struct frame *frame, const struct duel_plan *plan, int left, int right)
{
    const struct map_grid *grid = screen_grid(&plan->screen, (uint32_t)plan->lanes[left]), *other = NULL;
    if (right < plan->count) {
        other = screen_grid(&plan->screen, (uint32_t)plan->lanes[right]);
    }
    int every = 1, rows = other && other->rows > grid->rows ? other->rows : grid->rows, tick = px(frame, 4), away = px(frame, 2);
    int middle = plan->spine_x + plan->spine_w / 2, end = plan->spine_x + plan->spine_w;
    while (every * grid->pitch < px(frame, 15)) {
        every *= 2;
    }
    for (int row = 0; row < rows; row += every) {
        int y = grid->y + row * grid->pitch + (grid->pitch - grid->gap) / 2;
        uint64_t address = frame->models[plan->lanes[left]].arena_base + (uint64_t)row * grid->row_bytes;
        draw_text(frame->list, middle, y + text_cap_height(px(frame, 11)) / 2, ALIGN_CENTRE, style(frame, FACE_MONO, 11, frame->theme->ink3),
                  format_address(address).s);
        if (row < grid->rows) {
            draw_fill(frame->list, rect_make(plan->spine_x + away, y, tick, 1), frame->theme->line2);
        }
        if (other && row < other->rows) {
            draw_fill(frame->list, rect_make(end - away - tick, y, tick, 1), frame->theme->line2);
        }
    }
}

/* The block under the mouse is shown in every lane that has it. */
static uint64_t pointed_id(const struct frame *frame)
{
    const struct view_state *state = frame->state;
    if (state->pointed_off == VIEW_NO_OFF || state->pointed_lane >= (uint32_t)frame->lane_count) {
        return 0;
    }
    const struct model *model = &frame->models[state->pointed_lane];
    uint32_t span = model_span_at(model, state->pointed_off);
    return span == MODEL_NONE || model->spans[span].block == MODEL_NONE ? 0 : model->blocks[model->spans[span].block].id;
}

static void draw_map(const struct frame *frame, const struct duel_plan *plan, int place, uint64_t pointed, const struct colouring *shared)
{
    int lane = plan->lanes[place];
    struct screen own = plan->screen;
    own.grid = *screen_grid(&plan->screen, (uint32_t)lane);
    own.map = plan->maps[place];
    own.map_head = plan->heads[place];
    struct frame of = pane_lane(frame, lane, &own);
    if (pointed) {
        of.pointed_block = model_block_of_id(of.model, pointed);
    }
    struct colouring own_blocks = *shared;
    own_blocks.model = of.model;
    map_picture_draw(&of, frame->caches->map[lane], &own_blocks);
    map_outlines_draw(&of);
}

void duel_maps_draw(const struct frame *frame, const struct duel_plan *plan, const struct duel_legend *legend)
{
    uint64_t pointed = pointed_id(frame);
    for (int i = 0; i < plan->count; i++) {
        bool chosen = plan->count > 1 && plan->lanes[i] == view_lane(frame->state, frame->lane_count);
        draw_head(frame, plan->heads[i], plan->lanes[i], chosen);
        draw_map(frame, plan, i, pointed, &legend->colouring);
    }
    for (int i = 0; i < plan->count; i += 2) {
        draw_spine(frame, plan, i, i + 1);
    }
}

/* ---- the view ---- */

static struct screen layout(const struct view_ask *ask)
{
    const struct screen begun = screen_begin(ask->w, ask->h, ask->scale_percent);
    return duel_plan_make(&begun, ask->models, ask->lane_count, ask->state).screen;
}

/* What to click for another lane; the same as its key. */
static void draw_add(const struct frame *frame, int x, int y)
{
    const char *words = tr(frame, WORD_DUEL_ADD);
    struct text_style text = style(frame, FACE_MEDIUM, 13, frame->theme->ink);
    int h = px(frame, 32), pad = px(frame, 14), key = text_width(frame->list->text, FACE_MONO, px(frame, 11), "+") + px(frame, 16);
    int w = text_width(frame->list->text, text.face, text.size, words) + key + 2 * pad;
    struct rect button = rect_make(x - w / 2, y, w, h);
    draw_fill(frame->list, button, frame->theme->surface);
    draw_frame(frame->list, button, frame->screen->unit, frame->theme->line2);
    pane_key(frame, button.x + pad, y, h, "+");
    draw_text(frame->list, button.x + pad + key, baseline_in(frame, y, h, 13), ALIGN_LEFT, text, words);
    pane_hit(frame, button, HIT_ACTION, ACTION_LANE_ADD);
}

/* One lane is no duel: its map, and beside it how to get another. */
static void draw_lonely(const struct frame *frame, const struct duel_plan *plan)
{
    struct rect place = rect_make(plan->spine_x + plan->spine_w, plan->heads[0].y, plan->heads[0].w, plan->heads[0].h + plan->maps[0].h);
    int x = place.x + place.w / 2, y = place.y + place.h / 2;
    bool hidden = frame->lane_count > 1;
    draw_text(frame->list, x, y - px(frame, 22), ALIGN_CENTRE, style(frame, FACE_SEMIBOLD, 13, frame->theme->ink),
              tr(frame, hidden ? WORD_DUEL_ALL_HIDDEN : WORD_DUEL_ONE));
    if (hidden) {
        draw_text(frame->list, x, y, ALIGN_CENTRE, style(frame, FACE_REGULAR, 12, frame->theme->ink2), tr(frame, WORD_DUEL_SHOW));
    } else {
        draw_add(frame, x, y);
    }
}

static void draw(const struct frame *frame)
{
    const struct screen begun = *frame->screen; /* size, scale and bars are all that the plan reads of it */
    const struct duel_plan plan = duel_plan_make(&begun, frame->models, frame->lane_count, frame->state);
    struct duel_legend legend;
    duel_legend_make(frame, &plan, &legend);
    duel_maps_draw(frame, &plan, &legend);
    if (plan.count == 1) {
        draw_lonely(frame, &plan);
    }
    duel_time_draw(frame, &plan, &legend);
    duel_score_draw(frame, &plan, &legend);
}

/* ---- keys and clicks ---- */

static bool toggle_lane(struct view_input *input, int lane)
{
    struct view_state *state = input->state;
    uint8_t hidden = (uint8_t)(state->duel.hidden ^ 1u << lane), all = (uint8_t)((1u << input->lane_count) - 1);
    if (lane >= input->lane_count) {
        input->say = words_get(state->language, WORD_DUEL_NO_LANE);
        return true;
    }
    if ((hidden & all) == all) {
        input->say = words_get(state->language, WORD_DUEL_LAST);
        return true;
    }
    state->duel.hidden = hidden;
    while (!duel_shown(state, input->lane_count, view_lane(state, input->lane_count))) {
        state->chosen_lane = (uint32_t)(view_lane(state, input->lane_count) + 1) % (uint32_t)input->lane_count;
    }
    return true;
}

static int shown_lanes(const struct view_input *input, int lanes[MODEL_LANES])
{
    int count = 0;
    for (int i = 0; i < input->lane_count; i++) {
        if (duel_shown(input->state, input->lane_count, i)) {
            lanes[count++] = i;
        }
    }
    return count;
}

/* The nearest failure of any shown lane behind (step 1) or before (step -1) the cursor; step 0: the first of all. */
static bool go_to_failure(struct view_input *input, int step)
{
    int lanes[MODEL_LANES], count = shown_lanes(input, lanes);
    uint32_t now = input->models[0].event, found = step ? now : 0;
    for (int i = 0; i < count; i++) {
        const struct model *model = &input->models[lanes[i]];
        uint32_t event = model_next_mark(model, step ? now : 0, step ? step : 1, true);
        bool nearer = step < 0 ? event > found || found == now : event < found || found == (step ? now : 0);
        found = event != (step ? now : 0) && nearer ? event : found;
    }
    input->seek = found != (step ? now : 0);
    input->seek_to = found;
    input->say = input->seek ? NULL : words_get(input->state->language, step ? WORD_NO_FAILURE_THERE : WORD_NO_FAILURE);
    return true;
}

static bool go_to_parting(struct view_input *input)
{
    int lanes[MODEL_LANES], count = shown_lanes(input, lanes);
    struct duel_parting parting;
    if (count < 2) {
        return false; /* the app says why */
    }
    input->seek = duel_find_parting(input->models, lanes, count, &parting);
    input->seek_to = parting.event;
    input->say = input->seek ? NULL : words_get(input->state->language, WORD_NO_DIVERGENCE);
    return true;
}

static bool act(struct view_input *input, enum action action)
{
    switch (action) {
    case ACTION_DUEL_A:
    case ACTION_DUEL_B:
    case ACTION_DUEL_C:
    case ACTION_DUEL_D: return toggle_lane(input, (int)(action - ACTION_DUEL_A));
    case ACTION_DUEL_SORT: input->state->duel.sorted = !input->state->duel.sorted; return true;
    case ACTION_DUEL_OPEN: input->then = ACTION_TAB_MAP; return true;
    case ACTION_DIVERGENCE: return go_to_parting(input);
    case ACTION_FAILURE: return go_to_failure(input, 0);
    case ACTION_NEXT_FAILURE: return go_to_failure(input, 1);
    case ACTION_PREVIOUS_FAILURE: return go_to_failure(input, -1);
    default: return false;
    }
}

static bool press(struct view_input *input, struct hit hit, int x, int y)
{
    (void)x, (void)y;
    if (duel_shown(input->state, input->lane_count, (int)hit.value)) { /* it may have been hidden since the last picture */
        input->state->chosen_lane = hit.value;
    }
    return hit.kind == HIT_VIEW; /* a click on a map pins its block too */
}

static const struct key_binding keys[] = {
    {'a', 0, ACTION_DUEL_A, "A \u2026 D", "show or hide a policy", "Duel"},
    {'b', 0, ACTION_DUEL_B, NULL, NULL, NULL},
    {'c', 0, ACTION_DUEL_C, NULL, NULL, NULL},
    {'d', 0, ACTION_DUEL_D, NULL, NULL, NULL},
    {'c', MOD_SHIFT, ACTION_COLOUR, "Shift C", "colour by kind, size, age \u2026", NULL},
    {'a', MOD_CTRL, ACTION_RANGE_FROM, "Ctrl A, B", "range from here, to here", NULL},
    {'b', MOD_CTRL, ACTION_RANGE_TO, NULL, NULL, NULL},
    {'s', 0, ACTION_DUEL_SORT, "S", "sort by score", NULL},
    {'+', 0, ACTION_LANE_ADD, "+ \u2212", "add a lane, remove the chosen", NULL},
    {'=', 0, ACTION_LANE_ADD, NULL, NULL, NULL},
    {'-', 0, ACTION_LANE_REMOVE, NULL, NULL, NULL},
    {KEY_ENTER, 0, ACTION_DUEL_OPEN, "Enter", "open on the map", NULL},
};

static const struct key_hint hints[] = {
    {"Space", "play", ACTION_PLAY, HINT_RUN},
    {"\u2190\u2192", "event in lockstep", ACTION_STEP, HINT_RUN},
    {"V", "first divergence", ACTION_DIVERGENCE, HINT_SEVERAL},
    {"+", "add a lane", ACTION_LANE_ADD, HINT_ADDS},
    {"\u2212", "remove lane", ACTION_LANE_REMOVE, HINT_SEVERAL},
    {"A\u2013D", "show or hide a policy", ACTION_NONE, HINT_SEVERAL},
    {"S", "sort by score", ACTION_DUEL_SORT, HINT_SEVERAL},
    {"Enter", "open on the map", ACTION_DUEL_OPEN, HINT_RUN},
    {"F", "failure", ACTION_FAILURE, HINT_RUN},
    {"Shift C", "colour", ACTION_COLOUR, HINT_RUN},
    {"Click", "choose, pin block", ACTION_NONE, HINT_RUN},
    {"T", "theme", ACTION_THEME, HINT_ALWAYS},
};

const struct view_def view_def_duel = {
    .name = "duel", .tab = WORD_TAB_DUEL, .layout = layout, .draw = draw, .hints = hints, .hint_count = sizeof hints / sizeof *hints,
    .keys = keys, .key_count = sizeof keys / sizeof *keys, .act = act, .press = press, .shows_lane = duel_shown,
};
