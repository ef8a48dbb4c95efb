/* states.c: the view without a run: no trace yet, a trace being read, a trace that cannot be read. One sentence, one key. */
#include <stdio.h>

#include "format.h"
#include "pane.h"

#define CARD_W 560
#define HEAP_ROW 28
#define LINE 20
#define LINES_MAX 8

/* Where the next line ends: the last place before `width` where it may, a line break, or the end. */
static size_t line_length(const struct frame *frame, struct text_style text, int width, const char *words)
{
    char line[400];
    size_t fits = 0;
    for (size_t i = 0; i + 1 < sizeof line; i++) {
        bool ends = words[i] == '\n' || words[i] == '\0';
        if (ends || words_may_break(words, i)) {
            line[i] = '\0';
            if (fits > 0 && text_width(frame->list->text, text.face, text.size, line) > width) {
                return fits;
            }
            fits = i;
        }
        if (ends) {
            return fits;
        }
        line[i] = words[i];
    }
    return fits ? fits : sizeof line - 1;
}

/* Writes words in lines; returns how many. With `draw` false they are only counted. */
static int put_lines(const struct frame *frame, int x, int baseline, int width, const char *words, bool draw)
{
    struct text_style text = style(frame, FACE_REGULAR, 12, frame->theme->ink2);
    int lines = 0;
    while (*words && lines < LINES_MAX) {
        char line[400];
        size_t len = line_length(frame, text, width, words);
        snprintf(line, sizeof line, "%.*s", (int)len, words);
        if (draw) {
            draw_text(frame->list, x, baseline + lines * px(frame, LINE), ALIGN_LEFT, text, line);
        }
        words += len + (words[len] == ' ' || words[len] == '\n');
        lines++;
    }
    return lines;
}

static void draw_ground(const struct frame *frame)
{
    const struct screen *screen = frame->screen;
    struct rect ground = rect_make(px(frame, 12), screen->top.h + px(frame, 12), screen->w - px(frame, 24),
                                   screen->status.y - screen->top.h - px(frame, 24));
    draw_pattern(frame->list, ground, frame->theme->kinds[KIND_FREE], screen->unit, ground.x, ground.y);
}

static struct rect card_of(const struct frame *frame, int h)
{
    int w = px(frame, CARD_W);
    return rect_make((frame->screen->w - w) / 2, (frame->screen->h - h) / 2, w, h);
}

static void draw_card(const struct frame *frame, struct rect card)
{
    draw_fill(frame->list, card, frame->theme->surface);
    draw_frame(frame->list, card, 1, frame->theme->line);
}

static void draw_empty(const struct frame *frame, const char *title, const char *detail)
{
    struct rect card = card_of(frame, px(frame, 84));
    int middle = card.x + card.w / 2;
    draw_card(frame, card);
    draw_text(frame->list, middle, card.y + px(frame, 38), ALIGN_CENTRE, style(frame, FACE_SEMIBOLD, 15, frame->theme->ink), title);
    draw_text(frame->list, middle, card.y + px(frame, 61), ALIGN_CENTRE, style(frame, FACE_REGULAR, 12, frame->theme->ink2), detail);
}

static void draw_loading(const struct frame *frame, const char *title, const char *detail)
{
    const struct model *model = frame->model;
    int lines = put_lines(frame, 0, 0, px(frame, CARD_W) - px(frame, 48), detail, false); /* to the pixel as it is drawn */
    struct rect card = card_of(frame, px(frame, 118 + lines * LINE));
    int x = card.x + px(frame, 24), w = card.w - px(frame, 48), bar = card.y + px(frame, 60 + lines * LINE);
    draw_card(frame, card);
    draw_text(frame->list, x, card.y + px(frame, 38), ALIGN_LEFT, style(frame, FACE_SEMIBOLD, 15, frame->theme->ink), title);
    put_lines(frame, x, card.y + px(frame, 61), w, detail, true);
    draw_fill(frame->list, rect_make(x, bar, w, px(frame, 4)), frame->theme->line);
    if (model->progress_all > 0) {
        double done = (double)model->progress_done / (double)model->progress_all;
        draw_fill(frame->list, rect_make(x, bar, (int)(w * (done < 1 ? done : 1)), px(frame, 4)), frame->theme->ink);
    }
    int row = bar + px(frame, 18), end = pane_key(frame, x, row, px(frame, 20), "Esc") + px(frame, 6);
    draw_text(frame->list, end, baseline_in(frame, row, px(frame, 20), 11), ALIGN_LEFT, style(frame, FACE_REGULAR, 11, frame->theme->ink3),
              tr(frame, WORD_STOP_HERE));
}

static void draw_error(const struct frame *frame, const char *title, const char *detail)
{
    const struct theme *theme = frame->theme;
    int lines = put_lines(frame, 0, 0, px(frame, CARD_W) - px(frame, 48), detail, false); /* to the pixel as it is drawn */
    struct rect card = card_of(frame, px(frame, 88 + lines * LINE));
    int x = card.x + px(frame, 24), y = card.y + px(frame, 38);
    draw_card(frame, card);
    draw_fill(frame->list, rect_make(card.x, card.y, px(frame, 3), card.h), theme->fail);
    draw_shape(frame->list, SHAPE_DIAMOND, rect_make(x, y - px(frame, 12), px(frame, 13), px(frame, 13)), theme->fail);
    draw_text(frame->list, x + px(frame, 22), y, ALIGN_LEFT, style(frame, FACE_SEMIBOLD, 15, theme->ink), title);
    put_lines(frame, x, y + px(frame, 24), card.w - px(frame, 48), detail, true);
    draw_text(frame->list, x, y + px(frame, 24 + lines * LINE + 4), ALIGN_LEFT, style(frame, FACE_REGULAR, 11, theme->ink3),
              tr(frame, WORD_STATE_DROP));
}

