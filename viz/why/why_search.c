/* why_search.c: the search visit by visit, from the policy's own micro-events: a filled bar is a visit, its height the free bytes found.
 * Behind the visits stand, as outlines, the holes that the policy did not look at. */
#include <stdio.h>

#include "why.h"

#define BARS_MAX 2048
#define CUT_TIMES 4       /* bars higher than that many times the wanted size are cut */

struct bars {
    struct rect pane;       /* of the bars */
    uint64_t scale;         /* bytes of its height */
    int count, seen;        /* bars; those of visits stand first */
    int visits, others;     /* visits that are kept; holes that were not visited */
    int largest, taken;     /* bars; -1: none; taken: of a free, the hole that it made */
    bool cut;               /* some are higher than the pane */
    struct model_place places[BARS_MAX]; /* the largest of those that a bar stands for */
};

static bool asks(const struct why *why) { return why->kind == WHY_FAILED || why->kind == WHY_SERVED; }

/* Visits and the other holes have a gap between them. */
static int bar_x(const struct bars *bars, const struct frame *frame, int bar)
{
    int gap = bars->seen > 0 && bars->seen < bars->count ? px(frame, 8) : 0, room = bars->pane.w - gap;
    int pitch = room / bars->count, most = bars->count <= WHY_FEW_BARS ? px(frame, 48) : px(frame, 24), x = pitch >= most ? bar * most : (int)((int64_t)bar * room / bars->count);
    return bars->pane.x + x + (bar >= bars->seen ? gap : 0);
}

static int bar_right(const struct bars *bars, const struct frame *frame, int bar)
{
    int gap = bar + 1 == bars->seen && bars->seen < bars->count ? px(frame, 8) : 0;
    return bar_x(bars, frame, bar + 1) - gap;
}

static int bar_of_visit(const struct bars *bars, int visit) { return (int)((int64_t)visit * bars->seen / bars->visits); }

static int count_visits(const struct model_search *search)
{
    int visits = 0;
    for (uint32_t i = 0; i < search->count; i++) {
        visits += search->steps[i].kind == MODEL_STEP_VISIT;
    }
    return visits;
}

/* ---- the holes that were not visited ---- */

struct others {
    const struct why *why;
    const struct model *model;
    struct why_holes holes;     /* in address order, where the policy tells no list … */
    uint32_t at, left;          /* … else the list, from behind its last visited hole on */
    bool listed;
    uint32_t visited[WHY_VISITS_KNOWN]; /* offsets, sorted */
    int count;
};

static bool was_visited(const struct others *others, uint32_t off)
{
    int low = 0, high = others->count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (others->visited[middle] < off) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < others->count && others->visited[low] == off;
}

static void others_begin(struct others *others, const struct model *model, const struct why *why)
{
    const struct model_bins *bins = &model->bins;
    others->why = why;
    others->model = model;
    others->listed = bins->kind == MODEL_BINS_LIST && bins->block_count > 0 && why->left.bytes == 0;
    others->holes = why_holes_begin(model, why);
    others->at = 0;
    others->left = bins->block_count;
    for (uint32_t i = 0; others->listed && i < bins->block_count; i++) {
        others->at = was_visited(others, bins->blocks[i].off) ? i + 1 : others->at;
    }
}

static bool others_next(struct others *others, struct model_place *hole)
{
    const struct model_place *taken = &others->why->taken;
    while (others->listed && others->left > 0) {
        *hole = others->model->bins.blocks[others->at++ % others->model->bins.block_count];
        others->left--;
        bool of_taken = taken->bytes > 0 && hole->off >= taken->off && hole->off - taken->off < taken->bytes;
        if (!of_taken && !was_visited(others, hole->off)) {
            return true;
        }
    }
    while (!others->listed && why_holes_next(&others->holes, hole)) {
        bool is_taken = taken->bytes > 0 && hole->off == taken->off;
        if (!is_taken && !was_visited(others, hole->off)) {
            return true;
        }
    }
    return false;
}

/* ---- bars ---- */

