/* why_wanted.c: what was wanted against the holes on one scale, and the free bytes by octave. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "why.h"

#define CELLS_MAX 2048
#define OCTAVES 33

void why_cell(const struct frame *frame, struct rect cell)
{
    struct draw_style look = frame->theme->kinds[KIND_FREE];
    if (cell.w >= 3) {
        cell.w--;
        draw_pattern(frame->list, cell, look, frame->screen->unit, cell.x, cell.y);
        draw_frame(frame->list, cell, 1, frame->theme->line2);
    } else {
        draw_fill(frame->list, rect_make(cell.x, cell.y, 1, cell.h), frame->theme->line2);
    }
}

int why_title(const struct frame *frame, int x, int right, int y, const char *title, const char *subtitle)
{
    int end = pane_title(frame, x, y, title, NULL) + px(frame, 10);
    struct text_style text = style(frame, FACE_REGULAR, 11, frame->theme->ink3);
    if (subtitle && end + why_width(frame, text, trs(frame, subtitle)) <= right) {
        end += draw_text(frame->list, end, y + px(frame, 14), ALIGN_LEFT, text, trs(frame, subtitle));
    }
    return end;
}

static int by_size(const void *a, const void *b)
{
    uint32_t first = ((const struct model_place *)a)->bytes, second = ((const struct model_place *)b)->bytes;
    return (first < second) - (first > second);
}

/* The holes that take two pixels or more, largest first. */
static int large_holes(const struct frame *frame, const struct why *why, struct model_place *list, uint64_t scale, int w)
{
    struct why_holes holes = why_holes_begin(frame->model, why);
    struct model_place hole;
    int count = 0;
    while (why_holes_next(&holes, &hole)) {
        if ((uint64_t)hole.bytes * (uint64_t)w >= 2 * scale && count < CELLS_MAX) {
            list[count++] = hole;
        }
    }
    qsort(list, (size_t)count, sizeof *list, by_size);
    return count;
}

static void add_term(const struct frame *frame, char *sum, size_t size, uint64_t bytes, enum word word)
{
    size_t used = strlen(sum);
    if (bytes > 0) {
        snprintf(sum + used, size - used, " + %s %s", format_count(bytes).s, tr(frame, word));
    }
}

static uint64_t rounded_up(uint64_t bytes, uint32_t step) { return step > 0 ? (bytes + step - 1) / step * step : bytes; }

/* What header and request are rounded up to, by the policy's own way of rounding. */
static void add_rounding(const struct frame *frame, const struct why *why, char *sum, size_t size)
{
    const struct model_grant *grant = &frame->model->grant;
    uint64_t net = why->wanted + why->header, rest = why->gross - net;
    if (why->power || grant->rounding == MODEL_ROUND_POWER) {
        add_term(frame, sum, size, rest, WORD_WHY_POWER);
    } else if (grant->rounding == MODEL_ROUND_CLASS || grant->rounding == MODEL_ROUND_ONE) {
        add_term(frame, sum, size, rest, WORD_BYTES_SLOT);
    } else if (grant->rounding == MODEL_ROUND_STEP && grant->step > 0) {
        uint64_t whole = rounded_up(net, grant->step), payload = why->header + rounded_up(why->wanted, frame->model->alignment);
        uint64_t aligned = payload > whole ? payload : whole; /* some round the payload, some the whole block */
        aligned = aligned < why->gross ? aligned : why->gross;
        uint64_t least = aligned < grant->least && grant->least <= why->gross ? grant->least - aligned : 0;
        uint64_t more = why->kind == WHY_SERVED ? why->gross - aligned - least : 0;
        add_term(frame, sum, size, rest - least - more, WORD_WHY_ALIGN);
        add_term(frame, sum, size, least, WORD_WHY_LEAST);
        add_term(frame, sum, size, more, WORD_WHY_WHOLE);
    } else {
        add_term(frame, sum, size, rest, WORD_WHY_ROUNDING);
    }
}

/* "wanted 1,128 B = 1,114 + 8 header + 6 alignment", or as much of it as fits. */
static void wanted_words(const struct frame *frame, const struct why *why, char *words, size_t size)
{
    char sum[200];
    snprintf(sum, sizeof sum, "%s", format_count(why->wanted).s);
    if (why->gross == 0 || why->gross == why->wanted || why->gross < why->wanted + why->header) {
        snprintf(words, size, tr(frame, WORD_WHY_WANTED), format_bytes(why_needs(why)).s);
        return;
    }
    add_term(frame, sum, sizeof sum, why->header, WORD_KIND_HEADER);
    add_rounding(frame, why, sum, sizeof sum);
    snprintf(words, size, tr(frame, WORD_WHY_SUM), format_bytes(why->gross).s, sum);
}

