/* duel_score.c: the score table and the verdict: what `heaplab replay --to EVENT` prints of each lane, and one sentence on it. */
#include <stdio.h>
#include <string.h>

#include "duel.h"

#define ROWS 8
#define ROW_LEAST 17
#define ROW_CLOSE 14 /* of three lanes in a small window */
#define ROW_MOST 22
#define HEAD 24
#define VERDICT_LINE 17
#define LEGEND_LINE 17

/* One row: a lane's value as it is shown, and as a number of which less is better. */
struct cell { char text[FORMAT_MAX]; double badness; };

static struct cell cell_count(uint64_t value, bool more_is_better)
{
    struct cell out = {.badness = more_is_better ? -(double)value : (double)value};
    snprintf(out.text, sizeof out.text, "%s", format_count(value).s);
    return out;
}

static struct cell cell_real(double value)
{
    struct cell out;
    snprintf(out.text, sizeof out.text, "%.1f", value);
    out.badness = value;
    return out;
}

static struct cell cell_first(const struct frame *frame, const struct model_scores *scores)
{
    struct cell out = cell_count(scores->first_failure, true);
    if (scores->first_failure == 0) {
        snprintf(out.text, sizeof out.text, "%s", tr(frame, WORD_DUEL_NEVER));
        out.badness = -1e30;
    }
    return out;
}

static struct cell cell_make(const struct frame *frame, int row, const struct model *model)
{
    const struct model_scores *scores = &model->scores;
    switch (row) {
    case 0: return cell_count(scores->failures, false);
    case 1: return cell_first(frame, scores);
    case 2: return cell_count(scores->least_largest, true);
    case 3: return cell_count(model->largest_bytes, true);
    case 4: return cell_real(scores->external_mean * 100);
    case 5: return cell_real(scores->internal_mean * 100);
    case 6: return cell_real(scores->steps_mean);
    default: return cell_count(scores->steps_max, false);
    }
}

static const enum word row_words[ROWS] = {WORD_DUEL_ROW_FAILURES, WORD_DUEL_ROW_FIRST,    WORD_DUEL_ROW_LEAST,  WORD_DUEL_ROW_NOW,
                                          WORD_DUEL_ROW_EXTERNAL, WORD_DUEL_ROW_INTERNAL, WORD_DUEL_ROW_VISITS, WORD_DUEL_ROW_MOST};

/* Where the table's parts stand; columns end at right edges. */
struct table { struct rect area; int label_w, column_w, row_h, rows, top; };

static int column_right(const struct table *table, int place) { return table->area.x + table->label_w + (place + 1) * table->column_w; }

static bool stands_apart(const struct frame *frame, const struct duel_plan *plan)
{
    return plan->count == 3 && plan->score.h < px(frame, HEAD + 4) + ROWS * px(frame, ROW_CLOSE) + px(frame, VERDICT_LINE + 4);
}

static struct table table_make(const struct frame *frame, const struct duel_plan *plan, const struct duel_legend *legend)
{
    struct table table = {.area = plan->score, .label_w = 0};
    for (int row = 0; row < ROWS; row++) {
        int w = text_width(frame->list->text, FACE_REGULAR, px(frame, 12), tr(frame, row_words[row]));
        table.label_w = w > table.label_w ? w : table.label_w;
    }
    bool inside = plan->count == 3, apart = stands_apart(frame, plan); /* inside: of the fourth cell, the title stands in the header's row */
    int heads = px(frame, inside ? HEAD : 2 * HEAD), room = table.area.h - heads - px(frame, 4);
    int verdict = apart ? 0 : px(frame, VERDICT_LINE + 4), least = px(frame, inside ? ROW_CLOSE : ROW_LEAST), most = px(frame, ROW_MOST);
    int second = inside ? px(frame, VERDICT_LINE + 2) : px(frame, VERDICT_LINE + 2 + (legend->above ? 0 : 2 * LEGEND_LINE));
    table.column_w = (table.area.w - table.label_w) / plan->count;
    table.row_h = (room - verdict - (apart ? 0 : second)) / ROWS;
    table.row_h = table.row_h < least ? least : table.row_h > most ? most : table.row_h;
    table.rows = (room - verdict) / table.row_h; /* the last rows go first, then the verdict's second line */
    table.rows = table.rows > ROWS ? ROWS : table.rows < 1 ? 1 : table.rows;
    table.top = table.area.y + heads + px(frame, 4);
    return table;
}