/* Room for both where there are more of them than pixels. */
static void share_bars(struct bars *bars)
{
    int64_t all = (int64_t)bars->visits + bars->others, most = bars->pane.w / 2 < BARS_MAX ? bars->pane.w / 2 : BARS_MAX;
    if (all <= most) {
        bars->seen = bars->visits;
        bars->count = (int)all;
        return;
    }
    int64_t least = bars->visits < most / 2 ? bars->visits : most / 2, seen = bars->visits * most / all;
    seen = seen < least ? least : seen;
    bars->seen = (int)(bars->others > 0 && most - seen < 1 ? most - 1 : seen);
    bars->count = (int)(most - bars->seen < bars->others ? most : bars->seen + bars->others);
}

/* A bar stands for the largest of several where they are more than the pixels. */
static void put_place(struct bars *bars, int bar, struct model_place place, const struct why *why)
{
    if (place.bytes > bars->places[bar].bytes) {
        bars->places[bar] = place;
    }
    if (bars->largest < 0 || place.bytes > bars->places[bars->largest].bytes) {
        bars->largest = bar;
    }
    const struct model_place *mark = why->merged.bytes > 0 ? &why->merged : &why->taken;
    if (mark->bytes > 0 && place.off == mark->off) {
        bars->taken = bar;
    }
}

