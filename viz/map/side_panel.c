/* side_panel.c: the right column: the failure card, the bytes by kind, the marks, the readouts with their formulas.
 *
 * Each part lines up with the pane at its left. The card's place is kept during a whole run that fails anywhere, so that nothing
 * jumps while the cursor passes a failure.
 */
#include "columns.h"
#include "pane.h"

#include <stdio.h>

#define KIND_ROW 18
#define MARK_ROW 19
#define READOUT_ROW 17
#define CARD_H 48
#define FULL_FREE_SHARE 100 /* a heap with less than a hundredth free is full */

static int side_right(const struct frame *frame) { return frame->screen->side_x + frame->screen->side_w; }

static uint32_t failures_until(const struct model *model, uint32_t event, const struct model_mark **first)
{
    uint32_t count = 0;
    *first = NULL;
    for (uint32_t i = 0; i < model->mark_count; i++) {
        if (model->marks[i].kind != MARK_FAILURE) {
            continue;
        }
        if (!*first) {
            *first = &model->marks[i];
        }
        count += model->marks[i].event <= event;
    }
    return count;
}

static void draw_card(const struct frame *frame, bool bad, const char *title, const char *line)
{
    const struct theme *theme = frame->theme;
    struct rect card = rect_make(frame->screen->side_x, frame->screen->side_top, frame->screen->side_w, px(frame, CARD_H));
    int x = card.x + px(frame, 13);
    draw_fill(frame->list, card, bad ? theme->failbg : theme->surface);
    draw_fill(frame->list, rect_make(card.x, card.y, px(frame, 3), card.h), bad ? theme->fail : theme->line2);
    if (bad) {
        draw_shape(frame->list, SHAPE_DIAMOND, rect_make(x, card.y + px(frame, 11), px(frame, 11), px(frame, 11)), theme->fail);
    }
    draw_text(frame->list, bad ? x + px(frame, 17) : x, card.y + px(frame, 21), ALIGN_LEFT, style(frame, FACE_SEMIBOLD, 13, theme->ink), title);
    draw_text(frame->list, x, card.y + px(frame, 38), ALIGN_LEFT, style(frame, FACE_REGULAR, 12, theme->ink2), line);
}

/* The key that tells more, at the card's right end, unless it would come too near the title. */
static void draw_card_key(const struct frame *frame, const char *title)
{
    const struct theme *theme = frame->theme;
    struct text_style text = style(frame, FACE_REGULAR, 12, theme->ink2);
    const char *word = tr(frame, WORD_HINT_WHY);
    int top = frame->screen->side_top, h = px(frame, 18);
    int word_x = side_right(frame) - px(frame, 8) - text_width(frame->list->text, text.face, text.size, word);
    int key_x = word_x - px(frame, 14) - text_width(frame->list->text, FACE_MONO, px(frame, 11), "3");
    int title_end = frame->screen->side_x + px(frame, 13 + 17) + text_width(frame->list->text, FACE_SEMIBOLD, px(frame, 13), title);
    if (frame->screen->compact || key_x < title_end + px(frame, 8)) {
        return;
    }
    pane_key(frame, key_x, top + px(frame, 7), h, "3");
    draw_text(frame->list, word_x, top + px(frame, 21), ALIGN_LEFT, text, word);
    pane_hit(frame, rect_make(key_x, top + px(frame, 4), side_right(frame) - key_x, px(frame, 22)), HIT_TAB, VIEW_WHY);
}

/* Why the request at the cursor fails: most of the heap is nobody's any more (a pointer that only rises), no room at all, less than is
 * asked for, a hole that is too small by its header, a hole that is large enough and not to be had (a slab's, a pool's, another list's),
 * or room in pieces. */
