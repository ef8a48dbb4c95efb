/* overlays.c: what lies over the view on purpose: the help and the policy menu. */
#include "input.h"
#include "pane.h"

#include <stdio.h>

#define HELP_ROW 20
#define MENU_ROW 38
#define MENU_NAMES 200 /* behind the longest name, where the ideas stand beside the names */

void overlay_panel_draw(const struct frame *frame, struct rect area)
{
    draw_fill(frame->list, rect_inflate(area, frame->screen->unit), frame->theme->line2);
    draw_fill(frame->list, area, frame->theme->surface);
}

/* ---- help ---- */

#define HELP_COLUMNS 3
#define HELP_COLUMN 296
#define HELP_ENTRIES 96

/* All keys that hold now, the view's own first, and for each the column that it stands in. */
struct help { const struct key_binding *list[HELP_ENTRIES]; int column[HELP_ENTRIES], count, rows; };

static int group_rows(const struct help *help, int from)
{
    int rows = 2; /* the headline's */
    for (int i = from; i < help->count && (i == from || !help->list[i]->group); i++) {
        rows += help->list[i]->what != NULL;
    }
    return rows;
}

/* Do the groups fit into columns of `rows`, in order? Sets their columns. */
static bool help_fits(struct help *help, int rows)
{
    int column = 0, used = 0;
    for (int i = 0; i < help->count; i++) {
        if (help->list[i]->group) {
            int need = group_rows(help, i);
            if (used > 0 && used + need > rows) {
                column++;
                used = 0;
            }
            used += need;
            if (used > rows || column >= HELP_COLUMNS) {
                return false;
            }
        }
        help->column[i] = column;
    }
    return true;
}

/* Does the view use this binding's key itself, or do the same by another key? Then the view's own line tells it. */
static bool taken_by_view(const struct frame *frame, const struct key_binding *binding)
{
    for (uint32_t i = 0; i < frame->def->key_count; i++) {
        const struct key_binding *own = &frame->def->keys[i];
        if ((own->key == binding->key && own->mods == binding->mods) || own->action == binding->action) {
            return true;
        }
    }
    return false;
}

static struct help help_make(const struct frame *frame)
{
    struct help help = {.count = 0};
    for (uint32_t i = 0; i < frame->def->key_count && help.count < HELP_ENTRIES; i++) {
        help.list[help.count++] = &frame->def->keys[i];
    }
    for (uint32_t i = 0; i < input_key_count && help.count < HELP_ENTRIES; i++) {
        if (input_keys[i].group || !taken_by_view(frame, &input_keys[i])) { /* a group's first line is its headline too */
            help.list[help.count++] = &input_keys[i];
        }
    }
    while (help.rows < 2 * HELP_ENTRIES && !help_fits(&help, help.rows)) {
        help.rows++;
    }
    return help;
}

static int draw_help_group(const struct frame *frame, int x, int y, const char *name)
{
    int h = px(frame, 2 * HELP_ROW);
    draw_text(frame->list, x, y + h - px(frame, 7), ALIGN_LEFT, style(frame, FACE_SEMIBOLD, 13, frame->theme->ink), trs(frame, name));
    return y + h;
}

static int draw_help_key(const struct frame *frame, int x, int y, const struct key_binding *binding)
{
    int h = px(frame, HELP_ROW);
    pane_key(frame, x, y, h, binding->shown);
    draw_text(frame->list, x + px(frame, 88), baseline_in(frame, y, h, 12), ALIGN_LEFT, style(frame, FACE_REGULAR, 12, frame->theme->ink2),
              trs(frame, binding->what));
    return y + h;
}

