/* anomalies.c: the list of what is wrong in a trace that is shown all the same. */
#include <stdio.h>

#include "pane.h"

#define ROW 20
#define HEAD 62
#define FOOT 36
#define WIDE 860

static void title_words(const struct frame *frame, char *words, size_t size)
{
    const struct model *model = frame->model;
    struct text_number all = format_count(model->anomaly_count), kept = format_count(model->anomalies_kept);
    if (model->anomalies_kept == 0) {
        tr_said(frame, model->detail[0] ? model->detail : model->banner, words, size);
    } else if (model->anomaly_count == 1) {
        snprintf(words, size, "%s", tr(frame, WORD_ANOMALIES_ONE));
    } else if (model->anomaly_count > model->anomalies_kept) {
        snprintf(words, size, tr(frame, WORD_ANOMALIES_SOME), all.s, kept.s);
    } else {
        snprintf(words, size, tr(frame, WORD_ANOMALIES_ALL), all.s);
    }
}

/* Line, event, what is wrong, and what stands there. */
static void draw_row(const struct frame *frame, struct rect row, const struct model_anomaly *anomaly)
{
    const struct theme *theme = frame->theme;
    struct text_style mono = style(frame, FACE_MONO, 11, theme->ink2), text = style(frame, FACE_REGULAR, 12, theme->ink);
    int baseline = baseline_in(frame, row.y, row.h, 12), x = row.x, right = row.x + row.w;
    char words[240], shown[240];
    if (anomaly->line > 0) {
        snprintf(words, sizeof words, tr(frame, WORD_ANOMALY_LINE), format_count(anomaly->line).s);
        draw_text(frame->list, x, baseline, ALIGN_LEFT, mono, words);
    }
    snprintf(words, sizeof words, tr(frame, WORD_ANOMALY_EVENT), format_count(anomaly->event).s);
    draw_text(frame->list, x + px(frame, 110), baseline, ALIGN_LEFT, mono, words);
    x += px(frame, 290);
    tr_said(frame, anomaly->what, words, sizeof words);
    pane_fit_text(frame, text, words, right - x, shown, sizeof shown);
    x += draw_text(frame->list, x, baseline, ALIGN_LEFT, text, shown) + px(frame, 12);
    if (anomaly->found[0] && right - x > px(frame, 60)) {
        text.colour = theme->ink3;
        tr_said(frame, anomaly->found, words, sizeof words);
        pane_fit_text(frame, text, words, right - x, shown, sizeof shown);
        draw_text(frame->list, x, baseline, ALIGN_LEFT, text, shown);
    }
    uint32_t event = anomaly->event < frame->model->count ? (uint32_t)anomaly->event : frame->model->count;
    pane_hit(frame, row, HIT_EVENT, event);
}

static void draw_foot(const struct frame *frame, struct rect panel, uint32_t first, uint32_t rows)
{
    char words[160];
    int h = px(frame, FOOT), y = panel.y + panel.h - h, x = panel.x + px(frame, 24);
    struct text_style small = style(frame, FACE_REGULAR, 11, frame->theme->ink3);
    if (rows < frame->model->anomalies_kept) {
        snprintf(words, sizeof words, tr(frame, WORD_ANOMALIES_MORE), format_count(first + 1).s, format_count(first + rows).s,
                 format_count(frame->model->anomalies_kept).s);
        x = pane_key(frame, x, y, h, "\u2191 \u2193") + px(frame, 6);
        x += draw_text(frame->list, x, baseline_in(frame, y, h, 11), ALIGN_LEFT, small, words) + px(frame, 16);
    }
    x = pane_key(frame, x, y, h, "Esc") + px(frame, 6);
    draw_text(frame->list, x, baseline_in(frame, y, h, 11), ALIGN_LEFT, small, tr(frame, WORD_CLOSE));
}

void anomalies_overlay_draw(const struct frame *frame)
{
    const struct screen *screen = frame->screen;
    const struct model *model = frame->model;
    char words[500], shown[500];
    int row = px(frame, ROW), fixed = px(frame, HEAD + FOOT), w = px(frame, WIDE);
    uint32_t room = (uint32_t)((screen->h - 2 * screen->top.h - fixed) / row), rows = model->anomalies_kept < room ? model->anomalies_kept : room;
    uint32_t first = frame->state->list_first + rows > model->anomalies_kept ? model->anomalies_kept - rows : frame->state->list_first;
    struct rect panel = rect_make((screen->w - w) / 2, screen->top.h + px(frame, 20), w, fixed + (int)rows * row);
    int x = panel.x + px(frame, 24), inner = w - px(frame, 48);
    struct text_style text = style(frame, FACE_REGULAR, 12, frame->theme->ink2);
    draw_layer(frame->list);
    draw_fill(frame->list, rect_make(0, 0, screen->w, screen->h), colour_alpha(frame->theme->well, 72));
    pane_hit(frame, rect_make(0, 0, screen->w, screen->h), HIT_OVERLAY, 0);
    overlay_panel_draw(frame, panel);
    draw_text(frame->list, x, panel.y + px(frame, 28), ALIGN_LEFT, style(frame, FACE_SEMIBOLD, 15, frame->theme->ink), tr(frame, WORD_NOT_WHOLE));
    title_words(frame, words, sizeof words);
    pane_fit_text(frame, text, words, inner, shown, sizeof shown);
    draw_text(frame->list, x, panel.y + px(frame, 48), ALIGN_LEFT, text, shown);
    for (uint32_t i = 0; i < rows; i++) {
        draw_row(frame, rect_make(x, panel.y + px(frame, HEAD) + (int)i * row, inner, row), &model->anomalies[first + i]);
    }
    draw_foot(frame, panel, first, rows);
}