static void draw_header(const struct frame *frame, const struct duel_plan *plan, const struct table *table)
{
    struct text_style bold = style(frame, FACE_SEMIBOLD, 12, frame->theme->ink);
    int side = px(frame, 16), y = table->top - px(frame, 4) - px(frame, HEAD) + px(frame, 1), between = px(frame, 6);
    for (int i = 0; i < plan->count; i++) {
        char shown[DUEL_NAME_MAX];
        int right = column_right(table, i);
        duel_short_name(frame, plan->lanes[i], bold, table->column_w - side - between - px(frame, 10), shown, sizeof shown);
        int w = draw_text(frame->list, right, baseline_in(frame, y, side, 12), ALIGN_RIGHT, bold, shown);
        duel_badge(frame, right - (w > 0 ? w + between : 0) - side, y, side, plan->lanes[i]);
        pane_hit(frame, rect_make(right - table->column_w, y, table->column_w, side), HIT_VIEW, (uint32_t)plan->lanes[i]);
    }
    draw_fill(frame->list, rect_make(table->area.x, table->top - px(frame, 3), table->area.w, 1), frame->theme->line2);
}

/* The best is bold and has a dot; what reads alike is alike; where all are, nothing is marked. */
static void draw_row(const struct frame *frame, const struct duel_plan *plan, const struct table *table, int row)
{
    const struct theme *theme = frame->theme;
    struct cell cells[MODEL_LANES];
    int best = 0, y = table->top + row * table->row_h, baseline = baseline_in(frame, y, table->row_h, 12), dot = px(frame, 7);
    bool differ = false;
    for (int i = 0; i < plan->count; i++) {
        cells[i] = cell_make(frame, row, &frame->models[plan->lanes[i]]);
        best = cells[i].badness < cells[best].badness ? i : best;
        differ = differ || strcmp(cells[i].text, cells[0].text) != 0;
    }
    if (row % 2) {
        draw_fill(frame->list, rect_make(table->area.x - px(frame, 6), y, table->area.w + px(frame, 12), table->row_h), theme->surface);
    }
    draw_text(frame->list, table->area.x, baseline, ALIGN_LEFT, style(frame, FACE_REGULAR, 12, theme->ink2), tr(frame, row_words[row]));
    for (int i = 0; i < plan->count; i++) {
        bool marked = differ && strcmp(cells[i].text, cells[best].text) == 0;
        int right = column_right(table, i);
        int w = draw_text(frame->list, right, baseline, ALIGN_RIGHT,
                          style(frame, marked ? FACE_MONO_BOLD : FACE_MONO, 12, marked ? theme->ink : theme->ink2), cells[i].text);
        if (marked) {
            draw_shape(frame->list, SHAPE_DISC, rect_make(right - w - dot - px(frame, 5), y + (table->row_h - dot) / 2, dot, dot), theme->ok);
        }
    }
}

/* ---- the verdict ---- */

static void lane_letter(const struct frame *frame, int lane, bool with_name, char *out, size_t size)
{
    char name[DUEL_NAME_MAX];
    duel_lane_name(frame, lane, name, sizeof name);
    snprintf(out, size, with_name ? "%c %s" : "%c", 'A' + lane, name);
}

/* "A, B and D". */
static void list_lanes(const struct frame *frame, const int *lanes, int count, char *out, size_t size)
{
    char joined[64];
    *out = '\0';
    for (int i = 0; i < count; i++) {
        const char letter[2] = {(char)('A' + lanes[i]), '\0'};
        if (i > 0 && i == count - 1) {
            snprintf(joined, sizeof joined, tr(frame, WORD_DUEL_AND), out, letter);
        } else {
            snprintf(joined, sizeof joined, "%s%s%s", out, i > 0 ? ", " : "", letter);
        }
        snprintf(out, size, "%s", joined);
    }
}

/* The lanes that do best, of those that serve or, if none does, of all; how many they are. */
static int best_lanes(const struct frame *frame, const struct duel_plan *plan, int best[MODEL_LANES])
{
    int count = 0, first = plan->lanes[0];
    for (int i = 1; i < plan->count; i++) {
        first = duel_better(&frame->models[plan->lanes[i]], &frame->models[first]) ? plan->lanes[i] : first;
    }
    for (int i = 0; i < plan->count; i++) {
        const struct model_scores *x = &frame->models[plan->lanes[i]].scores, *y = &frame->models[first].scores;
        bool alike = x->failures == y->failures && x->first_failure == y->first_failure;
        if (alike && (y->failures > 0 || x->least_largest == y->least_largest)) {
            best[count++] = plan->lanes[i];
        }
    }
    return count;
}