static void failure_words(const struct frame *frame, char *line, size_t size)
{
    const struct model *model = frame->model;
    const struct model_failure *failure = &model->failure;
    struct text_number free = format_bytes(model->kind_bytes[KIND_FREE]), largest = format_bytes(model->largest_bytes);
    bool compact = frame->screen->compact;
    if (model->kind_bytes[KIND_FREE] < failure->wanted && model->kind_bytes[KIND_RESERVED] > model->arena_bytes / 2) {
        snprintf(line, size, tr(frame, WORD_SIDE_RESERVED), free.s, format_bytes(model->kind_bytes[KIND_RESERVED]).s);
    } else if (model->kind_bytes[KIND_FREE] < failure->wanted && model->kind_bytes[KIND_FREE] < model->arena_bytes / FULL_FREE_SHARE) {
        snprintf(line, size, tr(frame, WORD_SIDE_FULL), free.s);
    } else if (model->kind_bytes[KIND_FREE] < failure->wanted) {
        snprintf(line, size, tr(frame, compact ? WORD_SIDE_TOO_LITTLE_BRIEF : WORD_SIDE_TOO_LITTLE), free.s);
    } else if (model->largest_bytes >= failure->wanted && failure->gross > model->largest_bytes) {
        snprintf(line, size, tr(frame, compact ? WORD_SIDE_HEADER_BRIEF : WORD_SIDE_HEADER), format_bytes(failure->gross).s, largest.s);
    } else if (model->largest_bytes >= failure->wanted) {
        snprintf(line, size, tr(frame, compact ? WORD_SIDE_MISSED_BRIEF : WORD_SIDE_MISSED), largest.s);
    } else if (compact) {
        snprintf(line, size, tr(frame, WORD_SIDE_HOLES_BRIEF), free.s, largest.s);
    } else {
        snprintf(line, size, tr(frame, failure->holes == 1 ? WORD_SIDE_HOLE : WORD_SIDE_HOLES), free.s, format_count(failure->holes).s, largest.s);
    }
}

/* What was wrong with the trace; a click lists it all. */
static void draw_banner(const struct frame *frame)
{
    char banner[sizeof frame->model->banner], line[sizeof frame->model->banner];
    struct rect card = rect_make(frame->screen->side_x, frame->screen->side_top, frame->screen->side_w, px(frame, CARD_H));
    tr_said(frame, frame->model->banner, banner, sizeof banner);
    pane_fit_text(frame, style(frame, FACE_REGULAR, 12, 0), banner, card.w - px(frame, 20), line, sizeof line);
    draw_card(frame, true, tr(frame, WORD_NOT_WHOLE), line);
    pane_hit(frame, card, HIT_ACTION, ACTION_ANOMALIES);
}

/* Returns the y below the card, or where it would begin if this run needs none. */
static int draw_status_card(const struct frame *frame)
{
    const struct model *model = frame->model;
    const struct model_mark *first;
    uint32_t so_far = failures_until(model, model->event, &first);
    char title[80], line[160];
    if (!first && !model->banner[0]) {
        return frame->screen->side_top;
    }
    if (model->failure.at_cursor) {
        enum word does = model->failure.wanted == 1 ? WORD_SIDE_DOES_NOT_FIT : WORD_SIDE_DO_NOT_FIT;
        snprintf(title, sizeof title, tr(frame, does), format_bytes(model->failure.wanted).s);
        failure_words(frame, line, sizeof line);
        draw_card(frame, true, title, line);
    } else if (model->banner[0] && so_far == 0) {
        draw_banner(frame);
        return frame->screen->side_top + px(frame, CARD_H + 10);
    } else {
        if (so_far == 0) {
            snprintf(title, sizeof title, "%s", tr(frame, WORD_SIDE_NO_FAILURE));
        } else {
            snprintf(title, sizeof title, tr(frame, so_far == 1 ? WORD_SIDE_FAILURE : WORD_SIDE_FAILURES), format_count(so_far).s);
        }
        snprintf(line, sizeof line, tr(frame, WORD_SIDE_FIRST), format_bytes(first->value).s, format_count(first->event).s);
        draw_card(frame, false, title, line);
    }
    if (first) {
        pane_hit(frame, rect_make(frame->screen->side_x, frame->screen->side_top, frame->screen->side_w, px(frame, CARD_H)), HIT_EVENT,
                 first->event);
    }
    if (model->failure.at_cursor) {
        draw_card_key(frame, title);
    }
    return frame->screen->side_top + px(frame, CARD_H + 10);
}

static void draw_kind_bar(const struct frame *frame, int y, int h)
{
    const struct model *model = frame->model;
    int x = frame->screen->side_x, w = frame->screen->side_w;
    uint64_t before = 0;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        int left = x + (int)(before * (uint64_t)w / model->arena_bytes);
        before += model->kind_bytes[kind];
        int right = x + (int)(before * (uint64_t)w / model->arena_bytes);
        draw_pattern(frame->list, rect_make(left, y, right - left, h), frame->theme->kinds[kind], frame->screen->unit, x, y);
    }
}

