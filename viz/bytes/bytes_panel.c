/* bytes_panel.c: the right column of the Bytes view: what the block or hole is, and what would become of it. */
#include <stdio.h>
#include <string.h>

#include "bytes.h"

#define ROW_H 18
#define HEAD_H 24
#define SECTION_GAP 8
#define BAR_H 26
#define NONE_TEXT "\u2013"

/* ---- rows ---- */

static int right_of(const struct frame *frame) { return frame->screen->side_x + frame->screen->side_w; }

bool bytes_panel_head(struct bytes_panel *panel, const char *title, int rows)
{
    const struct frame *frame = panel->frame;
    int y = panel->y + px(frame, SECTION_GAP);
    if (y + px(frame, HEAD_H) + rows * px(frame, ROW_H) > panel->bottom) {
        return false;
    }
    draw_text(frame->list, frame->screen->side_x, y + px(frame, 14), ALIGN_LEFT, style(frame, FACE_SEMIBOLD, 13, frame->theme->ink),
              trs(frame, title));
    panel->y = y + px(frame, HEAD_H);
    return true;
}

static bool put_row(struct bytes_panel *panel, int indent, const char *name, const char *value, bool total)
{
    const struct frame *frame = panel->frame;
    int h = px(frame, ROW_H), y = panel->y, x = frame->screen->side_x + px(frame, 12) * indent, baseline = baseline_in(frame, y, h, 12);
    struct text_style words = style(frame, FACE_REGULAR, 12, total ? frame->theme->ink : frame->theme->ink3);
    struct text_style number = style(frame, total ? FACE_MONO_BOLD : FACE_MONO, 12, frame->theme->ink);
    char shown[160];
    if (y + h > panel->bottom) {
        return false;
    }
    int left = right_of(frame) - x - text_width(frame->list->text, words.face, words.size, name) - px(frame, 8), least = frame->screen->side_w * 2 / 3;
    const char *result = strstr(value, " = ");
    if (result && text_width(frame->list->text, number.face, number.size, value) > (left > least ? left : least)) {
        value = result + 3; /* the terms go, what they come to stays whole */
    }
    pane_fit_text(frame, number, value, left > least ? left : least, shown, sizeof shown);
    int w = draw_text(frame->list, right_of(frame), baseline, ALIGN_RIGHT, number, shown);
    pane_fit_text(frame, words, name, right_of(frame) - x - w - px(frame, 8), shown, sizeof shown);
    draw_text(frame->list, x, baseline, ALIGN_LEFT, words, shown);
    panel->y += h;
    return true;
}

bool bytes_panel_row(struct bytes_panel *panel, int indent, const char *name, const char *value)
{
    return put_row(panel, indent, trs(panel->frame, name), value, false);
}

bool bytes_panel_field(struct bytes_panel *panel, int indent, const char *name, const char *value)
{
    return put_row(panel, indent, name, value, false);
}

void bytes_panel_total(struct bytes_panel *panel, const char *name, const char *value)
{
    put_row(panel, 0, trs(panel->frame, name), value, true);
}

/* ---- the head ---- */

static void draw_title(struct bytes_panel *panel, const char *title, const char *note, const char *value)
{
    const struct frame *frame = panel->frame;
    int x = frame->screen->side_x, baseline = panel->y + px(frame, 14);
    int end = draw_text(frame->list, x, baseline, ALIGN_LEFT, style(frame, FACE_SEMIBOLD, 13, frame->theme->ink), title) + px(frame, 10);
    int w = draw_text(frame->list, right_of(frame), baseline, ALIGN_RIGHT, style(frame, FACE_MONO, 12, frame->theme->ink), value);
    struct text_style small = style(frame, FACE_REGULAR, 11, frame->theme->ink3);
    if (text_width(frame->list->text, small.face, small.size, note) <= frame->screen->side_w - end - w - px(frame, 10)) {
        draw_text(frame->list, x + end, baseline, ALIGN_LEFT, small, note);
    }
    panel->y += px(frame, HEAD_H);
}

static void reason_words(const struct frame *frame, enum subject_reason reason, char *words, size_t size)
{
    switch (reason) {
    case SUBJECT_PINNED: snprintf(words, size, "%s", tr(frame, WORD_BYTES_PINNED)); break;
    case SUBJECT_EVENT: snprintf(words, size, tr(frame, WORD_BYTES_OF_EVENT), format_count(frame->model->event).s); break;
    case SUBJECT_LARGEST: snprintf(words, size, "%s", tr(frame, WORD_BYTES_LARGEST)); break;
    case SUBJECT_START: snprintf(words, size, "%s", tr(frame, WORD_BYTES_START)); break;
    case SUBJECT_POINTED: snprintf(words, size, "%s", tr(frame, WORD_BYTES_POINTED)); break;
    case SUBJECT_GONE:
        snprintf(words, size, tr(frame, WORD_BYTES_GONE), (unsigned long long)frame->state->pinned_id);
        break;
    }
}