static void second_line(const struct frame *frame, const struct duel_plan *plan, int serving, char *out, size_t size)
{
    bool end = frame->models[0].event == frame->models[0].count;
    int best[MODEL_LANES], count = best_lanes(frame, plan, best);
    const struct model_scores *scores = &frame->models[best[0]].scores;
    const struct text_number hole = format_bytes(scores->least_largest), first = format_count(scores->first_failure);
    char lanes[64], failures[64];
    list_lanes(frame, best, count, lanes, sizeof lanes);
    snprintf(failures, sizeof failures, tr(frame, scores->failures == 1 ? WORD_DUEL_FAILURE_BRIEF : WORD_DUEL_FAILURES_BRIEF),
             format_count(scores->failures).s);
    if (serving == 0 && count == plan->count) {
        snprintf(out, size, tr(frame, count == 1 ? WORD_DUEL_FAILS_ALONE : WORD_DUEL_FAIL_ALIKE), failures, first.s);
    } else if (serving == 0) {
        snprintf(out, size, tr(frame, count == 1 ? WORD_DUEL_FAILS_LEAST : WORD_DUEL_FAIL_LEAST), lanes, failures, first.s);
    } else if (serving == 1) {
        snprintf(out, size, tr(frame, end ? WORD_DUEL_ITS_HOLE : WORD_DUEL_ITS_HOLE_SO_FAR), hole.s);
    } else if (count == serving) {
        snprintf(out, size, tr(frame, WORD_DUEL_KEEP_ALIKE), hole.s);
    } else if (count == 1) {
        snprintf(out, size, tr(frame, end ? WORD_DUEL_KEEPS : WORD_DUEL_KEEPS_SO_FAR), lanes, hole.s);
    } else {
        snprintf(out, size, tr(frame, WORD_DUEL_KEEP), lanes, hole.s);
    }
}

struct duel_verdict duel_verdict_make(const struct frame *frame, const struct duel_plan *plan, bool with_name)
{
    struct duel_verdict verdict = {.good = true};
    bool end = frame->models[0].event == frame->models[0].count;
    int serving = 0, serves[MODEL_LANES];
    char lanes[DUEL_NAME_MAX + 4];
    for (int i = 0; i < plan->count; i++) {
        if (frame->models[plan->lanes[i]].scores.failures == 0) {
            serves[serving++] = plan->lanes[i];
        }
    }
    if (plan->count == 1) {
        verdict.good = serving == 1;
        snprintf(verdict.first, sizeof verdict.first, "%s",
                 tr(frame, serving == 0 ? WORD_DUEL_NOT_SERVED : end ? WORD_DUEL_SERVED : WORD_DUEL_SERVED_SO_FAR));
    } else if (serving == 0) {
        verdict.good = false;
        snprintf(verdict.first, sizeof verdict.first, "%s", tr(frame, WORD_DUEL_NONE));
    } else if (serving == plan->count) {
        snprintf(verdict.first, sizeof verdict.first, "%s", tr(frame, end ? WORD_DUEL_ALL : WORD_DUEL_ALL_SO_FAR));
    } else if (serving == 1) {
        lane_letter(frame, serves[0], with_name, lanes, sizeof lanes);
        snprintf(verdict.first, sizeof verdict.first, tr(frame, end ? WORD_DUEL_ONLY : WORD_DUEL_ONLY_SO_FAR), lanes);
    } else {
        list_lanes(frame, serves, serving, lanes, sizeof lanes);
        snprintf(verdict.first, sizeof verdict.first, tr(frame, end ? WORD_DUEL_SOME : WORD_DUEL_SOME_SO_FAR), lanes);
    }
    second_line(frame, plan, serving, verdict.second, sizeof verdict.second);
    return verdict;
}

static void draw_sign(const struct frame *frame, const struct duel_verdict *verdict, int x, int y, int line)
{
    int sign = px(frame, 11);
    draw_shape(frame->list, verdict->good ? SHAPE_CHECK : SHAPE_DIAMOND, rect_make(x, y + (line - sign) / 2, sign, sign),
               verdict->good ? frame->theme->ok : frame->theme->fail);
}

static struct text_style verdict_style(const struct frame *frame) { return style(frame, FACE_SEMIBOLD, 13, frame->theme->ink); }

