/* why_search.c: the search visit by visit, from the policy's own micro-events: a bar is a visit, its height the free bytes found. */
#include <stdio.h>

#include "why.h"

#define BARS_MAX 2048
#define CUT_TIMES 4 /* bars higher than that many times the wanted size are cut */

struct bars {
    struct rect pane;     /* of the bars */
    uint64_t scale;       /* bytes of its height */
    int count, visits;    /* bars; visits that are kept */
    int largest, taken;   /* bars; -1: none */
    bool cut;             /* some are higher than the pane */
    uint32_t bytes[BARS_MAX];
};

static int bar_x(const struct bars *bars, const struct frame *frame, int bar)
{
    int pitch = bars->pane.w / bars->count, most = px(frame, 24);
    return bars->pane.x + (pitch >= most ? bar * most : (int)((int64_t)bar * bars->pane.w / bars->count));
}

static int bar_of(const struct bars *bars, int visit) { return (int)((int64_t)visit * bars->count / bars->visits); }

static int count_visits(const struct model_search *search)
{
    int visits = 0;
    for (uint32_t i = 0; i < search->count; i++) {
        visits += search->steps[i].kind == MODEL_STEP_VISIT;
    }
    return visits;
}

/* A bar stands for the largest of several visits where they are more than the pixels. */
static void make_bars(struct bars *bars, const struct model_search *search, const struct why *why)
{
    int most = bars->pane.w / 2 < BARS_MAX ? bars->pane.w / 2 : BARS_MAX, visit = 0;
    uint32_t largest = 0;
    uint64_t needs = why->kind == WHY_FREED ? 0 : why_needs(why);
    bars->count = bars->visits < most ? bars->visits : most;
    bars->largest = bars->taken = -1;
    for (int i = 0; i < bars->count; i++) {
        bars->bytes[i] = 0;
    }
    for (uint32_t i = 0; i < search->count; i++) {
        const struct model_step *step = &search->steps[i];
        if (step->kind != MODEL_STEP_VISIT) {
            continue;
        }
        int bar = bar_of(bars, visit++);
        bars->bytes[bar] = step->bytes > bars->bytes[bar] ? step->bytes : bars->bytes[bar];
        if (step->bytes > largest) {
            largest = step->bytes;
            bars->largest = bar;
        }
        if (why->taken.bytes > 0 && step->off == why->taken.off) {
            bars->taken = bar;
        }
    }
    uint64_t high = largest > needs ? largest : needs;
    bars->cut = needs > 0 && high > CUT_TIMES * needs;
    high = bars->cut ? CUT_TIMES * needs : high;
    bars->scale = high + high / 6 + 1;
}

static int height_of(const struct bars *bars, uint64_t bytes)
{
    uint64_t h = bytes * (uint64_t)bars->pane.h / bars->scale;
    return h > (uint64_t)bars->pane.h ? bars->pane.h : h < 2 ? 2 : (int)h;
}

static void draw_bar(const struct frame *frame, const struct bars *bars, const struct why *why, int bar, int shown)
{
    const struct theme *theme = frame->theme;
    int unit = frame->screen->unit, x = bar_x(bars, frame, bar), w = bar_x(bars, frame, bar + 1) - x, h = height_of(bars, bars->bytes[bar]);
    int gap = w >= 6 ? 2 : w >= 3 ? 1 : 0, foot = bars->pane.y + bars->pane.h;
    struct rect r = rect_make(x, foot - h, w > gap ? w - gap : 1, h);
    bool over = shown >= (int)why->visits, now = !over && bar == shown, seen = over || bar < shown;
    if (now) {
        draw_fill(frame->list, r, theme->focus);
    } else if (over && bar == bars->taken) {
        draw_fill(frame->list, r, theme->ok);
    } else if (seen) {
        draw_fill(frame->list, r, theme->line2);
    } else if (r.w >= 3) {
        draw_frame(frame->list, r, unit, theme->line2);
    } else {
        draw_fill(frame->list, r, theme->line);
    }
    if (over && bar == bars->largest && why->kind == WHY_FAILED) {
        draw_frame(frame->list, rect_inflate(r, r.w < 5 ? 1 : 0), 2 * unit, theme->ok);
    }
    if (bars->cut && h == bars->pane.h && r.w >= 3) { /* a notch: it goes on */
        draw_fill(frame->list, rect_make(r.x, r.y + px(frame, 6), r.w, 2 * unit), theme->well);
    }
}