struct bar_part { uint32_t bytes[KIND_COUNT]; int x[KIND_COUNT]; };

/* The block's spans in one bar, each at least 2 px wide; where each kind begins. */
static struct bar_part draw_bar_spans(const struct frame *frame, struct rect area, const struct bytes_subject *subject)
{
    const struct model *model = frame->model;
    struct bar_part part = {{0}, {0}};
    for (uint32_t i = subject->span; i < model->span_count && model->spans[i].block == subject->block; i++) {
        const struct model_span *span = &model->spans[i];
        int x = area.x + (int)((uint64_t)(span->off - subject->off) * (uint64_t)area.w / subject->size);
        int end = area.x + (int)((uint64_t)(span->off + span->size - subject->off) * (uint64_t)area.w / subject->size);
        draw_pattern(frame->list, rect_make(x, area.y, end - x > 2 ? end - x : 2, area.h), frame->theme->kinds[span->kind], frame->screen->unit,
                     area.x, area.y);
        if (part.bytes[span->kind] == 0) {
            part.x[span->kind] = x;
        }
        part.bytes[span->kind] += span->size;
    }
    return part;
}

/* Names and bytes below the bar, each where its kind begins, moved aside where they would touch. */
static void draw_bar_names(const struct frame *frame, int y, const struct bar_part *part)
{
    enum kind order[3] = {KIND_HEADER, KIND_PAYLOAD, KIND_SLACK};
    int x[3], w[3], gap = px(frame, 10), right = right_of(frame), from = frame->screen->side_x;
    struct text_style name = style(frame, FACE_REGULAR, 11, frame->theme->ink3), mono = style(frame, FACE_MONO, 11, frame->theme->ink);
    if (part->bytes[KIND_HEADER] > 0 && part->x[KIND_HEADER] > part->x[KIND_PAYLOAD]) { /* it stands at the block's end */
        order[0] = KIND_PAYLOAD;
        order[1] = KIND_SLACK;
        order[2] = KIND_HEADER;
    }
    for (int i = 0; i < 3; i++) {
        int a = text_width(frame->list->text, name.face, name.size, trs(frame, kind_names[order[i]]));
        int b = text_width(frame->list->text, mono.face, mono.size, format_bytes(part->bytes[order[i]]).s);
        w[i] = part->bytes[order[i]] == 0 ? -gap : a > b ? a : b;
        x[i] = part->x[order[i]] > from ? part->x[order[i]] : from;
        from = x[i] + w[i] + gap;
    }
    for (int i = 2; i >= 0; i--) {
        x[i] = x[i] + w[i] > right ? right - w[i] : x[i];
        right = part->bytes[order[i]] ? x[i] - gap : right;
    }
    for (int i = 0; i < 3; i++) {
        if (part->bytes[order[i]] > 0) {
            draw_text(frame->list, x[i], y + px(frame, 12), ALIGN_LEFT, name, trs(frame, kind_names[order[i]]));
            draw_text(frame->list, x[i], y + px(frame, 26), ALIGN_LEFT, mono, format_bytes(part->bytes[order[i]]).s);
        }
    }
}

/* ---- neighbours ---- */

static void beside_words(const struct frame *frame, const struct bytes_subject *beside, char *words, size_t size)
{
    if (beside->size == 0) {
        snprintf(words, size, "%s", tr(frame, WORD_BYTES_HEAP_ENDS));
    } else if (beside->block != MODEL_NONE) {
        snprintf(words, size, "#%llu  %s", (unsigned long long)frame->model->blocks[beside->block].id, format_bytes(beside->size).s);
    } else {
        snprintf(words, size, "%s  %s", trs(frame, kind_names[frame->model->spans[beside->span].kind]), format_bytes(beside->size).s);
    }
}

static uint32_t hole_bytes(const struct model *model, const struct bytes_subject *subject)
{
    bool hole = subject->size > 0 && subject->block == MODEL_NONE && model->spans[subject->span].kind == KIND_FREE;
    return hole ? subject->size : 0;
}

