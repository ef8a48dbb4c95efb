/* block_panel.c: the facts of one block: the pinned one, else the one under the mouse; a hole or a control span has facts too. */
#include <stdio.h>
#include <string.h>

#include "pane.h"

#define ROW 17
#define BAR_H 22
#define BAR_BLOCK_W 40

static int right_of(const struct frame *frame) { return frame->screen->side_x + frame->screen->side_w; }

static void draw_head(const struct frame *frame, int y, const char *title, const char *note, const char *value)
{
    int x = frame->screen->side_x, baseline = y + px(frame, 14);
    int end = draw_text(frame->list, x, baseline, ALIGN_LEFT, style(frame, FACE_SEMIBOLD, 13, frame->theme->ink), title);
    struct text_style small = style(frame, FACE_REGULAR, 11, frame->theme->ink3);
    int value_w = draw_text(frame->list, right_of(frame), baseline, ALIGN_RIGHT, style(frame, FACE_MONO, 12, frame->theme->ink), value);
    int room = frame->screen->side_w - end - value_w - px(frame, 20);
    if (note && text_width(frame->list->text, small.face, small.size, note) <= room) {
        draw_text(frame->list, x + end + px(frame, 10), baseline, ALIGN_LEFT, small, note);
    }
}

/* Shortens a value to the room: a library's name in brackets goes first, then its beginning, since the end of a path tells more. */
static void fit_value(const struct frame *frame, struct text_style text, int room, const char *value, char *out, size_t size)
{
    const char *bracket = strstr(value, " (");
    size_t cut = 0, len = strlen(value);
    snprintf(out, size, "%s", value);
    if (bracket && text_width(frame->list->text, text.face, text.size, out) > room) {
        len = (size_t)(bracket - value);
        snprintf(out, size, "%.*s", (int)len, value);
    }
    while (cut + 1 < len && text_width(frame->list->text, text.face, text.size, out) > room) {
        cut++;
        while (cut + 1 < len && ((unsigned char)value[cut] & 0xC0) == 0x80) {
            cut++;
        }
        snprintf(out, size, "\u2026%.*s", (int)(len - cut), value + cut);
    }
}

/* One row of name and value, if there is room for it. `absent`: the trace does not say. */
static int draw_row(const struct frame *frame, int y, const char *name, const char *value, bool absent)
{
    int h = px(frame, ROW), baseline = baseline_in(frame, y, h, 12);
    char shown[200];
    if (y + h > frame->screen->side_bottom + px(frame, 2)) {
        return y;
    }
    int room = frame->screen->side_w - px(frame, 12) -
               draw_text(frame->list, frame->screen->side_x, baseline, ALIGN_LEFT, style(frame, FACE_REGULAR, 12, frame->theme->ink3),
                         trs(frame, name));
    struct text_style mono = style(frame, FACE_MONO, 12, absent ? frame->theme->ink3 : frame->theme->ink);
    fit_value(frame, mono, room, value, shown, sizeof shown);
    draw_text(frame->list, right_of(frame), baseline, ALIGN_RIGHT, mono, shown);
    return y + h;
}