static void draw_wanted_bar(const struct frame *frame, const struct why *why, struct rect bar, int right)
{
    char words[300];
    uint32_t fill = why->kind == WHY_FAILED ? frame->theme->fail : frame->theme->kinds[KIND_PAYLOAD].fill;
    struct text_style text = style(frame, FACE_REGULAR, 12, frame->theme->ink);
    wanted_words(frame, why, words, sizeof words);
    draw_fill(frame->list, bar, fill);
    int w = why_width(frame, text, words), x = bar.x + bar.w + px(frame, 10);
    if (x + w > right) {
        x = bar.x + px(frame, 10);
        text.colour = theme_label_ink(fill);
    }
    if (x + w <= right) {
        draw_text(frame->list, x, baseline_in(frame, bar.y, bar.h, 12), ALIGN_LEFT, text, words);
    }
}

/* The holes from left to right; `line`: where the wanted size ends, where no label may stand. */
static void draw_holes(const struct frame *frame, const struct why *why, struct rect row, uint64_t scale, int line)
{
    static struct model_place list[CELLS_MAX]; /* scratch of one call */
    int count = large_holes(frame, why, list, scale, row.w), end = row.x;
    uint64_t sum = 0;
    bool labels = true;
    for (int i = 0; i < count; i++) {
        int x = row.x + (int)(sum * (uint64_t)row.w / scale);
        sum += list[i].bytes;
        end = row.x + (int)(sum * (uint64_t)row.w / scale);
        struct rect cell = rect_make(x, row.y, end - x, row.h);
        bool taken = why->taken.bytes > 0 && list[i].off == why->taken.off;
        bool marked = taken || (i == 0 && why->kind == WHY_FAILED);
        why_cell(frame, cell);
        if (marked) {
            draw_frame(frame->list, rect_make(x, row.y, end - x > 4 ? end - x : 4, row.h), 2 * frame->screen->unit, frame->theme->ok);
        }
        struct text_style text = style(frame, FACE_MONO, 11, marked ? frame->theme->ok : frame->theme->ink2);
        const struct text_number label = format_count(list[i].bytes);
        int w = why_width(frame, text, label.s), at = x + (end - x - w) / 2, pad = px(frame, 3);
        labels = labels && w + 2 * pad <= end - x;
        if (labels && (line < at - pad || line > at + w + pad)) {
            draw_text(frame->list, at, baseline_in(frame, row.y, row.h, 11), ALIGN_LEFT, text, label.s);
        } else if (labels && line > x && line + 2 * pad + w < end) {
            draw_text(frame->list, line + 2 * pad, baseline_in(frame, row.y, row.h, 11), ALIGN_LEFT, text, label.s);
        }
        char *words = why_spot(frame, why, cell, HIT_VIEW, list[i].off);
        if (words) {
            why_hole_words(frame, why, list[i], words);
        }
    }
    int free_end = row.x + (int)(why_free_before(why) * (uint64_t)row.w / scale);
    for (int x = end; x < free_end; x += 3) { /* smaller than a pixel each */
        draw_fill(frame->list, rect_make(x, row.y, 1, row.h), frame->theme->line2);
    }
}

void why_wanted_draw(const struct frame *frame, const struct why *why, struct rect area)
{
    char subtitle[160];
    uint64_t free = why_free_before(why);
    uint64_t needs = why->kind == WHY_FAILED || why->kind == WHY_SERVED ? why_needs(why) : 0, scale = needs > free ? needs : free;
    bool low = frame->screen->low;
    int y = area.y + px(frame, 24), bar_h = px(frame, low ? 18 : 24), gap = px(frame, 3), line = -1;
    snprintf(subtitle, sizeof subtitle, tr(frame, needs > free ? WORD_WHY_SCALE_WANTED : WORD_WHY_SCALE), format_count(scale).s);
    why_title(frame, area.x, area.x + area.w, area.y, needs ? "Wanted against the holes" : "The holes", subtitle);
    if (scale == 0) {
        draw_text(frame->list, area.x, y + px(frame, 16), ALIGN_LEFT, style(frame, FACE_REGULAR, 12, frame->theme->ink2),
                  tr(frame, WORD_WHY_NO_HOLES));
        return;
    }
    struct rect row = rect_make(area.x, y + bar_h + gap, area.w, area.y + area.h - y - bar_h - gap);
    if (needs > 0) {
        int w = (int)(needs * (uint64_t)area.w / scale);
        draw_wanted_bar(frame, why, rect_make(area.x, y, w > 1 ? w : 1, bar_h), area.x + area.w);
        line = area.x + w;
    } else {
        row = rect_make(area.x, y + px(frame, 4), area.w, bar_h + px(frame, 6));
    }
    int thick = 2 * frame->screen->unit;
    draw_fill(frame->list, rect_make(row.x, row.y, row.w, row.h), frame->theme->well);
    draw_holes(frame, why, row, scale, line);
    if (line >= 0) {
        int left = line - thick < area.x ? area.x : line - thick;
        draw_fill(frame->list, rect_make(left, y + bar_h, thick, row.y + row.h + px(frame, 4) - y - bar_h), why_accent(frame, why));
    }
}