/* "408 + 272 + 264 = 944 B": what becomes one hole; without neighbours to join, its bytes alone. */
static void joined_words(const struct model *model, uint32_t before, uint32_t block, uint32_t after, char *words, size_t size)
{
    uint64_t sum = block;
    size_t len = 0;
    words[0] = '\0';
    if (model->joins && before + after > 0) {
        const uint32_t parts[3] = {before, block, after};
        sum += (uint64_t)before + after;
        for (int i = 0; i < 3 && len < size; i++) {
            len += parts[i] ? (size_t)snprintf(words + len, size - len, "%s%s", len ? " + " : "", format_count(parts[i]).s) : 0;
        }
        len += len < size ? (size_t)snprintf(words + len, size - len, " = ") : 0;
    }
    if (len < size) {
        snprintf(words + len, size - len, "%s", format_bytes(sum).s);
    }
}

static void draw_neighbours(struct bytes_panel *panel, const struct bytes_subject *subject)
{
    const struct frame *frame = panel->frame;
    const struct model *model = frame->model;
    struct bytes_subject before = bytes_beside(model, subject, -1), after = bytes_beside(model, subject, 1);
    char words[96];
    if (!bytes_panel_head(panel, "Neighbours", 2)) {
        return;
    }
    beside_words(frame, &before, words, sizeof words);
    bytes_panel_row(panel, 0, "before", words);
    beside_words(frame, &after, words, sizeof words);
    bytes_panel_row(panel, 0, "after", words);
    if (subject->block == MODEL_NONE) {
        return;
    }
    const char *what = !model->frees ? "freed: never used again" : model->grant.rounding == MODEL_ROUND_ONE || model->grant.rounding == MODEL_ROUND_CLASS
                                                                       ? "freed: a slot of" : "freed: a hole of";
    bool more = model->frees && !model->joins && model->grant.rounding != MODEL_ROUND_ONE && model->grant.rounding != MODEL_ROUND_CLASS;
    int lead = snprintf(words, sizeof words, "%s", more ? "\u2265 " : ""); /* some join with some neighbours: buddies */
    joined_words(model, hole_bytes(model, &before), subject->size, hole_bytes(model, &after), words + lead, sizeof words - (size_t)lead);
    bytes_panel_total(panel, what, words);
}

/* ---- a hole in its list ---- */

/* The bin that holds the hole; false if the policy does not tell, or does not know the hole. *at: its place in model_bins.blocks. */
static bool find_in_bins(const struct model *model, uint32_t off, uint32_t *bin, uint32_t *at)
{
    for (uint32_t i = 0; i < model->bins.bin_count; i++) {
        const struct model_bin *here = &model->bins.bins[i];
        for (uint32_t k = here->first; k < here->first + here->count; k++) {
            if (model->bins.blocks[k].off == off) {
                *bin = i;
                *at = k;
                return true;
            }
        }
    }
    return false;
}

static void place_words(const struct model *model, const struct model_place *place, char *words, size_t size)
{
    if (place) {
        snprintf(words, size, "%s  %s", format_address(model->arena_base + place->off).s, format_bytes(place->bytes).s);
    } else {
        snprintf(words, size, NONE_TEXT);
    }
}

static void draw_list(struct bytes_panel *panel, const struct bytes_subject *subject)
{
    const struct frame *frame = panel->frame;
    const struct model *model = frame->model;
    uint32_t bin = 0, at = 0;
    char words[96];
    if (!find_in_bins(model, subject->off, &bin, &at) || !bytes_panel_head(panel, "In its list", 1)) {
        return;
    }
    const struct model_bin *here = &model->bins.bins[bin];
    const struct model_place *blocks = model->bins.blocks;
    snprintf(words, sizeof words, "%s / %s", format_count(at - here->first + 1).s, format_count(here->count).s);
    bytes_panel_row(panel, 0, "place", words);
    if (model->bins.kind != MODEL_BINS_LIST) {
        snprintf(words, sizeof words, "%s \u2026 %s", format_count(here->least).s, format_bytes(here->most).s);
        bytes_panel_row(panel, 0, "sizes", words);
    }
    place_words(model, at + 1 < here->first + here->count ? &blocks[at + 1] : NULL, words, sizeof words);
    bytes_panel_row(panel, 0, "next", words);
    place_words(model, at > here->first ? &blocks[at - 1] : NULL, words, sizeof words);
    bytes_panel_row(panel, 0, "previous", words);
}

/* ---- the panel ---- */

static const char *name_of(const struct frame *frame, const char *const *names, uint32_t count, uint32_t index)
{
    return index < count && names[index] ? names[index] : tr(frame, WORD_BYTES_NOT_IN_TRACE);
}

/* "8 / 264 = 3.0 %" */
static void share_words(uint64_t part, uint64_t whole, char *words, size_t size)
{
    snprintf(words, size, "%s / %s = %s", format_count(part).s, format_count(whole).s, format_percent(part, whole).s);
}