/* "264 = 4 + 256 + 4 B": each part with the swatch of its kind before it, where the column has room for them. */
static int draw_granted(const struct frame *frame, int y, const struct model_block *block)
{
    static const enum kind kinds[] = {KIND_HEADER, KIND_PAYLOAD, KIND_SLACK};
    struct text_number parts[] = {format_count(block->header), format_count(block->requested), format_bytes(block->slack)};
    struct text_style mono = style(frame, FACE_MONO, 12, frame->theme->ink);
    char text[160], head[64];
    int side = px(frame, 9), after = px(frame, 4), h = px(frame, ROW), baseline = baseline_in(frame, y, h, 12), x = right_of(frame);
    snprintf(text, sizeof text, "%s = %s + %s + %s", format_count(block->size).s, parts[0].s, parts[1].s, parts[2].s);
    int wide = text_width(frame->list->text, mono.face, mono.size, text) + 3 * (side + after) + px(frame, 12) +
               text_width(frame->list->text, FACE_REGULAR, mono.size, trs(frame, "granted"));
    bool swatches = wide <= frame->screen->side_w;
    int next = draw_row(frame, y, "granted", swatches ? "" : text, false);
    for (int i = 2; swatches && next > y && i >= 0; i--) {
        x -= draw_text(frame->list, x, baseline, ALIGN_RIGHT, mono, parts[i].s) + after + side;
        pane_swatch(frame, x, baseline - side, side, frame->theme->kinds[kinds[i]]);
        snprintf(head, sizeof head, i ? " + " : "%s = ", format_count(block->size).s);
        x -= draw_text(frame->list, x, baseline, ALIGN_RIGHT, mono, head);
    }
    return next;
}

/* Bytes of the block or span behind a span index. */
static uint32_t extent_of(const struct model *model, uint32_t span)
{
    if (span == MODEL_NONE) {
        return 0;
    }
    uint32_t block = model->spans[span].block;
    return block == MODEL_NONE ? model->spans[span].size : model->blocks[block].size;
}

/* The bytes around the block, in one scale: the block takes at most a third, and at least 40 px where its neighbours are large. */
struct bar { struct rect area; double px_a_byte, left_byte; };

static struct bar bar_make(const struct frame *frame, int y, uint32_t off, uint32_t size)
{
    struct rect area = rect_make(frame->screen->side_x, y, frame->screen->side_w, px(frame, BAR_H));
    uint32_t before = off > 0 ? model_span_at(frame->model, off - 1) : MODEL_NONE, after = model_span_at(frame->model, off + size);
    double reach = (double)extent_of(frame->model, before) + extent_of(frame->model, after);
    double width = size + reach, most = area.w * (double)size / px(frame, BAR_BLOCK_W);
    width = width < 3.0 * size ? 3.0 * size : width > most ? most : width;
    return (struct bar){area, area.w / width, off + size / 2.0 - width / 2};
}

static void draw_bar_span(const struct frame *frame, const struct bar *bar, const struct model_span *span, bool own)
{
    double x0 = (span->off - bar->left_byte) * bar->px_a_byte, x1 = ((double)span->off + span->size - bar->left_byte) * bar->px_a_byte;
    x0 = x0 < 0 ? 0 : x0;
    x1 = x1 > bar->area.w ? bar->area.w : x1;
    struct draw_style look = frame->theme->kinds[span->kind];
    if (!own && span->kind != KIND_FREE) { /* neighbours step back */
        look.fill = colour_mix(look.fill, frame->theme->well, 45);
        look.mark = colour_mix(look.mark, frame->theme->well, 45);
    }
    int left = bar->area.x + (int)(x0 + 0.5), right = bar->area.x + (int)(x1 + 0.5);
    draw_pattern(frame->list, rect_make(left, bar->area.y, right - left, bar->area.h), look, frame->screen->unit, bar->area.x, bar->area.y);
}

static void draw_bar(const struct frame *frame, int y, const struct model_block *block)
{
    const struct model *model = frame->model;
    struct bar bar = bar_make(frame, y, block->off, block->size);
    double right_byte = bar.left_byte + bar.area.w / bar.px_a_byte;
    uint32_t first = model_span_at(model, bar.left_byte < 0 ? 0 : (uint32_t)bar.left_byte), own = model_span_at(model, block->off);
    draw_fill(frame->list, bar.area, frame->theme->well);
    for (uint32_t i = first == MODEL_NONE ? 0 : first; i < model->span_count && model->spans[i].off < right_byte; i++) {
        bool mine = own != MODEL_NONE && model->spans[i].block == model->spans[own].block;
        draw_bar_span(frame, &bar, &model->spans[i], mine);
    }
    int thick = 2 * frame->screen->unit;
    int left = bar.area.x + (int)((block->off - bar.left_byte) * bar.px_a_byte + 0.5);
    int right = bar.area.x + (int)((block->off + (double)block->size - bar.left_byte) * bar.px_a_byte + 0.5);
    draw_frame(frame->list, rect_make(left - thick, bar.area.y - thick, right - left + 2 * thick, bar.area.h + 2 * thick), thick,
               frame->theme->focus);
}