/* Bytes by kind: they sum to the heap. Returns the y below. */
static int draw_kinds(const struct frame *frame, int y)
{
    const struct model *model = frame->model;
    int x = frame->screen->side_x, right = side_right(frame);
    char of[48];
    snprintf(of, sizeof of, tr(frame, WORD_SIDE_OF), format_bytes(model->arena_bytes).s);
    int end = draw_text(frame->list, x, y + px(frame, 14), ALIGN_LEFT, style(frame, FACE_SEMIBOLD, 13, frame->theme->ink),
                        tr(frame, WORD_SIDE_NOW));
    draw_text(frame->list, x + end + px(frame, 10), y + px(frame, 14), ALIGN_LEFT, style(frame, FACE_REGULAR, 11, frame->theme->ink3), of);
    y += px(frame, 24);
    draw_kind_bar(frame, y, px(frame, 12));
    y += px(frame, 18);
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        int h = px(frame, KIND_ROW), baseline = baseline_in(frame, y, h, 12), side = px(frame, 12);
        pane_swatch(frame, x, y + (h - side) / 2, side, frame->theme->kinds[kind]);
        draw_text(frame->list, x + px(frame, 22), baseline, ALIGN_LEFT, style(frame, FACE_REGULAR, 12, frame->theme->ink),
                  trs(frame, kind_names[kind]));
        draw_text(frame->list, right - px(frame, 60), baseline, ALIGN_RIGHT, style(frame, FACE_MONO, 12, frame->theme->ink),
                  format_count(model->kind_bytes[kind]).s);
        draw_text(frame->list, right, baseline, ALIGN_RIGHT, style(frame, FACE_MONO, 12, frame->theme->ink3),
                  format_percent(model->kind_bytes[kind], model->arena_bytes).s);
        y += h;
    }
    return y;
}

static const char *mark_words(const struct frame *frame, const struct model_mark *mark, bool brief)
{
    switch (mark->kind) {
    case MARK_PEAK: return tr(frame, brief ? WORD_MARK_PEAK_BRIEF : WORD_MARK_PEAK);
    case MARK_LEAST_LARGEST: return tr(frame, brief ? WORD_MARK_LEAST_BRIEF : WORD_MARK_LEAST);
    case MARK_LONGEST_SEARCH: return tr(frame, brief ? WORD_MARK_SEARCH_BRIEF : WORD_MARK_SEARCH);
    case MARK_FAILURE: return tr(frame, WORD_HINT_FAILURE);
    default: return mark->name;
    }
}

/* Where there is not enough room, the words become brief, then the value goes. */
static void draw_mark_row(const struct frame *frame, int y, const struct model_mark *mark)
{
    int x = frame->screen->side_x, h = px(frame, MARK_ROW), baseline = baseline_in(frame, y, h, 12);
    char value[48];
    struct text_style mono = style(frame, FACE_MONO, 12, frame->theme->ink2), words = style(frame, FACE_REGULAR, 12, frame->theme->ink);
    bool here = mark->event == frame->model->event;
    pane_mark(frame, (enum mark_kind)mark->kind, x + px(frame, 5), y + h / 2, px(frame, 9));
    if (here) {
        mono.colour = frame->theme->ink;
    }
    draw_text(frame->list, x + px(frame, 18), baseline, ALIGN_LEFT, mono, format_count(mark->event).s);
    int names = x + px(frame, 32) + text_width(frame->list->text, mono.face, mono.size, format_count(frame->model->count).s);
    snprintf(value, sizeof value, mark->kind != MARK_LONGEST_SEARCH ? "%s B" : tr(frame, mark->value == 1 ? WORD_WHY_VISIT_1 : WORD_MARK_VISITS),
             format_count(mark->value).s);
    mono.colour = frame->theme->ink;
    int room = side_right(frame) - names - px(frame, 8) - text_width(frame->list->text, mono.face, mono.size, value);
    bool brief = text_width(frame->list->text, words.face, words.size, mark_words(frame, mark, false)) > room;
    draw_text(frame->list, names, baseline, ALIGN_LEFT, words, mark_words(frame, mark, brief));
    if (text_width(frame->list->text, words.face, words.size, mark_words(frame, mark, brief)) <= room) {
        draw_text(frame->list, side_right(frame), baseline, ALIGN_RIGHT, mono, value);
    }
    pane_hit(frame, rect_make(x, y, frame->screen->side_w, h), HIT_EVENT, mark->event);
}

static int count_marks(const struct model *model, bool failures)
{
    int count = 0;
    for (uint32_t i = 0; i < model->mark_count; i++) {
        count += failures ? model->marks[i].kind == MARK_FAILURE : model->marks[i].kind != MARK_FAILURE && model->marks[i].kind != MARK_PHASE;
    }
    return count;
}