static void draw_facts(struct bytes_panel *panel, const struct bytes_subject *subject)
{
    const struct model *model = panel->frame->model;
    const struct model_block *block = &model->blocks[subject->block];
    char words[128];
    if (!bytes_panel_head(panel, "Facts", 1)) {
        return;
    }
    bytes_panel_row(panel, 0, "pointer", format_address(model->arena_base + block->payload_off).s);
    bytes_panel_row(panel, 0, "born at event", format_count(block->birth).s);
    snprintf(words, sizeof words, "%s \u2212 %s = %s", format_count(model->event).s, format_count(block->birth).s,
             format_count(model->event - block->birth).s);
    bytes_panel_row(panel, 0, "age in events", words);
    share_words(block->size - block->requested, block->size, words, sizeof words);
    bytes_panel_row(panel, 0, "overhead", words);
    snprintf(words, sizeof words, "%s", name_of(panel->frame, model->sites, model->site_count, block->site));
    bytes_panel_row(panel, 0, "call site", words);
    snprintf(words, sizeof words, "%s", name_of(panel->frame, model->threads, model->thread_count, block->thread));
    bytes_panel_row(panel, 0, "thread", words);
}

static void draw_block(struct bytes_panel *panel, const struct bytes_subject *subject)
{
    const struct frame *frame = panel->frame;
    const struct model_block *block = &frame->model->blocks[subject->block];
    char title[64], note[96], value[64];
    snprintf(title, sizeof title, tr(frame, WORD_BYTES_BLOCK), (unsigned long long)block->id);
    reason_words(frame, subject->reason, note, sizeof note);
    snprintf(value, sizeof value, tr(frame, WORD_BYTES_OF), format_count(block->requested).s, format_bytes(block->size).s);
    draw_title(panel, title, note, value);
    struct rect area = rect_make(frame->screen->side_x, panel->y, frame->screen->side_w, px(frame, BAR_H));
    struct bar_part part = draw_bar_spans(frame, area, subject);
    draw_bar_names(frame, panel->y + area.h, &part);
    panel->y += area.h + px(frame, 30);
    bytes_fields_draw(panel, subject);
    bytes_map_draw(panel, subject);
    bytes_grant_draw(panel, block);
    draw_neighbours(panel, subject);
    draw_facts(panel, subject);
}

static void draw_span(struct bytes_panel *panel, const struct bytes_subject *subject)
{
    const struct frame *frame = panel->frame;
    const struct model *model = frame->model;
    const struct model_span *span = &model->spans[subject->span];
    char note[96], title[48], words[128];
    reason_words(frame, subject->reason, note, sizeof note);
    snprintf(title, sizeof title, "%s", span->kind == KIND_FREE ? tr(frame, WORD_BYTES_HOLE) : trs(frame, kind_names[span->kind]));
    title[0] = title[0] >= 'a' && title[0] <= 'z' ? (char)(title[0] - 'a' + 'A') : title[0];
    draw_title(panel, title, note, format_bytes(span->size).s);
    bytes_panel_row(panel, 0, "address", format_address(model->arena_base + span->off).s);
    if (span->kind == KIND_FREE) {
        share_words(span->size, model->largest_bytes, words, sizeof words);
        bytes_panel_row(panel, 0, "of the largest", words);
        share_words(span->size, model->kind_bytes[KIND_FREE], words, sizeof words);
        bytes_panel_row(panel, 0, "of all free", words);
        bytes_fields_draw(panel, subject);
        bytes_map_draw(panel, subject);
        draw_list(panel, subject);
    }
    draw_neighbours(panel, subject);
}

/* Nothing is pinned: how to. */
static void draw_invitation(struct bytes_panel *panel)
{
    const struct frame *frame = panel->frame;
    struct text_style small = style(frame, FACE_REGULAR, 11, frame->theme->ink3);
    int y = panel->y + px(frame, SECTION_GAP), h = px(frame, ROW_H);
    const char *words = tr(frame, WORD_BYTES_INVITATION);
    if (y + h <= panel->bottom && text_width(frame->list->text, small.face, small.size, words) <= frame->screen->side_w) {
        draw_text(frame->list, frame->screen->side_x, baseline_in(frame, y, h, 11), ALIGN_LEFT, small, words);
    }
}

void bytes_panel_draw(const struct frame *frame, const struct bytes_subject *subject)
{
    struct bytes_panel panel = {frame, frame->screen->side_top, frame->screen->side_bottom};
    if (subject->size == 0) {
        return;
    }
    if (subject->block != MODEL_NONE) {
        draw_block(&panel, subject);
    } else {
        draw_span(&panel, subject);
    }
    if (!frame->state->pinned) {
        draw_invitation(&panel);
    }
}
