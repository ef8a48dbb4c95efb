/* chrome.c: the top bar (what runs, the views, the player) and the status bar (keys or one message). */
#include "input.h"
#include "pane.h"

#include <stdio.h>
#include <string.h>

static void draw_logo(const struct frame *frame, int x, int y)
{
    static const char cells[] = "##.#.o.##"; /* payload, empty, slack */
    int side = px(frame, 5), pitch = side + frame->screen->unit;
    for (int i = 0; i < 9; i++) {
        uint32_t colour = cells[i] == '#'   ? frame->theme->kinds[KIND_PAYLOAD].fill
                          : cells[i] == 'o' ? frame->theme->kinds[KIND_SLACK].fill
                                            : frame->theme->line;
        draw_fill(frame->list, rect_make(x + i % 3 * pitch, y + i / 3 * pitch, side, side), colour);
    }
}

/* A word and its value; returns the x behind them. */
static int draw_fact(const struct frame *frame, int x, int baseline, const char *word, const char *value, int width)
{
    char shown[96];
    struct text_style mono = style(frame, FACE_MONO, 12, frame->theme->ink);
    x += draw_text(frame->list, x, baseline, ALIGN_LEFT, style(frame, FACE_REGULAR, 12, frame->theme->ink3), word) + px(frame, 7);
    pane_fit_text(frame, mono, value, width, shown, sizeof shown);
    return x + draw_text(frame->list, x, baseline, ALIGN_LEFT, mono, shown);
}

/* The policy with the choices made for it; where they are too wide, its name and a sign that there are some. */
static void policy_words(const struct frame *frame, const struct model *model, int width, char *words, size_t size)
{
    snprintf(words, size, "%s", model->spec[0] ? model->spec : model->policy_name);
    if (text_width(frame->list->text, FACE_MONO, px(frame, 12), words) > width) {
        snprintf(words, size, "%s%s", model->policy_name, strchr(model->spec, ':') ? ":\u2026" : "");
    }
}

/* Logo, trace, policy (a menu) and heap; returns their right end. */
static int draw_facts(const struct frame *frame)
{
    const struct model *model = frame->model->state == MODEL_READY ? &frame->models[view_lane(frame->state, frame->lane_count)] : frame->model;
    char policy[112], words[96];
    int h = px(frame, 43), baseline = baseline_in(frame, 0, h, 12), x = px(frame, 12), between = px(frame, 16);
    draw_logo(frame, x, (h - px(frame, 17)) / 2);
    x = px(frame, 37);
    x += draw_text(frame->list, x, baseline_in(frame, 0, h, 15), ALIGN_LEFT, style(frame, FACE_SEMIBOLD, 15, frame->theme->ink), "Heaplab");
    if (model->state != MODEL_READY) {
        return x;
    }
    int name_w = px(frame, frame->screen->compact ? 84 : 150), policy_w = px(frame, frame->screen->compact ? 120 : 180);
    x = draw_fact(frame, x + px(frame, 20), baseline, tr(frame, WORD_TRACE), model->trace_name, name_w) + between;
    int left = x;
    if (frame->lane_count > 1) { /* the lane that the menu changes */
        int letter = (int)('A' + (model - frame->models));
        policy_words(frame, model, px(frame, 120) - text_width(frame->list->text, FACE_MONO, px(frame, 12), "A "), words, sizeof words);
        snprintf(policy, sizeof policy, "%c %s", letter, words);
        if (text_width(frame->list->text, FACE_MONO, px(frame, 12), policy) > px(frame, 120)) {
            snprintf(policy, sizeof policy, "%c", letter); /* the maps tell its name */
        }
    } else {
        policy_words(frame, model, policy_w, policy, sizeof policy);
    }
    x = draw_fact(frame, x, baseline, tr(frame, WORD_POLICY), policy, policy_w) + px(frame, 5);
    draw_shape(frame->list, SHAPE_DOWN, rect_make(x, baseline - px(frame, 6), px(frame, 7), px(frame, 4)), frame->theme->ink3);
    x += px(frame, 7);
    pane_hit(frame, rect_make(left - px(frame, 6), 0, x - left + px(frame, 12), h), HIT_POLICY, 0);
    snprintf(words, sizeof words, model->heap_name[0] ? "%s \u00b7 %s" : "%s", format_exact(model->arena_bytes).s, model->heap_name);
    return draw_fact(frame, x + between, baseline, tr(frame, WORD_HEAP), words, px(frame, model->heap_name[0] && !frame->screen->compact ? 150 : 112));
}