/* The first failures come before all others; where they are many, the last row says how many more. */
static void draw_marks(const struct frame *frame)
{
    const struct model *model = frame->model;
    int y = frame->screen->strip_head.y, bottom = frame->screen->strip.y + frame->screen->strip.h, h = px(frame, MARK_ROW);
    pane_title(frame, frame->screen->side_x, y, tr(frame, WORD_SIDE_MARKS), NULL);
    y += px(frame, 24);
    int rows = (bottom - y) / h, others = count_marks(model, false), failures = count_marks(model, true);
    int room = failures <= rows - others ? failures : rows - others - 1 > 1 ? rows - others - 1 : 1;
    room += failures == room + 1; /* the row of "1 more failure" shows it as well */
    bool more = failures > room;
    int other_room = rows - (failures < room ? failures : room) - more, shown = 0, others_shown = 0;
    for (uint32_t i = 0; i < model->mark_count; i++) {
        const struct model_mark *mark = &model->marks[i];
        bool failure = mark->kind == MARK_FAILURE;
        if (mark->kind == MARK_PHASE || (failure ? shown++ >= room : others_shown++ >= other_room)) {
            continue;
        }
        draw_mark_row(frame, y, mark);
        y += h;
    }
    char text[64];
    snprintf(text, sizeof text, tr(frame, failures - room == 1 ? WORD_SIDE_MORE_FAILURE : WORD_SIDE_MORE_FAILURES),
             format_count((uint64_t)(failures - room)).s);
    if (more || others + failures == 0) {
        draw_text(frame->list, more ? frame->screen->side_x + px(frame, 18) : frame->screen->side_x, baseline_in(frame, y, h, 12), ALIGN_LEFT,
                  style(frame, FACE_REGULAR, 12, frame->theme->ink3), more ? text : tr(frame, WORD_SIDE_NO_MARKS));
    }
}

/* `formula` in words and numbers, `numbers` alone for a narrow column. */
struct readout {
    const char *name;
    uint32_t colour;
    bool line;
    const struct draw_style *kind; /* NULL: a fill of `colour` */
    char value[FORMAT_MAX], formula[144], numbers[112];
};

static int draw_readout(const struct frame *frame, int y, const struct readout *readout)
{
    int x = frame->screen->side_x, h = px(frame, READOUT_ROW), baseline = baseline_in(frame, y, h, 12), side = px(frame, 10);
    if (readout->line) {
        draw_fill(frame->list, rect_make(x, y + h / 2 - frame->screen->unit, side, 2 * frame->screen->unit), readout->colour);
    } else if (readout->kind) {
        pane_swatch(frame, x, y + (h - side) / 2, side, *readout->kind);
    } else {
        draw_fill(frame->list, rect_make(x, y + (h - side) / 2, side, side), readout->colour);
    }
    struct text_style small = style(frame, FACE_REGULAR, 11, frame->theme->ink3);
    int from = x + px(frame, 18);
    from += draw_text(frame->list, from, baseline, ALIGN_LEFT, style(frame, FACE_REGULAR, 12, frame->theme->ink), trs(frame, readout->name));
    int w = draw_text(frame->list, side_right(frame), baseline, ALIGN_RIGHT, style(frame, FACE_MONO, 12, frame->theme->ink), readout->value);
    y += h;
    if (!readout->formula[0]) {
        return y;
    }
    if (frame->screen->low) { /* no row of its own: the numbers stand before the value, where they have room */
        int right = side_right(frame) - w - px(frame, 10);
        if (text_width(frame->list->text, small.face, small.size, readout->numbers) <= right - from - px(frame, 10)) {
            draw_text(frame->list, right, baseline, ALIGN_RIGHT, small, readout->numbers);
        }
        return y;
    }
    bool fits = text_width(frame->list->text, small.face, small.size, readout->formula) <= frame->screen->side_w - px(frame, 18);
    draw_text(frame->list, x + px(frame, 18), y + px(frame, 9), ALIGN_LEFT, small, fits ? readout->formula : readout->numbers);
    return y + px(frame, 16);
}

static struct readout readout_bytes(const char *name, uint32_t colour, bool line, uint64_t bytes)
{
    struct readout out = {.name = name, .colour = colour, .line = line};
    snprintf(out.value, sizeof out.value, "%s", format_bytes(bytes).s);
    return out;
}