/* "free  544 B" or "#14464  281 B": the neighbour at that offset; its extent in *size. */
static void neighbour_words(const struct frame *frame, uint32_t span, char *words, size_t size)
{
    const struct model *model = frame->model;
    if (span == MODEL_NONE) {
        snprintf(words, size, "%s", tr(frame, WORD_BLOCK_HEAP_ENDS));
        return;
    }
    const struct model_span *at = &model->spans[span];
    if (at->block == MODEL_NONE) {
        snprintf(words, size, "%s  %s", trs(frame, kind_names[at->kind]), format_bytes(at->size).s);
    } else {
        snprintf(words, size, "#%llu  %s", (unsigned long long)model->blocks[at->block].id, format_bytes(model->blocks[at->block].size).s);
    }
}

static int draw_neighbours(const struct frame *frame, int y, const struct model_block *block)
{
    int h = px(frame, 16), baseline = baseline_in(frame, y, h, 11), side = px(frame, 7), x = frame->screen->side_x, right = right_of(frame);
    char words[64];
    struct text_style mono = style(frame, FACE_MONO, 11, frame->theme->ink2);
    int top = baseline - px(frame, 8), tall = px(frame, 8);
    neighbour_words(frame, block->off ? model_span_at(frame->model, block->off - 1) : MODEL_NONE, words, sizeof words);
    draw_shape(frame->list, SHAPE_LEFT, rect_make(x, top, side, tall), frame->theme->ink3);
    int end = x + px(frame, 12);
    end += draw_text(frame->list, end, baseline, ALIGN_LEFT, mono, words);
    neighbour_words(frame, model_span_at(frame->model, block->off + block->size), words, sizeof words);
    int w = text_width(frame->list->text, mono.face, mono.size, words);
    draw_shape(frame->list, SHAPE_RIGHT, rect_make(right - side, top, side, tall), frame->theme->ink3);
    if (right - px(frame, 12) - w > end + px(frame, 8)) { /* in a narrow column the right neighbour's words go */
        draw_text(frame->list, right - px(frame, 12), baseline, ALIGN_RIGHT, mono, words);
    }
    return y + h;
}

static const char *name_of(const struct frame *frame, const char *const *names, uint32_t count, uint32_t index)
{
    return index < count && names[index] ? names[index] : tr(frame, WORD_BYTES_NOT_IN_TRACE);
}

static void draw_block(const struct frame *frame, int y, const struct model_block *block)
{
    const struct model *model = frame->model;
    char text[160], title[48];
    bool pinned = frame->state->pinned && frame->state->pinned_id == block->id;
    snprintf(title, sizeof title, tr(frame, WORD_BYTES_BLOCK), (unsigned long long)block->id);
    snprintf(text, sizeof text, tr(frame, WORD_BYTES_OF), format_count(block->requested).s, format_bytes(block->size).s);
    enum word note = pinned ? WORD_BYTES_PINNED : frame->pointed_block != MODEL_NONE ? WORD_BYTES_POINTED : WORD_BLOCK_PIN;
    draw_head(frame, y, title, tr(frame, note), text);
    draw_bar(frame, y + px(frame, 24), block);
    y = draw_neighbours(frame, y + px(frame, 24 + BAR_H + 5), block) + px(frame, 2);
    uint32_t age = model->event - block->birth;
    snprintf(text, sizeof text, tr(frame, age == 1 ? WORD_BLOCK_EVENT_COUNT : WORD_BLOCK_EVENTS_COUNT), format_count(age).s);
    y = draw_row(frame, y, "age", text, false);
    y = draw_row(frame, y, "offset", format_bytes(block->payload_off).s, false);
    y = draw_granted(frame, y, block);
    y = draw_row(frame, y, "call site", name_of(frame, model->sites, model->site_count, block->site), block->site >= model->site_count);
    y = draw_row(frame, y, "thread", name_of(frame, model->threads, model->thread_count, block->thread), block->thread >= model->thread_count);
    snprintf(text, sizeof text, tr(frame, WORD_BYTES_OF_EVENT), format_count(block->birth).s);
    draw_row(frame, y, "born", text, false);
}