/* A text beside the top of a bar, on a ground that covers what lies below. */
static void label_bar(const struct frame *frame, const struct bars *bars, int bar, const char *words, uint32_t colour, struct rect *used)
{
    struct text_style text = style(frame, FACE_MEDIUM, 11, colour);
    int x = bar_x(bars, frame, bar), w = why_width(frame, text, words), bar_w = bar_x(bars, frame, bar + 1) - x, pad = px(frame, 4);
    int y = bars->pane.y + bars->pane.h - height_of(bars, bars->bytes[bar]) - px(frame, 2);
    struct rect box = rect_make(x - w - 3 * pad, y, w + 2 * pad, px(frame, 16));
    if (box.x < bars->pane.x) {
        box.x = x + bar_w + pad;
    }
    if (box.y + box.h > bars->pane.y + bars->pane.h) {
        box.y = bars->pane.y + bars->pane.h - box.h;
    }
    if (used->h > 0 && rect_overlaps(box, *used)) {
        box.y = used->y + used->h + px(frame, 2);
    }
    if (box.x + box.w > bars->pane.x + bars->pane.w || box.y + box.h > bars->pane.y + bars->pane.h) {
        return;
    }
    draw_fill(frame->list, box, frame->theme->well);
    draw_text(frame->list, box.x + pad, baseline_in(frame, box.y, box.h, 11), ALIGN_LEFT, text, words);
}

/* The wanted line over the bars; returns the box of its label. */
static struct rect draw_wanted_line(const struct frame *frame, const struct bars *bars, const struct why *why)
{
    char words[80];
    int thick = 2 * frame->screen->unit, y = bars->pane.y + bars->pane.h - height_of(bars, why_needs(why)), pad = px(frame, 8);
    struct text_style text = style(frame, FACE_MEDIUM, 11, why_accent(frame, why));
    snprintf(words, sizeof words, tr(frame, WORD_WHY_WANTED), format_bytes(why_needs(why)).s);
    draw_fill(frame->list, rect_make(bars->pane.x, y - thick, bars->pane.w, thick), text.colour);
    int w = why_width(frame, text, words), h = px(frame, 18);
    int tall = bars->taken >= 0 ? bars->taken : bars->largest;
    bool above = y - thick - h >= bars->pane.y; /* a served request has higher bars below the line's left end */
    int top = above && why->kind == WHY_SERVED ? y - thick - h : y + px(frame, 2);
    if (top + h > bars->pane.y + bars->pane.h) {
        top = y - thick - h;
    }
    struct rect box = rect_make(bars->pane.x + bars->pane.w - w - 2 * pad, top, w + 2 * pad, h);
    if (2 * bar_x(bars, frame, tall > 0 ? tall : 0) > 2 * bars->pane.x + bars->pane.w) { /* away from the bar that matters */
        box.x = bars->pane.x;
    }
    draw_fill(frame->list, box, frame->theme->well);
    draw_text(frame->list, box.x + pad, baseline_in(frame, box.y, box.h, 11), ALIGN_LEFT, text, words);
    return box;
}

