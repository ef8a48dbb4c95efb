/* why_spot.c: what the Why view says of the thing under the mouse, on a tag beside it. */
#include <stdio.h>
#include <string.h>

#include "why.h"

static bool rect_equal(struct rect a, struct rect b) { return a.x == b.x && a.y == b.y && a.w == b.w && a.h == b.h; }

char *why_spot(const struct frame *frame, const struct why *why, struct rect area, enum hit_kind kind, uint32_t value)
{
    const struct hit *pointed = &frame->state->pointed_hit;
    pane_hit(frame, area, kind, value);
    if (pointed->kind != kind || pointed->value != value) {
        return NULL;
    }
    draw_frame(frame->list, area.w < 3 ? rect_inflate(area, 1) : area, frame->screen->unit, frame->theme->ink); /* the same hole elsewhere too */
    if (!rect_equal(pointed->area, area) || why->tag->words[0]) {
        return NULL;
    }
    why->tag->area = area;
    return why->tag->words;
}

static void append(char *words, const char *part)
{
    size_t used = strlen(words);
    snprintf(words + used, WHY_TAG_MAX - used, "%s%s", used ? " \u00b7 " : "", part);
}

static void append_visit(const struct frame *frame, const struct why *why, uint32_t off, char *words)
{
    const struct model_search *search = &frame->model->search;
    char part[120];
    uint32_t visit = 0;
    for (uint32_t i = 0; i < search->count; i++) {
        visit += search->steps[i].kind == MODEL_STEP_VISIT;
        if (search->steps[i].kind == MODEL_STEP_VISIT && search->steps[i].off == off) {
            char at[FORMAT_MAX];
            snprintf(at, sizeof at, "%s", format_count(visit).s);
            snprintf(part, sizeof part, tr(frame, WORD_WHY_SPOT_VISIT), at, format_count(why->visits).s);
            append(words, part);
            return;
        }
    }
    append(words, tr(frame, WORD_WHY_UNSEEN));
}

void why_hole_words(const struct frame *frame, const struct why *why, struct model_place hole, char *words)
{
    char part[120];
    bool asked = why->kind == WHY_FAILED || why->kind == WHY_SERVED;
    snprintf(part, sizeof part, tr(frame, WORD_WHY_SPOT_HOLE), format_bytes(hole.bytes).s, why_address(frame, hole.off).s);
    append(words, part);
    if (asked && why->taken.bytes > 0 && hole.off == why->taken.off) {
        append(words, tr(frame, WORD_WHY_SPOT_TAKEN));
    } else if (asked && hole.bytes < why_needs(why)) {
        snprintf(part, sizeof part, tr(frame, WORD_WHY_SPOT_SHORT), format_bytes(why_needs(why) - hole.bytes).s);
        append(words, part);
    }
    if (asked && frame->model->search.made) {
        append_visit(frame, why, hole.off, words);
    }
}

void why_tag_draw(const struct frame *frame, const struct why *why)
{
    const struct why_tag *tag = why->tag;
    struct rect content = frame->screen->content;
    int edge = 2 * frame->screen->unit, rim = frame->screen->unit, h = px(frame, 19), away = px(frame, 6);
    struct text_style text = style(frame, FACE_MEDIUM, 11, frame->theme->ink);
    char shown[WHY_TAG_MAX];
    if (!tag->words[0]) {
        return;
    }
    pane_fit_text(frame, text, tag->words, content.w - px(frame, 24), shown, sizeof shown);
    int w = why_width(frame, text, shown) + px(frame, 12), x = tag->area.x + tag->area.w / 2 - w / 2, y = tag->area.y - away - h;
    x = x < content.x ? content.x : x + w > content.x + content.w ? content.x + content.w - w : x;
    y = y < content.y ? tag->area.y + tag->area.h + away : y;
    struct rect area = rect_make(x, y, w, h);
    draw_layer(frame->list);
    draw_fill(frame->list, rect_inflate(area, rim), frame->theme->well);
    draw_fill(frame->list, area, frame->theme->surface);
    draw_fill(frame->list, rect_make(area.x, area.y, edge, area.h), frame->theme->ink);
    draw_text(frame->list, area.x + edge + px(frame, 5), baseline_in(frame, area.y, area.h, 11), ALIGN_LEFT, text, shown);
}