/* `value` as 1 - part / whole; without a whole `none` stands in the formula's place. */
static void readout_share(struct readout *out, float value, const char *names, uint64_t part, uint64_t whole, const char *none)
{
    snprintf(out->value, sizeof out->value, "%.1f %%", (double)value * 100);
    if (whole == 0) {
        snprintf(out->numbers, sizeof out->numbers, "%s", none);
        snprintf(out->formula, sizeof out->formula, "%s", none);
        return;
    }
    snprintf(out->numbers, sizeof out->numbers, "1 \u2212 %s / %s", format_count(part).s, format_count(whole).s);
    snprintf(out->formula, sizeof out->formula, "1 \u2212 %s = %s", names, out->numbers);
}

/* Bytes that are neither a block's nor free. */
static struct readout readout_withheld(const struct frame *frame, uint32_t in_use, uint32_t free)
{
    uint32_t arena = frame->model->arena_bytes;
    struct readout out = readout_bytes("control, lost", 0, false, bytes_withheld(arena, in_use, free));
    out.kind = &frame->theme->kinds[KIND_CONTROL]; /* with its marks, as in the lane's legend */
    snprintf(out.numbers, sizeof out.numbers, "%s \u2212 %s \u2212 %s", format_count(arena).s, format_count(in_use).s, format_count(free).s);
    snprintf(out.formula, sizeof out.formula, tr(frame, WORD_SIDE_WITHHELD_IS), out.numbers);
    return out;
}

void side_readouts_draw(const struct frame *frame)
{
    const struct model *model = frame->model;
    const struct theme *theme = frame->theme;
    bool pointed = frame->state->pointing_event && frame->state->pointed_event != model->event;
    uint32_t event = pointed ? frame->state->pointed_event : model->event, i = event ? event - 1 : 0;
    uint32_t payload = event ? model->history.payload[i] : 0, in_use = event ? model->history.in_use[i] : 0;
    uint32_t free = event ? model->history.free[i] : model->history.start_free;
    uint32_t largest = event ? model->history.largest[i] : model->history.start_largest;
    char title[48];
    int y = frame->screen->budget_head.y, bottom = frame->screen->axis.y + frame->screen->axis.h;
    snprintf(title, sizeof title, tr(frame, WORD_SIDE_AT_EVENT), format_count(event).s);
    int end = draw_text(frame->list, frame->screen->side_x, y + px(frame, 14), ALIGN_LEFT, style(frame, FACE_SEMIBOLD, 13, theme->ink), title);
    if (pointed) {
        draw_text(frame->list, frame->screen->side_x + end + px(frame, 10), y + px(frame, 14), ALIGN_LEFT,
                  style(frame, FACE_REGULAR, 11, theme->ink3), tr(frame, WORD_BYTES_POINTED));
    }
    struct readout rows[6] = {readout_bytes("payload", theme->kinds[KIND_PAYLOAD].fill, false, payload),
                              readout_bytes("blocks in use", theme->ink, true, in_use), readout_withheld(frame, in_use, free),
                              readout_bytes("largest free", theme->ok, true, largest),
                              {.name = "internal", .colour = theme->kinds[KIND_SLACK].fill}, {.name = "external", .colour = theme->fail}};
    readout_share(&rows[4], fragmentation_internal(payload, in_use), tr(frame, WORD_SIDE_INTERNAL_IS), payload, in_use,
                  tr(frame, WORD_SIDE_NOTHING_LIVE));
    readout_share(&rows[5], fragmentation_external(free, largest), tr(frame, WORD_SIDE_EXTERNAL_IS), largest, free,
                  tr(frame, WORD_SIDE_NOTHING_FREE));
    y += px(frame, 24);
    for (int k = 0; k < 6 && y + px(frame, READOUT_ROW) <= bottom + px(frame, 2); k++) {
        if (k != 2 || !frame->screen->low) { /* a low window has room for five */
            y = draw_readout(frame, y, &rows[k]);
        }
    }
}

void side_panel_draw(const struct frame *frame)
{
    int y = draw_kinds(frame, draw_status_card(frame)) + px(frame, 10);
    if (y + px(frame, 50) <= frame->screen->side_bottom) {
        draw_fill(frame->list, rect_make(frame->screen->side_x, y, frame->screen->side_w, 1), frame->theme->line);
        if (range_panel_shown(frame)) {
            range_panel_draw(frame, y + px(frame, 9));
        } else {
            block_panel_draw(frame, y + px(frame, 9));
        }
    }
    draw_marks(frame);
    side_readouts_draw(frame);
}