static void draw_help_mouse(const struct frame *frame, struct rect panel)
{
    static const char *const lines[] = {"Point at a block for its facts, click to pin it. The wheel zooms the map, elsewhere it steps.",
                                        "Drag over strip, lanes or axis to go to an event; with Shift or the right button, to set the range A to B."};
    int y = panel.y + panel.h - px(frame, 50);
    draw_fill(frame->list, rect_make(panel.x + px(frame, 28), y - px(frame, 14), panel.w - px(frame, 56), 1), frame->theme->line);
    for (int i = 0; i < 2; i++) {
        draw_text(frame->list, panel.x + px(frame, 28), y + px(frame, 8 + 19 * i), ALIGN_LEFT,
                  style(frame, FACE_REGULAR, 12, frame->theme->ink3), trs(frame, lines[i]));
    }
}

void help_overlay_draw(const struct frame *frame)
{
    const struct screen *screen = frame->screen;
    struct help help = help_make(frame);
    int w = px(frame, 28 + HELP_COLUMNS * HELP_COLUMN), h = px(frame, 40 + help.rows * HELP_ROW + 84);
    struct rect panel = rect_make((screen->w - w) / 2, (screen->h - h) / 2, w, h);
    draw_layer(frame->list);
    draw_fill(frame->list, rect_make(0, 0, screen->w, screen->h), colour_alpha(frame->theme->well, 72));
    pane_hit(frame, rect_make(0, 0, screen->w, screen->h), HIT_OVERLAY, 0);
    overlay_panel_draw(frame, panel);
    draw_text(frame->list, panel.x + px(frame, 28), panel.y + px(frame, 38), ALIGN_LEFT, style(frame, FACE_SEMIBOLD, 20, frame->theme->ink),
              trs(frame, "All keys"));
    int y[HELP_COLUMNS];
    for (int i = 0; i < HELP_COLUMNS; i++) {
        y[i] = panel.y + px(frame, 40);
    }
    for (int i = 0; i < help.count; i++) {
        int column = help.column[i], x = panel.x + px(frame, 28 + column * HELP_COLUMN);
        if (help.list[i]->group) {
            y[column] = draw_help_group(frame, x, y[column], help.list[i]->group);
        }
        if (help.list[i]->what) {
            y[column] = draw_help_key(frame, x, y[column], help.list[i]);
        }
    }
    draw_help_mouse(frame, panel);
}

/* ---- policy menu ---- */

/* Does the policy run: in the lane that the menu changes, or, where it adds one, in any? */
static bool runs_in(const struct frame *frame, uint32_t policy)
{
    bool any = false;
    for (int i = 0; i < frame->lane_count; i++) {
        bool meant = frame->state->overlay == OVERLAY_ADD || i == view_lane(frame->state, frame->lane_count);
        any = any || (meant && frame->models[i].policy == policy);
    }
    return any;
}