/* ---- by octave ---- */

struct octave { uint64_t bytes; uint32_t count, largest; };

struct octaves { struct octave list[OCTAVES]; int first, last, wanted; }; /* wanted: -1 none */

static int octave_of(uint64_t bytes)
{
    int octave = 0;
    while (bytes > 1 && octave < OCTAVES - 1) {
        bytes >>= 1;
        octave++;
    }
    return octave;
}

static struct octaves octaves_of(const struct frame *frame, const struct why *why)
{
    struct octaves o = {.first = OCTAVES, .last = -1, .wanted = -1};
    struct why_holes holes = why_holes_begin(frame->model, why);
    struct model_place hole;
    while (why_holes_next(&holes, &hole)) {
        int at = octave_of(hole.bytes);
        o.list[at].bytes += hole.bytes;
        o.list[at].count++;
        o.list[at].largest = hole.bytes > o.list[at].largest ? hole.bytes : o.list[at].largest;
        o.first = at < o.first ? at : o.first;
        o.last = at > o.last ? at : o.last;
    }
    if (why->kind == WHY_FAILED || why->kind == WHY_SERVED) {
        o.wanted = octave_of(why_needs(why));
        o.first = o.wanted < o.first ? o.wanted : o.first;
        o.last = o.wanted > o.last ? o.wanted : o.last;
    }
    return o;
}

/* What does not fit goes into the row of the next larger size. True if something was folded. */
static bool fold_octaves(struct octaves *o, int rows)
{
    bool folded = false;
    while (o->last - o->first + 1 > rows && o->first < o->last) {
        struct octave *from = &o->list[o->first], *to = &o->list[o->first + 1];
        to->bytes += from->bytes;
        to->count += from->count;
        to->largest = from->largest > to->largest ? from->largest : to->largest;
        o->wanted = o->wanted == o->first ? o->first + 1 : o->wanted;
        o->first++;
        folded = true;
    }
    return folded;
}

static void octave_label(char *label, size_t size, int octave, bool below)
{
    uint64_t from = UINT64_C(1) << octave, to = 2 * from - 1;
    if (below) {
        snprintf(label, size, "< %s", octave >= 13 ? format_size(to + 1).s : format_count(to + 1).s);
    } else if (octave >= 13) {
        static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
        int unit = (octave - 9) / 10, power = octave - 10 * (unit + 1); /* "8-16 KiB", "0.5-1 MiB" */
        if (power < 0) {
            snprintf(label, size, "0.5\u20131 %s", units[unit]);
        } else {
            snprintf(label, size, "%u\u2013%u %s", 1u << power, 2u << power, units[unit]);
        }
    } else {
        snprintf(label, size, "%s\u2013%s", format_count(from).s, format_count(to).s);
    }
}

/* Of all rows: bytes of the one with most, and the width of its number. */
struct octave_scale { uint64_t most; int bytes_w; };