int duel_verdict_apart(const struct frame *frame, const struct duel_plan *plan)
{
    if (!stands_apart(frame, plan)) {
        return 0;
    }
    const struct duel_verdict verdict = duel_verdict_make(frame, plan, false);
    const struct text_style bold = verdict_style(frame);
    return px(frame, 20) + text_width(frame->list->text, bold.face, bold.size, verdict.first);
}

static void draw_verdict_apart(const struct frame *frame, const struct duel_plan *plan, int width)
{
    struct rect head = plan->screen.strip_head;
    const struct duel_verdict verdict = duel_verdict_make(frame, plan, false);
    int x = head.x + head.w - width, line = px(frame, VERDICT_LINE), baseline = head.y + px(frame, 14);
    draw_sign(frame, &verdict, x, baseline - (line + text_cap_height(px(frame, 13))) / 2, line);
    draw_text(frame->list, x + px(frame, 20), baseline, ALIGN_LEFT, verdict_style(frame), verdict.first);
}

static void draw_verdict(const struct frame *frame, const struct duel_plan *plan, const struct table *table, const struct duel_legend *legend)
{
    struct text_style bold = verdict_style(frame), text = style(frame, FACE_REGULAR, 12, frame->theme->ink2);
    int line = px(frame, VERDICT_LINE), y = table->top + table->rows * table->row_h + px(frame, plan->count == 3 ? 3 : 5);
    int x = table->area.x + px(frame, 20), room = table->area.x + table->area.w - x, bottom = table->area.y + table->area.h;
    struct duel_verdict verdict = duel_verdict_make(frame, plan, true);
    if (text_width(frame->list->text, bold.face, bold.size, verdict.first) > room) {
        verdict = duel_verdict_make(frame, plan, false);
    }
    draw_sign(frame, &verdict, table->area.x, y, line);
    draw_text(frame->list, x, baseline_in(frame, y, line, 13), ALIGN_LEFT, bold, verdict.first);
    if (y + 2 * line <= bottom && text_width(frame->list->text, text.face, text.size, verdict.second) <= room) {
        draw_text(frame->list, x, baseline_in(frame, y + line, line, 12), ALIGN_LEFT, text, verdict.second);
        y += line;
    }
    y += line;
    if (!legend->above && y + 2 * px(frame, LEGEND_LINE) <= bottom) {
        duel_legend_below(frame, legend, rect_make(table->area.x, y, table->area.w, 2 * px(frame, LEGEND_LINE)));
        y += 2 * px(frame, LEGEND_LINE);
    }
    int lives = strip_legend_width(frame);
    if (!legend->lives && lives <= table->area.w && y + px(frame, LEGEND_LINE) <= bottom) {
        strip_legend_draw(frame, table->area.x - px(frame, 14), table->area.x + lives, y);
    }
}

static void subtitle(const struct frame *frame, const struct duel_plan *plan, char *out, size_t size)
{
    char hidden[2 * MODEL_LANES + 1] = "", words[80];
    *out = '\0';
    size_t used = 0;
    for (int lane = 0; lane < frame->lane_count; lane++) {
        if (!duel_shown(frame->state, frame->lane_count, lane)) {
            used += (size_t)snprintf(hidden + used, sizeof hidden - used, "%s%c", used ? " " : "", 'A' + lane);
        }
    }
    snprintf(words, sizeof words, tr(frame, WORD_DUEL_HIDDEN), hidden);
    const char *const parts[] = {plan->count > 1 ? tr(frame, WORD_DUEL_BEST) : "",
                                 plan->count > 1 && frame->state->duel.sorted ? tr(frame, WORD_DUEL_SORTED) : "", used ? words : ""};
    used = 0;
    for (int i = 0; i < 3; i++) {
        if (*parts[i]) {
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? " \u00b7 " : "", parts[i]);
        }
    }
}

void duel_score_draw(const struct frame *frame, const struct duel_plan *plan, const struct duel_legend *legend)
{
    const struct table table = table_make(frame, plan, legend);
    int apart = duel_verdict_apart(frame, plan);
    char words[160];
    subtitle(frame, plan, words, sizeof words);
    pane_title(frame, table.area.x, table.area.y, tr(frame, WORD_DUEL_SCORE), plan->count == 3 || !*words ? NULL : words);
    draw_header(frame, plan, &table);
    for (int row = 0; row < table.rows; row++) {
        draw_row(frame, plan, &table, row);
    }
    if (apart) {
        draw_verdict_apart(frame, plan, apart);
    } else {
        draw_verdict(frame, plan, &table, legend);
    }
}