/* The views, each with its digit; a narrow window leaves the digits out. */
static void draw_tabs(const struct frame *frame, int left_end, int right_end)
{
    int h = px(frame, 44), baseline = baseline_in(frame, 0, h - 1, 13), pad = px(frame, 9), widths[VIEW_COUNT], total = 0;
    int digit_w = px(frame, 12);
    for (int i = 0; i < VIEW_COUNT; i++) {
        widths[i] = 2 * pad + text_width(frame->list->text, FACE_SEMIBOLD, px(frame, 13), tr(frame, view_def_of((enum view_kind)i)->tab));
        total += widths[i];
    }
    int x = frame->screen->w / 2 - (total + VIEW_COUNT * digit_w) / 2, least = left_end + px(frame, 12);
    x = x < least ? least : x;
    bool digits = x + total + VIEW_COUNT * digit_w <= right_end - px(frame, 8);
    for (int i = 0; i < VIEW_COUNT; i++) {
        bool here = frame->state->view == (enum view_kind)i;
        int w = widths[i] + (digits ? digit_w : 0), text_x = x + pad;
        if (here) {
            draw_fill(frame->list, rect_make(x, 0, w, h), frame->theme->bg);
            draw_fill(frame->list, rect_make(x, h - px(frame, 3), w, px(frame, 3)), frame->theme->ink);
        }
        if (digits) {
            char digit[2] = {(char)('1' + i), '\0'};
            draw_text(frame->list, text_x, baseline, ALIGN_LEFT, style(frame, FACE_MONO, 11, frame->theme->ink3), digit);
            text_x += digit_w;
        }
        draw_text(frame->list, text_x, baseline, ALIGN_LEFT,
                  style(frame, here ? FACE_SEMIBOLD : FACE_REGULAR, 13, here ? frame->theme->ink : frame->theme->ink2),
                  tr(frame, view_def_of((enum view_kind)i)->tab));
        pane_hit(frame, rect_make(x, 0, w, h), HIT_TAB, (uint32_t)i);
        x += w;
    }
}

static void draw_play_sign(const struct frame *frame, int x, int y)
{
    int side = px(frame, 13);
    if (!frame->state->playing) {
        draw_shape(frame->list, SHAPE_RIGHT, rect_make(x + px(frame, 1), y - side / 2, px(frame, 11), side), frame->theme->ink);
        return;
    }
    draw_fill(frame->list, rect_make(x + px(frame, 1), y - side / 2, px(frame, 4), side), frame->theme->ink);
    draw_fill(frame->list, rect_make(x + px(frame, 8), y - side / 2, px(frame, 4), side), frame->theme->ink);
}

static void draw_skip_sign(const struct frame *frame, int x, int y, bool forward)
{
    int side = px(frame, 12), bar = px(frame, 2), w = px(frame, 10);
    int top = y - side / 2;
    draw_shape(frame->list, forward ? SHAPE_RIGHT : SHAPE_LEFT, rect_make(forward ? x : x + bar, top, w, side), frame->theme->ink2);
    draw_fill(frame->list, rect_make(forward ? x + w : x, top, bar, side), frame->theme->ink2);
}

/* From the right: position, the word `event`, speed, the three buttons. Widths are those of the largest number, so nothing moves.
 * Returns its left end. */