/* "40 events, peak 300 B, a pool of 2 blocks of 130 B" */
static void heap_words(const struct frame *frame, const struct model_heap *heap, char *words, size_t size)
{
    int used = snprintf(words, size, tr(frame, heap->events == 1 ? WORD_HEAPS_EVENT : WORD_HEAPS_EVENTS), format_count(heap->events).s,
                        format_bytes(heap->peak).s);
    if (heap->pool_count > 0 && used > 0 && (size_t)used < size) {
        snprintf(words + used, size - (size_t)used, tr(frame, heap->pool_count == 1 ? WORD_HEAPS_POOL_ONE : WORD_HEAPS_POOL),
                 format_count(heap->pool_count).s, format_bytes(heap->pool_block).s);
    }
}

static void draw_heap(const struct frame *frame, struct rect row, uint32_t index)
{
    const struct model_heap *heap = &frame->model->heaps[index];
    const struct theme *theme = frame->theme;
    bool chosen = frame->state->menu_line % frame->model->heap_count == index;
    struct text_style mono = style(frame, FACE_MONO, 12, chosen ? 0xFFFFFFFFu : theme->ink);
    struct text_style text = style(frame, FACE_REGULAR, 12, chosen ? 0xFFFFFFFFu : theme->ink2);
    int x = row.x + px(frame, 10), name_w = px(frame, 150), baseline = baseline_in(frame, row.y, row.h, 12);
    char words[160], shown[160];
    if (chosen) {
        draw_fill(frame->list, row, theme->kinds[KIND_PAYLOAD].fill);
    }
    pane_fit_text(frame, mono, heap->key, name_w, shown, sizeof shown);
    draw_text(frame->list, x, baseline, ALIGN_LEFT, mono, shown);
    heap_words(frame, heap, words, sizeof words);
    pane_fit_text(frame, text, words, row.w - name_w - px(frame, 32), shown, sizeof shown);
    draw_text(frame->list, x + name_w + px(frame, 12), baseline, ALIGN_LEFT, text, shown);
    pane_hit(frame, row, HIT_HEAP, index);
}

/* A trace of several heaps: which one shall be shown? */
static void draw_heaps(const struct frame *frame)
{
    const struct model *model = frame->model;
    int row = px(frame, HEAP_ROW), rows = (int)model->heap_count, h = px(frame, 112) + rows * row;
    struct rect card = card_of(frame, h);
    int x = card.x + px(frame, 24), y = card.y + px(frame, 38), foot = card.y + h - px(frame, 40);
    char more[80];
    draw_card(frame, card);
    draw_text(frame->list, x, y, ALIGN_LEFT, style(frame, FACE_SEMIBOLD, 15, frame->theme->ink), tr(frame, WORD_HEAPS_TITLE));
    for (int i = 0; i < rows; i++) {
        draw_heap(frame, rect_make(card.x + px(frame, 14), y + px(frame, 16) + i * row, card.w - px(frame, 28), row), (uint32_t)i);
    }
    x = pane_key(frame, x, foot, px(frame, 20), "\u2191 \u2193") + px(frame, 6);
    x = pane_key(frame, x, foot, px(frame, 20), "Enter") + px(frame, 6);
    struct text_style small = style(frame, FACE_REGULAR, 11, frame->theme->ink3);
    x += draw_text(frame->list, x, baseline_in(frame, foot, px(frame, 20), 11), ALIGN_LEFT, small, tr(frame, WORD_HEAPS_CHOOSE)) + px(frame, 16);
    if (model->heap_more > 0) {
        snprintf(more, sizeof more, tr(frame, WORD_HEAPS_MORE), format_count(model->heap_more).s);
        draw_text(frame->list, x, baseline_in(frame, foot, px(frame, 20), 11), ALIGN_LEFT, small, more);
    }
}

void message_screen_draw(const struct frame *frame)
{
    char title[sizeof frame->model->title], detail[sizeof frame->model->detail];
    tr_said(frame, frame->model->title, title, sizeof title);
    tr_said(frame, frame->model->detail, detail, sizeof detail);
    draw_ground(frame);
    if (frame->model->state == MODEL_LOADING) {
        draw_loading(frame, title, detail);
    } else if (frame->model->state == MODEL_ERROR && frame->model->heap_count > 0) {
        draw_heaps(frame);
    } else if (frame->model->state == MODEL_ERROR) {
        draw_error(frame, title, detail);
    } else {
        draw_empty(frame, title, detail);
    }
}

void later_screen_draw(const struct frame *frame, enum word sentence)
{
    struct rect card = card_of(frame, px(frame, 84));
    int middle = card.x + card.w / 2;
    struct rect content = frame->screen->content;
    struct rect ground = rect_make(content.x, content.y, content.w, frame->screen->marks.y - px(frame, 10) - content.y);
    draw_pattern(frame->list, ground, frame->theme->kinds[KIND_FREE], frame->screen->unit, ground.x, ground.y);
    draw_card(frame, card);
    draw_text(frame->list, middle, card.y + px(frame, 38), ALIGN_CENTRE, style(frame, FACE_SEMIBOLD, 15, frame->theme->ink), tr(frame, sentence));
    draw_text(frame->list, middle, card.y + px(frame, 61), ALIGN_CENTRE, style(frame, FACE_REGULAR, 12, frame->theme->ink2),
              tr(frame, WORD_LATER_HINT));
}
