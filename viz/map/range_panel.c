/* range_panel.c: the report of the range A to B, in the place of the block's panel while no block is pinned or pointed at. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "pane.h"
#include "range_report.h"

#define ROW 17
#define LISTS 3

/* Until a block is pointed at; a pinned one stays outlined on the map, and has its panel again when Esc has taken the range away. */
bool range_panel_shown(const struct frame *frame)
{
    const struct view_state *state = frame->state;
    return frame->screen->range_report && state->pointed_off == VIEW_NO_OFF && range_shown(state);
}

/* "+1,234" or "-1,234", with a real minus. */
static void signed_words(int64_t value, bool is_change, char *words, size_t size)
{
    const char *sign = !is_change ? "" : value < 0 ? "\u2212" : "+";
    snprintf(words, size, "%s%s", sign, format_count((uint64_t)llabs(value)).s);
}

static void name_of(const struct frame *frame, const struct range_report *report, uint32_t key, char *words, size_t size)
{
    const struct model *model = frame->model;
    if (!report->by_site) {
        uint64_t least = key, most = 2 * least - 1;
        snprintf(words, size, "%s \u2026 %s B", format_count(least).s, format_count(most).s);
    } else {
        const char *name = key < model->site_count ? model->sites[key] : NULL;
        snprintf(words, size, "%s", name ? name : tr(frame, WORD_RANGE_NO_SITE));
    }
}

/* Right edges of the columns; 0: no room for the number of blocks. */
struct range_columns { int bytes, blocks, names; };

static struct range_columns columns_of(const struct frame *frame)
{
    struct range_columns columns = {.bytes = frame->screen->side_x + frame->screen->side_w};
    columns.names = columns.bytes - px(frame, frame->screen->compact ? 66 : 76);
    if (!frame->screen->compact) {
        columns.blocks = columns.names;
        columns.names -= px(frame, 50);
    }
    return columns;
}

/* What the list tells, and by which formula; where they have room, the names of the columns. */
static int draw_list_head(const struct frame *frame, int y, int list, bool captions)
{
    static const enum word says[LISTS] = {WORD_RANGE_GREW, WORD_RANGE_SHRANK, WORD_RANGE_BRIEF};
    struct text_style small = style(frame, FACE_REGULAR, 11, frame->theme->ink3);
    struct range_columns columns = columns_of(frame);
    int x = frame->screen->side_x, h = px(frame, ROW), baseline = baseline_in(frame, y, h, 11);
    char shown[160];
    pane_fit_text(frame, small, tr(frame, says[list]), frame->screen->side_w, shown, sizeof shown);
    int end = x + draw_text(frame->list, x, baseline, ALIGN_LEFT, small, shown) + px(frame, 10);
    const char *blocks = tr(frame, WORD_RANGE_BLOCKS), *bytes = tr(frame, WORD_HINT_BYTES);
    int first = columns.blocks - text_width(frame->list->text, small.face, small.size, blocks);
    if (captions && columns.blocks > 0 && first >= end) {
        draw_text(frame->list, columns.blocks, baseline, ALIGN_RIGHT, small, blocks);
        draw_text(frame->list, columns.bytes, baseline, ALIGN_RIGHT, small, bytes);
    }
    return y + h;
}

/* Whose, how many, how many bytes. */
static int draw_line(const struct frame *frame, int y, const struct range_report *report, int list, const struct range_line *line)
{
    const struct theme *theme = frame->theme;
    struct text_style text = style(frame, FACE_REGULAR, 12, theme->ink), mono = style(frame, FACE_MONO, 11, theme->ink);
    struct range_columns columns = columns_of(frame);
    int x = frame->screen->side_x, h = px(frame, ROW), baseline = baseline_in(frame, y, h, 12), room = columns.names - px(frame, 4) - x;
    char words[200], shown[200];
    signed_words(line->bytes, list < 2, words, sizeof words);
    draw_text(frame->list, columns.bytes, baseline, ALIGN_RIGHT, mono, words);
    if (columns.blocks > 0) {
        mono.colour = theme->ink2;
        signed_words(line->blocks, list < 2, words, sizeof words);
        draw_text(frame->list, columns.blocks, baseline, ALIGN_RIGHT, mono, words);
    }
    name_of(frame, report, line->key, words, sizeof words);
    pane_fit_text(frame, text, words, room, shown, sizeof shown);
    if (text_width(frame->list->text, text.face, text.size, shown) <= room) {
        draw_text(frame->list, x, baseline, ALIGN_LEFT, text, shown);
    }
    return y + h;
}