/* A pinned block that is not there at the cursor: when it was. */
static void draw_absent(const struct frame *frame, int y)
{
    const struct model *model = frame->model;
    char title[48], text[64];
    uint32_t birth = 0, death = 0;
    for (uint32_t i = 0; i < model->life_count; i++) {
        if (model->lives[i].id == frame->state->pinned_id) {
            birth = birth ? birth : model->lives[i].birth;
            death = model->lives[i].death;
        }
    }
    snprintf(title, sizeof title, tr(frame, WORD_BYTES_BLOCK), (unsigned long long)frame->state->pinned_id);
    draw_head(frame, y, title, tr(frame, WORD_BYTES_PINNED), tr(frame, model->event < birth ? WORD_BLOCK_NOT_BORN : WORD_BLOCK_FREED));
    y += px(frame, 24);
    snprintf(text, sizeof text, tr(frame, WORD_BYTES_OF_EVENT), format_count(birth).s);
    y = draw_row(frame, y, "born", text, false);
    snprintf(text, sizeof text, tr(frame, WORD_BYTES_OF_EVENT), format_count(death).s);
    draw_row(frame, y, "freed", death > model->count ? tr(frame, WORD_DUEL_NEVER) : text, false);
}

static void draw_span_facts(const struct frame *frame, int y, const struct model_span *span)
{
    static const char *const titles[KIND_COUNT] = {[KIND_CONTROL] = "Control", [KIND_FREE] = "Hole", [KIND_RESERVED] = "Reserved"};
    const struct model *model = frame->model;
    const char *title = titles[span->kind] ? titles[span->kind] : kind_names[span->kind];
    draw_head(frame, y, trs(frame, title), tr(frame, WORD_BYTES_POINTED), format_bytes(span->size).s);
    y += px(frame, 24);
    y = draw_row(frame, y, "offset", format_bytes(span->off).s, false);
    y = draw_row(frame, y, "address", format_address(model->arena_base + span->off).s, false);
    if (span->kind == KIND_FREE) {
        y = draw_row(frame, y, "of the largest", format_percent(span->size, model->largest_bytes).s, false);
        draw_row(frame, y, "of all free", format_percent(span->size, model->kind_bytes[KIND_FREE]).s, false);
    }
}

void block_panel_draw(const struct frame *frame, int y)
{
    const struct model *model = frame->model;
    uint32_t span = frame->state->pointed_off != VIEW_NO_OFF ? model_span_at(model, frame->state->pointed_off) : MODEL_NONE;
    if (frame->focus_block != MODEL_NONE) {
        draw_block(frame, y, &model->blocks[frame->focus_block]);
    } else if (frame->state->pinned) {
        draw_absent(frame, y);
    } else if (span != MODEL_NONE) {
        draw_span_facts(frame, y, &model->spans[span]);
    } else {
        draw_head(frame, y, tr(frame, WORD_BLOCK_TITLE), NULL, "");
        draw_text(frame->list, frame->screen->side_x, baseline_in(frame, y + px(frame, 22), px(frame, ROW), 12), ALIGN_LEFT,
                  style(frame, FACE_REGULAR, 12, frame->theme->ink3), tr(frame, WORD_BLOCK_NONE));
    }
}
