/* duel_legend.c: what the maps' colours mean, and the colouring that all maps share: one colour is one site in every lane.
 *
 * It stands on the chart's head where it fits there in one line, else in two lines under the verdict. Of sites and threads as many are
 * named as fit; only those have a colour of their own.
 */
#include <stdio.h>
#include <string.h>

#include "duel.h"

#define RAMP_NAMED 4

static void add(struct duel_legend *legend, const char *text, struct draw_style fill)
{
    legend->items[legend->count++] = (struct legend_item){text, fill, 0};
}

/* A text that has to be kept: the item points to it. */
static void add_kept(struct duel_legend *legend, const char *words, uint32_t colour)
{
    char *text = legend->texts[legend->text_count++];
    snprintf(text, sizeof legend->texts[0], "%s", words);
    add(legend, text, (struct draw_style){colour, 0, TILE_SOLID});
}

/* Four of the ramp's steps. */
static void add_ramp(const struct frame *frame, struct duel_legend *legend, enum colour_mode mode)
{
    static const int steps[RAMP_NAMED] = {0, 2, 4, RAMP_STEPS - 1};
    static const char *const sizes[RAMP_NAMED] = {"8 B", "64 B", "256 B", "4 KiB"};
    char words[48];
    uint64_t log = 0;
    while (((uint64_t)frame->models[0].count + 1) >> (log + 1)) {
        log++;
    }
    for (int i = 0; i < RAMP_NAMED; i++) {
        uint64_t least = ((uint64_t)steps[i] * (log + 1) + RAMP_STEPS - 1) / RAMP_STEPS; /* the first power of two that has this step */
        least = least > log ? log : least;
        if (mode == COLOUR_SIZE) {
            snprintf(words, sizeof words, "%s", sizes[i]);
        } else if (i == 0) {
            snprintf(words, sizeof words, "%s", tr(frame, WORD_STAGE_NEW));
        } else if (i + 1 < RAMP_NAMED) {
            snprintf(words, sizeof words, "%s", format_count(UINT64_C(1) << least).s);
        } else {
            snprintf(words, sizeof words, tr(frame, WORD_DUEL_EVENTS_OLD), format_count(UINT64_C(1) << least).s);
        }
        add_kept(legend, words, frame->theme->ramp[steps[i]]);
    }
}

/* "lua_newstate (liblua5.4.so)" becomes "lua_newstate": a legend has little room. */
static void add_category(const struct frame *frame, struct duel_legend *legend, int rank)
{
    const struct colouring *colouring = &legend->colouring;
    const char *const *names = colouring->mode == COLOUR_SITE ? frame->models[0].sites : frame->models[0].threads;
    const char *name = names[colouring->top[rank]];
    char words[20];
    size_t len = name ? strcspn(name, " ") : 0;
    len = len < sizeof words ? len : sizeof words - 1;
    while (len > 0 && name[len] && ((unsigned char)name[len] & 0xC0) == 0x80) {
        len--;
    }
    snprintf(words, sizeof words, "%.*s", (int)len, name ? name : "");
    add_kept(legend, name ? words : tr(frame, WORD_COLOUR_UNNAMED), frame->theme->category[rank]);
}

static void add_payload(const struct frame *frame, struct duel_legend *legend, int named)
{
    enum colour_mode mode = legend->colouring.mode;
    if (mode == COLOUR_KIND) {
        add(legend, trs(frame, kind_names[KIND_PAYLOAD]), frame->theme->kinds[KIND_PAYLOAD]);
    } else if (mode == COLOUR_SIZE || mode == COLOUR_AGE) {
        add_ramp(frame, legend, mode);
    } else {
        for (int i = 0; i < named; i++) {
            add_category(frame, legend, i);
        }
        add_kept(legend, tr(frame, WORD_COLOUR_OTHER), frame->theme->category[CATEGORIES - 1]);
        legend->colouring.top_count = named;
    }
}

static void fill(const struct frame *frame, const struct duel_plan *plan, struct duel_legend *legend, int named)
{
    bool pins = false;
    for (int i = 0; i < plan->count; i++) {
        pins = pins || pane_lane(frame, plan->lanes[i], frame->screen).pins.count > 0;
    }
    legend->count = legend->text_count = 0;
    add_payload(frame, legend, named);
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        if (kind != KIND_PAYLOAD) {
            add(legend, trs(frame, kind_names[kind]), legend->colouring.kinds[kind]);
        }
    }
    add(legend, tr(frame, WORD_KIND_LARGEST_HOLE), (struct draw_style){frame->theme->ok, 0, TILE_SOLID});
    if (pins) {
        add(legend, tr(frame, WORD_DUEL_PINS), (struct draw_style){frame->theme->fail, 0, TILE_SOLID});
    }
}

/* How many items, from the first, go into a line of that width. */
static int in_line(const struct frame *frame, const struct legend_item *items, int count, int width)
{
    int fit = count;
    while (fit > 0 && pane_legend_width(frame, items, fit) > width) {
        fit--;
    }
    return fit;
}

/* Where it stands; false if it does not fit. */
static bool settle(const struct frame *frame, const struct duel_plan *plan, struct duel_legend *legend)
{
    const char *subtitle = frame->screen->compact ? "" : trs(frame, "bytes");
    int title = text_width(frame->list->text, FACE_SEMIBOLD, px(frame, 13), tr(frame, WORD_DUEL_CHART)) + px(frame, 24) +
                text_width(frame->list->text, FACE_REGULAR, px(frame, 11), subtitle);
    legend->above = in_line(frame, legend->items, legend->count, plan->screen.budget_head.w - title) == legend->count;
    legend->first = in_line(frame, legend->items, legend->count, plan->score.w);
    int half = (legend->count + 1) / 2, width = plan->score.w;
    if (legend->first < legend->count && half < legend->first && in_line(frame, legend->items + half, legend->count - half, width) ==
        legend->count - half) { /* two lines of about the same length */
        legend->first = half;
    }
    int rest = legend->count - legend->first;
    return legend->above || (plan->count != 3 && in_line(frame, legend->items + legend->first, rest, plan->score.w) == rest);
}

void duel_legend_make(const struct frame *frame, const struct duel_plan *plan, struct duel_legend *legend)
{
    legend->colouring = colouring_make(frame->theme, &frame->models[0], frame->state->colour);
    int named = legend->colouring.top_count;
    fill(frame, plan, legend, named);
    while (!settle(frame, plan, legend) && named > 0) {
        named--;
        fill(frame, plan, legend, named);
    }
}

void duel_legend_above(const struct frame *frame, const struct duel_legend *legend, int left, int right, int y)
{
    pane_legend(frame, left, right, y, legend->items, legend->count);
}

void duel_legend_below(const struct frame *frame, const struct duel_legend *legend, struct rect area)
{
    int rest = legend->count - legend->first, left = area.x - px(frame, 14), line = area.h / 2;
    pane_legend(frame, left, area.x + pane_legend_width(frame, legend->items, legend->first), area.y, legend->items, legend->first);
    pane_legend(frame, left, area.x + pane_legend_width(frame, legend->items + legend->first, rest), area.y + line,
                legend->items + legend->first, rest);
}