/* How many lines of each list, its head not counted: a line each in turn, as long as there are some and there is room. */
static void share_rows(const struct range_list *const lists[LISTS], int room, uint32_t rows[LISTS])
{
    bool more = true;
    while (room > 0 && more) {
        more = false;
        for (int i = 0; i < LISTS && room > 0; i++) {
            int needs = rows[i] == 0 ? 2 : 1; /* the first line comes with its list's head */
            if (rows[i] < lists[i]->count && needs <= room) {
                rows[i]++;
                room -= needs;
                more = true;
            }
        }
    }
}

static void draw_head(const struct frame *frame, int y, const struct range_report *report)
{
    char words[96], bytes[64];
    int x = frame->screen->side_x, baseline = y + px(frame, 14);
    snprintf(words, sizeof words, "%s \u2013 %s", format_count(report->from).s, format_count(report->to).s);
    x += draw_text(frame->list, x, baseline, ALIGN_LEFT, style(frame, FACE_SEMIBOLD, 13, frame->theme->ink), "A\u2013B") + px(frame, 8);
    x += draw_text(frame->list, x, baseline, ALIGN_LEFT, style(frame, FACE_MONO, 11, frame->theme->ink3), words);
    signed_words(report->bytes, true, bytes, sizeof bytes);
    snprintf(words, sizeof words, "%s B", bytes);
    struct text_style mono = style(frame, FACE_MONO, 12, frame->theme->ink);
    int right = frame->screen->side_x + frame->screen->side_w;
    if (right - text_width(frame->list->text, mono.face, mono.size, words) > x + px(frame, 8)) {
        draw_text(frame->list, right, baseline, ALIGN_RIGHT, mono, words);
    }
}

void range_panel_draw(const struct frame *frame, int y)
{
    struct range_report *report = frame->caches->range;
    const struct view_state *state = frame->state;
    if (!range_report_update(report, frame->model, state->range_from, state->range_to)) {
        return;
    }
    const struct range_list *const lists[LISTS] = {&report->grew, &report->shrank, &report->brief};
    uint32_t rows[LISTS] = {0};
    struct text_style small = style(frame, FACE_REGULAR, 11, frame->theme->ink3);
    char shown[160];
    draw_head(frame, y, report);
    y += px(frame, 22);
    int room = (frame->screen->side_bottom - y) / px(frame, ROW);
    int with_foot = room > LISTS ? room - 1 : room; /* the foot says what is bright on the map */
    share_rows(lists, with_foot, rows);
    bool captions = true;
    for (int i = 0; i < LISTS; i++) {
        if (rows[i] > 0) {
            y = draw_list_head(frame, y, i, captions);
            captions = false;
        }
        for (uint32_t k = 0; k < rows[i]; k++) {
            y = draw_line(frame, y, report, i, &lists[i]->top[k]);
        }
    }
    bool nothing = captions && report->grew.count + report->shrank.count + report->brief.count == 0;
    if (room > LISTS) {
        pane_fit_text(frame, small, tr(frame, nothing ? WORD_RANGE_NOTHING : WORD_RANGE_BRIGHT), frame->screen->side_w, shown, sizeof shown);
        draw_text(frame->list, frame->screen->side_x, baseline_in(frame, y, px(frame, ROW), 11), ALIGN_LEFT, small, shown);
    }
}