static void draw_octave(const struct frame *frame, const struct why *why, struct rect row, const struct octave *octave, struct octave_scale scale,
                        bool wanted, bool largest)
{
    int h = row.h * 6 / 10 < px(frame, 24) ? row.h * 6 / 10 : px(frame, 24), cell_h = h < px(frame, 8) ? px(frame, 8) : h, unit = frame->screen->unit;
    int top = row.y + (row.h - cell_h) / 2, count_w = px(frame, 54), bytes_w = scale.bytes_w;
    int left = row.x + px(frame, 90), room = row.x + row.w - count_w - bytes_w - left;
    struct text_style mono = style(frame, FACE_MONO, 11, frame->theme->ink3);
    int baseline = baseline_in(frame, row.y, row.h, 11);
    if (octave->count == 0) {
        if (wanted) {
            struct text_style text = style(frame, FACE_REGULAR, 11, why_accent(frame, why));
            draw_frame(frame->list, rect_make(left, top, px(frame, 28), cell_h), 2 * unit, text.colour);
            int x = left + px(frame, 38);
            bool fits = x + why_width(frame, text, tr(frame, WORD_WHY_EMPTY)) <= row.x + row.w;
            draw_text(frame->list, x, baseline, ALIGN_LEFT, text, tr(frame, fits ? WORD_WHY_EMPTY : WORD_STAGE_WANTED));
        }
        return;
    }
    int w = (int)(octave->bytes * (uint64_t)room / scale.most), x = left, from = left;
    w = w < 1 ? 1 : w;
    if ((uint32_t)w / octave->count >= 3) {
        uint32_t rest = octave->count;
        if (largest) {
            from = left + (int)((uint64_t)octave->largest * (uint64_t)w / octave->bytes);
            why_cell(frame, rect_make(left, top, from - left, cell_h));
            rest--;
        }
        for (uint32_t i = 0; i < rest; i++, x = from) {
            x = from + (int)((uint64_t)(left + w - from) * i / rest);
            int end = from + (int)((uint64_t)(left + w - from) * (i + 1) / rest);
            why_cell(frame, rect_make(x, top, end - x, cell_h));
        }
    } else {
        draw_fill(frame->list, rect_make(left, top, w, cell_h), frame->theme->line2);
        from = left + px(frame, 4);
    }
    if (largest) {
        draw_frame(frame->list, rect_make(left, top, from - left < 4 ? 4 : from - left, cell_h), 2 * unit, frame->theme->ok);
    }
    if (wanted) {
        draw_frame(frame->list, rect_make(left - px(frame, 3), top - 2 * unit, w + px(frame, 6), cell_h + 4 * unit), unit, why_accent(frame, why));
    }
    draw_text(frame->list, row.x + row.w - bytes_w, baseline, ALIGN_RIGHT, mono, format_count(octave->count).s);
    mono.colour = frame->theme->ink2;
    draw_text(frame->list, row.x + row.w, baseline, ALIGN_RIGHT, mono, format_bytes(octave->bytes).s);
}

void why_octaves_draw(const struct frame *frame, const struct why *why, struct rect area)
{
    struct octaves o = octaves_of(frame, why);
    int head = px(frame, 24), room = area.h - head, least = px(frame, 13);
    why_title(frame, area.x, area.x + area.w, area.y, "Free bytes by size", "a cell is one hole");
    if (o.last < 0) {
        draw_text(frame->list, area.x, area.y + head + px(frame, 16), ALIGN_LEFT, style(frame, FACE_REGULAR, 12, frame->theme->ink2),
                  tr(frame, WORD_WHY_NO_HOLES));
        return;
    }
    bool folded = fold_octaves(&o, room / least > 1 ? room / least : 1);
    struct octave_scale scale = {1, 0};
    int rows = o.last - o.first + 1, pitch = room / rows < px(frame, 41) ? room / rows : px(frame, 41), top = o.last;
    for (int i = o.first; i <= o.last; i++) {
        scale.most = o.list[i].bytes > scale.most ? o.list[i].bytes : scale.most;
    }
    scale.bytes_w = why_width(frame, style(frame, FACE_MONO, 11, 0), format_bytes(scale.most).s) + px(frame, 14);
    scale.bytes_w = scale.bytes_w < px(frame, 78) ? px(frame, 78) : scale.bytes_w;
    while (top > o.first && o.list[top].count == 0) {
        top--;
    }
    for (int i = o.first; i <= o.last; i++) {
        char label[80];
        struct rect row = rect_make(area.x, area.y + head + (i - o.first) * pitch, area.w, pitch);
        octave_label(label, sizeof label, i, folded && i == o.first);
        draw_text(frame->list, row.x + px(frame, 78), baseline_in(frame, row.y, row.h, 11), ALIGN_RIGHT,
                  style(frame, FACE_MONO, 11, i == o.wanted ? frame->theme->ink : frame->theme->ink3), label);
        draw_octave(frame, why, row, &o.list[i], scale, i == o.wanted, why->kind == WHY_FAILED && i == top);
        char *words = o.list[i].count > 0 ? why_spot(frame, why, why_row_spot(frame, row), HIT_PART, WHY_PART_OCTAVE + (uint32_t)i) : NULL;
        if (words) {
            char count[FORMAT_MAX];
            snprintf(count, sizeof count, "%s", format_count(o.list[i].count).s);
            snprintf(words, WHY_TAG_MAX, tr(frame, WORD_WHY_SPOT_OCTAVE), label, count, format_bytes(o.list[i].bytes).s,
                     format_bytes(o.list[i].largest).s);
        }
    }
}