static int draw_player(const struct frame *frame)
{
    int h = px(frame, 43), baseline = baseline_in(frame, 0, h, 14), x = frame->screen->w - px(frame, 12), y = h / 2;
    char text[80];
    struct text_style big = style(frame, FACE_MONO, 14, frame->theme->ink), small = style(frame, FACE_REGULAR, 12, frame->theme->ink3);
    snprintf(text, sizeof text, "%s / %s", format_count(frame->model->event).s, format_count(frame->model->count).s);
    draw_text(frame->list, x, baseline, ALIGN_RIGHT, big, text);
    snprintf(text, sizeof text, "%s / %s", format_count(frame->model->count).s, format_count(frame->model->count).s);
    x -= text_width(frame->list->text, big.face, big.size, text);
    if (!frame->screen->narrow) {
        x -= draw_text(frame->list, x - px(frame, 9), baseline, ALIGN_RIGHT, small, tr(frame, WORD_EVENT)) + px(frame, 22);
        int speed_w = text_width(frame->list->text, FACE_MONO, px(frame, 12), "300k/s");
        x -= speed_w;
        draw_text(frame->list, x, baseline, ALIGN_LEFT, style(frame, FACE_MONO, 12, frame->theme->ink2),
                  format_speed(frame->state->speed).s);
        pane_hit(frame, rect_make(x, 0, speed_w, h), HIT_SLOWER_FASTER, 0);
    }
    x -= px(frame, 24);
    draw_skip_sign(frame, x, y, true);
    pane_hit(frame, rect_make(x - px(frame, 7), 0, px(frame, 26), h), HIT_FORWARD, 0);
    x -= px(frame, 28);
    draw_play_sign(frame, x, y);
    pane_hit(frame, rect_make(x - px(frame, 7), 0, px(frame, 28), h), HIT_PLAY, 0);
    x -= px(frame, 28);
    draw_skip_sign(frame, x, y, false);
    pane_hit(frame, rect_make(x - px(frame, 7), 0, px(frame, 28), h), HIT_BACK, 0);
    return x - px(frame, 7);
}

void chrome_draw_top(const struct frame *frame)
{
    struct rect top = frame->screen->top;
    draw_fill(frame->list, top, frame->theme->surface);
    draw_fill(frame->list, rect_make(0, top.h - 1, top.w, 1), frame->theme->line);
    int left = draw_facts(frame), right = frame->model->state == MODEL_READY ? draw_player(frame) : top.w;
    draw_tabs(frame, left, right);
}

static int hint_width(const struct frame *frame, const struct key_hint *hint)
{
    return text_width(frame->list->text, FACE_MONO, px(frame, 11), trs(frame, hint->shown)) + px(frame, 14) +
           text_width(frame->list->text, FACE_REGULAR, px(frame, 11), trs(frame, hint->what));
}

static bool run_fails(const struct model *model)
{
    uint32_t i = 0;
    while (i < model->mark_count && model->marks[i].kind != MARK_FAILURE) {
        i++;
    }
    return i < model->mark_count;
}

static bool hint_is_useful(const struct frame *frame, enum hint_when when)
{
    const struct view_state *state = frame->state;
    if (frame->model->state != MODEL_READY) {
        return when == HINT_ALWAYS;
    }
    switch (when) {
    case HINT_PAUSED: return !state->playing;
    case HINT_PLAYING: return state->playing;
    case HINT_FAILS: return run_fails(frame->model);
    case HINT_FAILING: return frame->model->failure.at_cursor;
    case HINT_PINNED: return state->pinned;
    case HINT_UNPINNED: return !state->pinned;
    case HINT_ADDS: return frame->lane_count < MODEL_LANES;
    case HINT_SEVERAL: return frame->lane_count > 1;
    case HINT_PART: return state->map_bytes > 0 && !state->pinned;
    default: return true;
    }
}

static void draw_hints(const struct frame *frame, int right)
{
    struct rect bar = frame->screen->status;
    const struct key_hint *last = &input_help_hint; /* always stays */
    int x = px(frame, 12), between = px(frame, 16), room = right - px(frame, 12) - hint_width(frame, last);
    int baseline = baseline_in(frame, bar.y, bar.h, 11);
    for (uint32_t i = 0; i <= frame->def->hint_count; i++) {
        const struct key_hint *hint = i < frame->def->hint_count ? &frame->def->hints[i] : last;
        bool useful = hint_is_useful(frame, (enum hint_when)hint->when);
        if (hint != last && (!useful || x + hint_width(frame, hint) + between > room)) {
            continue;
        }
        int left = x;
        x = pane_key(frame, x, bar.y, bar.h, trs(frame, hint->shown)) + px(frame, 6);
        x += draw_text(frame->list, x, baseline, ALIGN_LEFT, style(frame, FACE_REGULAR, 11, frame->theme->ink3), trs(frame, hint->what));
        if (hint->action) {
            pane_hit(frame, rect_make(left, bar.y, x - left, bar.h), HIT_ACTION, hint->action);
        }
        x += between;
    }
}