static void draw_labels(const struct frame *frame, const struct bars *bars, const struct why *why, int shown_bar)
{
    char words[80];
    struct rect used = {0, 0, 0, 0};
    bool over = why->shown >= (int)why->visits;
    if (why->kind != WHY_FREED && why_needs(why) > 0) {
        used = draw_wanted_line(frame, bars, why);
    }
    if (!over) {
        label_bar(frame, bars, shown_bar, format_bytes(bars->bytes[shown_bar]).s, frame->theme->focus, &used);
    } else if (why->kind == WHY_FAILED && bars->largest >= 0) {
        snprintf(words, sizeof words, tr(frame, WORD_DUEL_LARGEST), format_bytes(bars->bytes[bars->largest]).s);
        label_bar(frame, bars, bars->largest, words, frame->theme->ok, &used);
    } else if (bars->taken >= 0) {
        snprintf(words, sizeof words, tr(frame, WORD_WHY_TAKEN), format_bytes(why->taken.bytes).s);
        label_bar(frame, bars, bars->taken, words, frame->theme->ok, &used);
    }
}

static void draw_subtitle(const struct frame *frame, const struct bars *bars, const struct why *why, struct rect area)
{
    char words[240], all[FORMAT_MAX];
    snprintf(all, sizeof all, "%s", format_count(why->visits).s);
    int n;
    if (why->shown < (int)why->visits) {
        n = snprintf(words, sizeof words, tr(frame, WORD_WHY_VISITS), format_count((uint64_t)why->shown + 1).s, all);
    } else {
        n = snprintf(words, sizeof words, tr(frame, why->visits == 1 ? WORD_WHY_VISIT_1 : WORD_WHY_VISITS_ALL), all);
    }
    if (bars->cut && n > 0 && (size_t)n < sizeof words) {
        snprintf(words + n, sizeof words - (size_t)n, "; %s", tr(frame, WORD_WHY_CUT));
    }
    why_title(frame, area.x, area.x + area.w, area.y, "The search", words);
}

void why_search_draw(const struct frame *frame, const struct why *why, struct rect area)
{
    static struct bars bars; /* scratch of one call */
    int head = px(frame, 24), foot = px(frame, 16);
    struct text_style small = style(frame, FACE_REGULAR, 11, frame->theme->ink3);
    bars.pane = rect_make(area.x, area.y + head, area.w, area.h - head - foot);
    bars.visits = count_visits(&frame->model->search);
    draw_fill(frame->list, bars.pane, frame->theme->well);
    if (bars.visits == 0) {
        bool bits = why->kind == WHY_FAILED && (frame->model->bins.kind == MODEL_BINS_TWO_LEVEL || frame->model->bins.kind == MODEL_BINS_ORDERS);
        why_title(frame, area.x, area.x + area.w, area.y, "The search", NULL);
        draw_text(frame->list, area.x + px(frame, 8), bars.pane.y + px(frame, 20), ALIGN_LEFT, style(frame, FACE_REGULAR, 12, frame->theme->ink2),
                  tr(frame, bits ? WORD_WHY_BITS_SAID : WORD_WHY_NO_VISIT));
        return;
    }
    make_bars(&bars, &frame->model->search, why);
    int shown = why->shown >= bars.visits ? (int)why->visits : why->shown, shown_bar = bar_of(&bars, why->shown < bars.visits ? why->shown : bars.visits - 1);
    for (int i = 0; i < bars.count; i++) {
        draw_bar(frame, &bars, why, i, shown >= (int)why->visits ? (int)why->visits : shown_bar);
    }
    draw_subtitle(frame, &bars, why, area);
    draw_labels(frame, &bars, why, shown_bar);
    int y = area.y + area.h - px(frame, 3);
    int first = draw_text(frame->list, area.x, y, ALIGN_LEFT, small, tr(frame, WORD_WHY_FIRST));
    int end = bar_x(&bars, frame, bars.count), w = why_width(frame, small, tr(frame, WORD_WHY_LAST));
    if (bars.visits > 1 && end - w > area.x + first + px(frame, 12)) {
        draw_text(frame->list, end, y, ALIGN_RIGHT, small, tr(frame, WORD_WHY_LAST));
    }
}