void policy_menu_draw(const struct frame *frame)
{
    const struct model *model = frame->model;
    const struct theme *theme = frame->theme;
    bool adds = frame->state->overlay == OVERLAY_ADD;
    int row = px(frame, MENU_ROW), w = px(frame, 560), lines = (int)model->policy_count, x = px(frame, 220), title = adds ? px(frame, 30) : 0;
    int room = frame->screen->h - frame->screen->top.h - px(frame, 40) - title;
    if (lines * row > room) {
        row = px(frame, 22); /* many policies: the ideas stand beside the names */
        w = px(frame, MENU_NAMES + 540);
    }
    bool ideas = row > px(frame, 30);
    char idea[160], said[160];
    for (uint32_t i = 0; i < frame->hits->count; i++) {
        if (frame->hits->list[i].kind == HIT_POLICY) {
            x = frame->hits->list[i].area.x;
        }
    }
    x = x + w > frame->screen->w - px(frame, 12) ? frame->screen->w - px(frame, 12) - w : x;
    draw_layer(frame->list);
    pane_hit(frame, rect_make(0, 0, frame->screen->w, frame->screen->h), HIT_OVERLAY, 0);
    struct rect panel = rect_make(x, frame->screen->top.h, w, lines * row + title + px(frame, 12));
    overlay_panel_draw(frame, panel);
    if (adds) {
        struct text_style bold = style(frame, FACE_SEMIBOLD, 12, theme->ink);
        pane_fit_text(frame, bold, tr(frame, WORD_DUEL_ADD_TITLE), w - px(frame, 40), idea, sizeof idea);
        draw_text(frame->list, x + px(frame, 30), baseline_in(frame, panel.y + px(frame, 6), title, 12), ALIGN_LEFT, bold, idea);
    }
    for (int i = 0; i < lines; i++) {
        struct rect line = rect_make(panel.x, panel.y + px(frame, 6) + title + i * row, w, row);
        bool chosen = frame->state->menu_line == (uint32_t)i, now = runs_in(frame, (uint32_t)i);
        if (chosen) {
            draw_fill(frame->list, line, theme->kinds[KIND_PAYLOAD].fill);
        }
        uint32_t ink = chosen ? 0xFFFFFFFFu : theme->ink, soft = chosen ? 0xFFFFFFFFu : theme->ink3;
        int baseline = ideas ? line.y + px(frame, 16) : baseline_in(frame, line.y, row, 12);
        if (now) {
            draw_shape(frame->list, SHAPE_CHECK, rect_make(line.x + px(frame, 10), baseline - px(frame, 9), px(frame, 11), px(frame, 11)), ink);
        }
        draw_text(frame->list, line.x + px(frame, 30), baseline, ALIGN_LEFT, style(frame, FACE_MONO, 12, ink), model->policy_names[i]);
        if (model->policy_ideas && model->policy_ideas[i]) {
            struct text_style text = style(frame, FACE_REGULAR, 11, soft);
            int from = px(frame, ideas ? 30 : MENU_NAMES);
            tr_said(frame, model->policy_ideas[i], said, sizeof said);
            pane_fit_text(frame, text, said, w - from - px(frame, 10), idea, sizeof idea);
            draw_text(frame->list, line.x + from, ideas ? line.y + px(frame, 31) : baseline, ALIGN_LEFT, text, idea);
        }
        pane_hit(frame, line, HIT_POLICY_LINE, (uint32_t)i);
    }
}

/* ---- go to ---- */

void go_overlay_draw(const struct frame *frame)
{
    const struct theme *theme = frame->theme;
    const struct view_state *state = frame->state;
    int w = px(frame, 560), h = px(frame, 116), x, caret;
    struct rect panel = rect_make((frame->screen->w - w) / 2, frame->screen->top.h + px(frame, 40), w, h);
    char shown[160];
    draw_layer(frame->list);
    pane_hit(frame, rect_make(0, 0, frame->screen->w, frame->screen->h), HIT_OVERLAY, 0);
    overlay_panel_draw(frame, panel);
    draw_text(frame->list, panel.x + px(frame, 20), panel.y + px(frame, 28), ALIGN_LEFT, style(frame, FACE_SEMIBOLD, 15, theme->ink),
              tr(frame, WORD_GO_TITLE));
    struct rect line = rect_make(panel.x + px(frame, 20), panel.y + px(frame, 42), w - px(frame, 40), px(frame, 30));
    draw_fill(frame->list, line, theme->well);
    draw_frame(frame->list, line, frame->screen->unit, theme->line2);
    x = line.x + px(frame, 8);
    caret = x + draw_text(frame->list, x, baseline_in(frame, line.y, line.h, 14), ALIGN_LEFT, style(frame, FACE_MONO, 14, theme->ink), state->entry);
    draw_fill(frame->list, rect_make(caret + px(frame, 1), line.y + px(frame, 6), frame->screen->unit * 2, line.h - px(frame, 12)), theme->focus);
    struct text_style text = style(frame, FACE_REGULAR, 12, state->entry_note[0] ? theme->ink : theme->ink3);
    pane_fit_text(frame, text, state->entry_note[0] ? state->entry_note : tr(frame, WORD_GO_HINT), line.w, shown, sizeof shown);
    draw_text(frame->list, line.x, panel.y + px(frame, 97), ALIGN_LEFT, text, shown);
}