/* What runs in the background, at the bar's right end: a word, a bar, and the key that stops it. Returns its left end. */
static int draw_work(const struct frame *frame)
{
    const struct view_work *work = &frame->state->work;
    struct rect bar = frame->screen->status;
    struct text_style text = style(frame, FACE_REGULAR, 11, frame->theme->ink2);
    const char *stop = tr(frame, WORD_CANCEL);
    char what[180], said[180];
    int key_w = text_width(frame->list->text, FACE_MONO, px(frame, 11), "Esc") + px(frame, 8), gap = px(frame, 8), lane = px(frame, 120);
    int x = bar.w - px(frame, 12) - text_width(frame->list->text, text.face, text.size, stop);
    draw_text(frame->list, x, baseline_in(frame, bar.y, bar.h, 11), ALIGN_LEFT, text, stop);
    x -= key_w + px(frame, 6);
    pane_key(frame, x, bar.y, bar.h, "Esc");
    pane_hit(frame, rect_make(x, bar.y, bar.w - x, bar.h), HIT_ACTION, ACTION_CLOSE);
    x -= lane + px(frame, 14);
    struct rect track = rect_make(x, bar.y + (bar.h - px(frame, 4)) / 2, lane, px(frame, 4));
    double share = work->all > 0 ? (double)work->done / (double)work->all : 0;
    draw_fill(frame->list, track, frame->theme->line);
    draw_fill(frame->list, rect_make(track.x, track.y, (int)(lane * (share < 1 ? share : 1)), track.h), frame->theme->ink);
    tr_said(frame, work->what, said, sizeof said);
    pane_fit_text(frame, text, said, px(frame, 320), what, sizeof what);
    x -= gap + text_width(frame->list->text, text.face, text.size, what);
    draw_text(frame->list, x, baseline_in(frame, bar.y, bar.h, 11), ALIGN_LEFT, text, what);
    return x - gap;
}

/* In a low window the block's panel has one row, and a view of several lanes has no panel: the facts of the block under the mouse
 * stand here. */
static bool low_block_words(const struct frame *frame, char *words, size_t size)
{
    const struct view_state *state = frame->state;
    bool several = frame->lane_count > 1 && state->pointed_off != VIEW_NO_OFF && state->pointed_lane < (uint32_t)frame->lane_count;
    const struct model *model = several ? &frame->models[state->pointed_lane] : frame->model;
    uint32_t span = several ? model_span_at(model, state->pointed_off) : MODEL_NONE;
    uint32_t index = several ? span == MODEL_NONE ? MODEL_NONE : model->spans[span].block : frame->pointed_block;
    if ((!several && !frame->screen->low) || index == MODEL_NONE) {
        return false;
    }
    const struct model_block *block = &model->blocks[index];
    const char *site = block->site < model->site_count ? model->sites[block->site] : NULL;
    uint32_t age = model->event - block->birth;
    char events[48];
    snprintf(events, sizeof events, tr(frame, age == 1 ? WORD_BLOCK_EVENT_COUNT : WORD_BLOCK_EVENTS_COUNT), format_count(age).s);
    int used = snprintf(words, size, tr(frame, WORD_BLOCK_LINE), (unsigned long long)block->id, format_count(block->requested).s,
                        format_bytes(block->size).s, format_bytes(block->payload_off).s, events, format_count(block->birth).s);
    if (site && used > 0 && (size_t)used < size) {
        snprintf(words + used, size - (size_t)used, " \u00b7 %s", site);
    }
    return true;
}

void chrome_draw_status(const struct frame *frame)
{
    char words[400], shown[400];
    struct text_style text = style(frame, FACE_REGULAR, 12, frame->theme->ink);
    struct rect bar = frame->screen->status;
    draw_fill(frame->list, bar, frame->theme->surface);
    draw_fill(frame->list, rect_make(0, bar.y, bar.w, 1), frame->theme->line);
    int right = frame->state->work.on && frame->model->state == MODEL_READY ? draw_work(frame) : bar.w;
    bool facts = !frame->state->message[0] && low_block_words(frame, words, sizeof words);
    if (!facts && !frame->state->message[0]) {
        draw_hints(frame, right);
        return;
    }
    pane_fit_text(frame, text, facts ? words : frame->state->message, right - px(frame, 24), shown, sizeof shown);
    draw_text(frame->list, px(frame, 12), baseline_in(frame, bar.y, bar.h, 12), ALIGN_LEFT, text, shown);
}