static void make_bars(struct bars *bars, const struct model_search *search, const struct why *why, struct others *others)
{
    int visit = 0, other = 0;
    struct model_place hole;
    bars->largest = bars->taken = -1;
    share_bars(bars);
    for (int i = 0; i < bars->count; i++) {
        bars->places[i] = (struct model_place){0, 0};
    }
    for (uint32_t i = 0; i < search->count; i++) {
        const struct model_step *step = &search->steps[i];
        if (step->kind == MODEL_STEP_VISIT) {
            put_place(bars, bar_of_visit(bars, visit++), (struct model_place){step->off, step->bytes}, why);
        }
    }
    if (bars->others > 0) {
        others_begin(others, others->model, why);
    }
    while (other < bars->others && others_next(others, &hole)) {
        put_place(bars, bars->seen + (int)((int64_t)other++ * (bars->count - bars->seen) / bars->others), hole, why);
    }
    uint64_t needs = asks(why) ? why_needs(why) : why->merged.bytes, largest = bars->largest < 0 ? 0 : bars->places[bars->largest].bytes;
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

/* `shown`: the bar that the replay has reached; bars->seen: it is over. */
static void draw_bar(const struct frame *frame, const struct bars *bars, const struct why *why, int bar, int shown)
{
    const struct theme *theme = frame->theme;
    int unit = frame->screen->unit, x = bar_x(bars, frame, bar), w = bar_right(bars, frame, bar) - x, h = height_of(bars, bars->places[bar].bytes);
    int gap = w >= 6 ? 2 : w >= 3 ? 1 : 0, foot = bars->pane.y + bars->pane.h;
    struct rect r = rect_make(x, foot - h, w > gap ? w - gap : 1, h);
    bool over = shown >= bars->seen, now = !over && bar == shown, seen = bar < shown;
    if (now) {
        draw_fill(frame->list, r, theme->focus);
    } else if (over && bar == bars->taken && why->merged.bytes == 0) {
        draw_fill(frame->list, r, theme->ok);
    } else if (seen) {
        draw_fill(frame->list, r, theme->line2);
    } else if (r.w >= 3) {
        draw_frame(frame->list, r, unit, theme->line2);
    } else {
        draw_fill(frame->list, r, theme->line);
    }
    bool made = bar == bars->taken && why->merged.bytes > 0, largest = bar == bars->largest && why->kind == WHY_FAILED;
    if (over && (made || largest)) {
        draw_frame(frame->list, rect_inflate(r, r.w < 5 ? 1 : 0), 2 * unit, theme->ok);
    }
    if (bars->cut && h == bars->pane.h && r.w >= 3) { /* a notch: it goes on */
        draw_fill(frame->list, rect_make(r.x, r.y + px(frame, 6), r.w, 2 * unit), theme->well);
    }
    int tall = h < px(frame, 16) ? px(frame, 16) : h; /* a low bar is pointed at above it too */
    char *words = why_spot(frame, why, rect_make(r.x, foot - tall, w, tall), HIT_VIEW, bars->places[bar].off);
    if (words) {
        why_hole_words(frame, why, bars->places[bar], words);
    }
}

static bool covers_bar(const struct frame *frame, const struct bars *bars, struct rect box)
{
    for (int i = 0; i < bars->count; i++) {
        int x = bar_x(bars, frame, i), top = bars->pane.y + bars->pane.h - height_of(bars, bars->places[i].bytes);
        if (x < box.x + box.w && bar_right(bars, frame, i) > box.x && top < box.y + box.h) {
            return true;
        }
    }
    return false;
}

/* A text beside the top of a bar, on a ground that covers what lies below. */
static void label_bar(const struct frame *frame, const struct bars *bars, int bar, const char *words, uint32_t colour, struct rect *used)
{
    struct text_style text = style(frame, FACE_MEDIUM, 11, colour);
    int x = bar_x(bars, frame, bar), w = why_width(frame, text, words), bar_w = bar_right(bars, frame, bar) - x, pad = px(frame, 4);
    int y = bars->pane.y + bars->pane.h - height_of(bars, bars->places[bar].bytes) - px(frame, 2);
    struct rect box = rect_make(x - w - 3 * pad, y, w + 2 * pad, px(frame, 16));
    if ((box.x < bars->pane.x || covers_bar(frame, bars, box)) && y - box.h >= bars->pane.y) { /* above the bar; if it is too tall, beside it */
        box.x = x + bar_w / 2 - box.w / 2;
        box.x = box.x < bars->pane.x ? bars->pane.x : box.x + box.w > bars->pane.x + bars->pane.w ? bars->pane.x + bars->pane.w - box.w : box.x;
        box.y = y - box.h;
    } else if (box.x < bars->pane.x) {
        box.x = x + bar_w + pad;
    }
    box.y = box.y < bars->pane.y ? bars->pane.y : box.y;
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

/* `shown`: the bar that the replay has reached. */
static void draw_labels(const struct frame *frame, const struct bars *bars, const struct why *why, int shown)
{
    char words[80];
    struct rect used = {0, 0, 0, 0};
    if (asks(why) && why_needs(why) > 0) {
        used = draw_wanted_line(frame, bars, why);
    }
    if (shown < bars->seen) {
        label_bar(frame, bars, shown, format_bytes(bars->places[shown].bytes).s, frame->theme->focus, &used);
    } else if (why->kind == WHY_FAILED && bars->largest >= 0) {
        snprintf(words, sizeof words, tr(frame, WORD_DUEL_LARGEST), format_bytes(bars->places[bars->largest].bytes).s);
        label_bar(frame, bars, bars->largest, words, frame->theme->ok, &used);
    } else if (bars->taken >= 0) {
        uint32_t merged = why->merged.bytes;
        snprintf(words, sizeof words, tr(frame, merged ? WORD_WHY_NEW_HOLE : WORD_WHY_TAKEN), format_bytes(merged ? merged : why->taken.bytes).s);
        label_bar(frame, bars, bars->taken, words, frame->theme->ok, &used);
    }
}

/* Without a visit: why there was none. */
static const char *none_visited(const struct frame *frame, const struct why *why)
{
    enum model_bins_kind kind = frame->model->bins.kind;
    bool bits = why->kind == WHY_FAILED && (kind == MODEL_BINS_TWO_LEVEL || kind == MODEL_BINS_ORDERS || kind == MODEL_BINS_CLASSES);
    return tr(frame, bits ? WORD_WHY_BITS_SAID : WORD_WHY_NO_VISIT);
}

/* How many visits, how many holes were left out, what is cut: as much of it as fits. */
static void draw_subtitle(const struct frame *frame, const struct bars *bars, const struct why *why, struct rect area)
{
    char parts[3][160], all[FORMAT_MAX], words[512];
    int count = 0, end = area.x + px(frame, 10) + text_width(frame->list->text, FACE_SEMIBOLD, px(frame, 13), trs(frame, "The search"));
    snprintf(all, sizeof all, "%s", format_count(why->visits).s);
    if (bars->visits == 0) {
        snprintf(parts[count++], sizeof parts[0], "%s", none_visited(frame, why));
    } else if (why->shown < (int)why->visits) {
        snprintf(parts[count++], sizeof parts[0], tr(frame, WORD_WHY_VISITS), format_count((uint64_t)why->shown + 1).s, all);
    } else {
        snprintf(parts[count++], sizeof parts[0], tr(frame, why->visits == 1 ? WORD_WHY_VISIT_1 : WORD_WHY_VISITS_ALL), all);
    }
    if (bars->others > 0 && bars->visits > 0 && asks(why)) {
        snprintf(parts[count++], sizeof parts[0], tr(frame, WORD_WHY_OTHERS), format_count((uint64_t)bars->others).s);
    }
    if (bars->cut) {
        snprintf(parts[count++], sizeof parts[0], "%s", tr(frame, WORD_WHY_CUT));
    }
    for (int n = count; n > 0; n--) {
        snprintf(words, sizeof words, "%s%s%s%s%s", parts[0], n > 1 ? "; " : "", n > 1 ? parts[1] : "", n > 2 ? "; " : "", n > 2 ? parts[2] : "");
        if (n == 1 || end + text_width(frame->list->text, FACE_REGULAR, px(frame, 11), words) <= area.x + area.w) {
            break;
        }
    }
    why_title(frame, area.x, area.x + area.w, area.y, "The search", words);
}

/* Under the bars: which end is which. */
static void draw_foot(const struct frame *frame, const struct bars *bars, bool asked, int y)
{
    struct text_style small = style(frame, FACE_REGULAR, 11, frame->theme->ink3);
    int used = bars->pane.x, seen_end = bars->seen > 0 ? bar_right(bars, frame, bars->seen - 1) : bars->pane.x;
    if (bars->seen > 0) {
        used += draw_text(frame->list, used, y, ALIGN_LEFT, small, tr(frame, WORD_WHY_FIRST));
    }
    int w = why_width(frame, small, tr(frame, WORD_WHY_LAST));
    if (bars->visits > 1 && seen_end - w > used + px(frame, 12)) {
        draw_text(frame->list, seen_end, y, ALIGN_RIGHT, small, tr(frame, WORD_WHY_LAST));
        used = seen_end;
    }
    if (bars->others > 0 && asked) {
        int from = bar_x(bars, frame, bars->seen), end = bars->pane.x + bars->pane.w;
        w = why_width(frame, small, tr(frame, WORD_WHY_UNSEEN));
        from = bars->seen > 0 && from < used + px(frame, 12) ? used + px(frame, 12) : from;
        if (from + w <= end) {
            draw_text(frame->list, from, y, ALIGN_LEFT, small, tr(frame, WORD_WHY_UNSEEN));
        }
    }
}

/* The holes that were not visited, counted up to `most`. */
static int count_others(const struct frame *frame, const struct why *why, struct others *others, int visits, int most)
{
    const struct model_search *search = &frame->model->search;
    struct model_place hole;
    int count = 0;
    if ((search->made || why->kind == WHY_START) && visits <= WHY_VISITS_KNOWN) {
        others->count = why_visited(search, others->visited);
        others_begin(others, frame->model, why);
        while (count < most && others_next(others, &hole)) {
            count++;
        }
    }
    return count;
}

int why_search_bars(const struct frame *frame, const struct why *why, int most)
{
    static struct others others; /* scratch of one call */
    int visits = count_visits(&frame->model->search);
    return visits >= most ? most : visits + count_others(frame, why, &others, visits, most - visits);
}

void why_search_draw(const struct frame *frame, const struct why *why, struct rect area)
{
    static struct bars bars; /* scratch of one call */
    static struct others others;
    const struct model_search *search = &frame->model->search;
    int head = px(frame, 24), foot = px(frame, 16);
    bars.pane = rect_make(area.x, area.y + head, area.w, area.h - head - foot);
    bars.visits = count_visits(search);
    bars.others = count_others(frame, why, &others, bars.visits, INT32_MAX);
    if (bars.visits + bars.others == 0) { /* a sentence: an empty pane would say nothing */
        why_title(frame, area.x, area.x + area.w, area.y, "The search", none_visited(frame, why));
        return;
    }
    draw_fill(frame->list, bars.pane, frame->theme->well);
    make_bars(&bars, search, why, &others);
    bool over = why->shown >= bars.visits;
    int shown = over ? bars.seen : bar_of_visit(&bars, why->shown);
    for (int i = 0; i < bars.count; i++) {
        draw_bar(frame, &bars, why, i, shown);
    }
    draw_subtitle(frame, &bars, why, area);
    draw_labels(frame, &bars, why, shown);
    draw_foot(frame, &bars, asks(why), area.y + area.h - px(frame, 3));
}
