/* why_head.c: the headline, the sentence below it, and the figure of external fragmentation. */
#include <stdio.h>
#include <string.h>

#include "why.h"

#define HEADLINE 20
#define SENTENCE 15
#define SENTENCE_SMALL 13

static void headline(const struct frame *frame, const struct why *why, char *words, size_t size)
{
    static const enum word heads[] = {[WHY_FAILED] = WORD_WHY_FAILED, [WHY_SERVED] = WORD_WHY_SERVED, [WHY_FREED] = WORD_WHY_FREED};
    const char *policy = frame->model->policy_name;
    const struct text_number event = format_count(frame->model->event);
    switch (why->kind) {
    case WHY_START: snprintf(words, size, "%s", tr(frame, WORD_WHY_START)); break;
    case WHY_NOTHING: snprintf(words, size, tr(frame, WORD_WHY_NOTHING), policy, event.s); break;
    default: snprintf(words, size, tr(frame, heads[why->kind]), policy, format_bytes(why->wanted).s, event.s); break;
    }
}

static uint32_t largest_run(const struct model_bins *bins)
{
    uint32_t largest = 0;
    for (uint32_t i = 0; i < bins->block_count; i++) {
        largest = bins->blocks[i].bytes > largest ? bins->blocks[i].bytes : largest;
    }
    return largest;
}

/* What every slab there is takes, so that a new one would take it too; 0: they differ. */
static uint32_t slab_takes(const struct model_bins *bins)
{
    for (uint32_t i = 1; i < bins->slab_count; i++) {
        if (bins->slabs[i].bytes != bins->slabs[0].bytes) {
            return 0;
        }
    }
    return bins->slab_count > 0 ? bins->slabs[0].bytes : 0;
}

/* Slots of one size: what they hold and how many are taken; of several sizes: what is left outside them. */
static void slots_sentence(const struct frame *frame, const struct why *why, char *words, size_t size)
{
    const struct model_bins *bins = &frame->model->bins;
    uint64_t all = 0, used = 0;
    uint32_t most = 0, run = largest_run(bins), takes = slab_takes(bins);
    bool several = false;
    for (uint32_t i = 0; i < bins->slab_count; i++) {
        several = several || bins->slabs[i].slot_bytes != bins->slabs[0].slot_bytes;
        all += bins->slabs[i].slots;
        used += bins->slabs[i].used;
        most = bins->slabs[i].slot_bytes > most ? bins->slabs[i].slot_bytes : most;
    }
    if (several && run == 0 && why->wanted <= most) {
        snprintf(words, size, tr(frame, WORD_WHY_SLABS_ONLY), format_bytes(why->free).s, format_bytes(frame->model->arena_bytes).s);
    } else if (run > 0 && run >= why->wanted && takes > run) { /* it would fit there, were it not served from slabs */
        snprintf(words, size, tr(frame, WORD_WHY_SLAB_TAKES), format_bytes(why->wanted).s, format_bytes(takes).s, format_bytes(run).s);
    } else if (several || (bins->block_count > 0 && bins->blocks[0].bytes != most)) { /* there is memory outside slots */
        snprintf(words, size, tr(frame, WORD_WHY_SLABS_FULL), format_bytes(why->free).s, format_bytes(frame->model->arena_bytes).s,
                 format_bytes(run).s);
    } else if (why->wanted > most) {
        snprintf(words, size, tr(frame, WORD_WHY_SLOTS), format_bytes(most).s, format_bytes(why->wanted).s);
    } else {
        snprintf(words, size, tr(frame, WORD_WHY_SLOTS_TAKEN), format_count(used).s, format_count(all).s, format_bytes(why->wanted).s);
    }
}

static void failure_sentence(const struct frame *frame, const struct why *why, char *words, size_t size)
{
    char times[80] = "";
    const struct model_bins *bins = &frame->model->bins;
    const struct text_number free = format_bytes(why->free), arena = format_bytes(frame->model->arena_bytes), holes = format_count(why->holes),
                             largest = format_bytes(why->largest);
    if (bins->kind == MODEL_BINS_SLABS && bins->slab_count > 0 && why->gross == 0) {
        slots_sentence(frame, why, words, size);
    } else if (why->free == 0) {
        uint64_t lost = frame->model->kind_bytes[KIND_RESERVED];
        if (lost >= why_needs(why)) {
            snprintf(words, size, tr(frame, WORD_WHY_LOST), arena.s, format_bytes(lost).s);
        } else {
            snprintf(words, size, tr(frame, WORD_WHY_NOTHING_FREE), arena.s);
        }
    } else if (why_needs(why) > why->free) {
        snprintf(words, size, tr(frame, WORD_WHY_FULL), free.s, arena.s, format_bytes(why_needs(why) - why->free).s);
    } else if (why->gross == 0) {
        snprintf(words, size, tr(frame, WORD_WHY_UNKNOWN), free.s, arena.s, holes.s, largest.s);
    } else if (why->gross <= why->largest) {
        snprintf(words, size, tr(frame, WORD_WHY_MISSED), free.s, arena.s, holes.s, largest.s);
    } else {
        if (why->free / why->gross >= 2) {
            snprintf(times, sizeof times, tr(frame, WORD_WHY_TIMES), format_count(why->free / why->gross).s);
        }
        snprintf(words, size, tr(frame, WORD_WHY_PIECES), free.s, arena.s, times, holes.s, largest.s, format_bytes(why->gross - why->largest).s);
    }
}

static void service_sentence(const struct frame *frame, const struct why *why, char *words, size_t size)
{
    const struct model *model = frame->model;
    static uint32_t offsets[WHY_VISITS_KNOWN]; /* scratch of one call */
    const struct text_number visits = format_count(why->visits), at = why_address(frame, model->search.placed);
    if (why->taken.bytes == 0) {
        bool stays = why->block != MODEL_NONE && model->blocks[why->block].birth < model->event && why->moved_from == MODEL_NONE;
        enum word word = !stays ? WORD_WHY_PLACED : why->visits > 0 ? WORD_WHY_STAYS : WORD_WHY_IN_PLACE;
        snprintf(words, size, tr(frame, word), at.s, format_bytes(why->gross).s, visits.s);
        return;
    }
    uint32_t pieces = 0;
    struct why_holes holes = why_holes_begin(model, why);
    struct model_place hole;
    while (why_holes_next(&holes, &hole)) {
        pieces++;
    }
    uint32_t once = why->visits > WHY_VISITS_KNOWN ? why->visits : (uint32_t)why_visited(&model->search, offsets); /* some look twice */
    const struct text_number visited = format_count(once < pieces ? once : pieces);
    const struct text_number all = format_count(pieces), bytes = format_bytes(why->taken.bytes), where = why_address(frame, why->taken.off);
    if (why->moved_from != MODEL_NONE) {
        snprintf(words, size, tr(frame, WORD_WHY_MOVED), why_address(frame, why->moved_from).s, visited.s, all.s, bytes.s, where.s);
    } else if (why->over > 0) {
        snprintf(words, size, tr(frame, WORD_WHY_TOOK), visited.s, all.s, bytes.s, where.s, format_bytes(why->over).s);
    } else {
        snprintf(words, size, tr(frame, WORD_WHY_TOOK_ALL), visited.s, all.s, bytes.s, where.s);
    }
}

static void free_sentence(const struct frame *frame, const struct why *why, char *words, size_t size)
{
    const struct model_life *freed = why->freed;
    const struct text_number own = format_bytes(freed->size);
    if (why->merged.bytes == 0) {
        snprintf(words, size, tr(frame, WORD_WHY_KEPT), own.s);
    } else if (why->merged.bytes <= freed->size) {
        snprintf(words, size, tr(frame, WORD_WHY_ALONE), own.s, format_bytes(why->free).s, format_bytes(frame->model->arena_bytes).s);
    } else {
        uint32_t before = freed->off > why->merged.off ? freed->off - why->merged.off : 0, end = before + freed->size;
        uint32_t behind = end < why->merged.bytes ? why->merged.bytes - end : 0;
        const struct text_number all = format_bytes(why->merged.bytes);
        if (before > 0 && behind > 0) {
            snprintf(words, size, tr(frame, WORD_WHY_MERGED), own.s, format_bytes(before).s, format_bytes(behind).s, all.s);
        } else {
            snprintf(words, size, tr(frame, before > 0 ? WORD_WHY_MERGED_BEFORE : WORD_WHY_MERGED_BEHIND), own.s,
                     format_bytes(before + behind).s, all.s);
        }
    }
}

static void sentence(const struct frame *frame, const struct why *why, char *words, size_t size)
{
    switch (why->kind) {
    case WHY_START:
        snprintf(words, size, tr(frame, WORD_WHY_START_SAYS), format_bytes(why->free).s, format_bytes(frame->model->arena_bytes).s);
        break;
    case WHY_NOTHING:
        if (why->phase) {
            snprintf(words, size, tr(frame, WORD_WHY_PHASE_SAYS), why->phase);
        } else {
            snprintf(words, size, "%s", tr(frame, WORD_WHY_NOTHING_SAYS));
        }
        break;
    case WHY_FAILED: failure_sentence(frame, why, words, size); break;
    case WHY_SERVED: service_sentence(frame, why, words, size); break;
    case WHY_FREED: free_sentence(frame, why, words, size); break;
    }
}

/* Bytes of the longest beginning that fits and ends before a word or at a Chinese character. */
static size_t break_at(const struct frame *frame, struct text_style text, const char *words, int width)
{
    char part[400];
    size_t best = 0;
    for (size_t i = 1; words[i]; i++) {
        if (!words_may_break(words, i)) {
            continue;
        }
        snprintf(part, sizeof part, "%.*s", (int)i, words);
        if (why_width(frame, text, part) > width) {
            break;
        }
        best = i;
    }
    return best;
}

/* One line at its size; else smaller, on two lines, the second ended by an ellipsis if even that is too long. */
static void draw_sentence(const struct frame *frame, const char *words, int x, int y, int width)
{
    char line[400];
    struct text_style text = style(frame, FACE_REGULAR, SENTENCE, frame->theme->ink2);
    if (why_width(frame, text, words) <= width) {
        draw_text(frame->list, x, y + px(frame, 8), ALIGN_LEFT, text, words);
        return;
    }
    text.size = px(frame, SENTENCE_SMALL);
    size_t cut = why_width(frame, text, words) <= width ? strlen(words) : break_at(frame, text, words, width);
    snprintf(line, sizeof line, "%.*s", (int)cut, words);
    draw_text(frame->list, x, y + px(frame, 3), ALIGN_LEFT, text, line);
    words += cut + (words[cut] == ' ');
    if (*words) {
        pane_fit_text(frame, text, words, width, line, sizeof line);
        draw_text(frame->list, x, y + px(frame, 18), ALIGN_LEFT, text, line);
    }
}

/* 1 - largest / free with both numbers; returns its width. */
static int draw_figure(const struct frame *frame, const struct why *why, int right, int y)
{
    char formula[100];
    bool scattered = why->kind == WHY_FAILED && why_needs(why) <= why->free; /* else it failed, but not because of this */
    uint32_t colour = scattered ? frame->theme->fail : frame->theme->ink;
    struct text_style figure = style(frame, FACE_MONO_BOLD, 28, colour), name = style(frame, FACE_REGULAR, 12, frame->theme->ink3),
                      mono = style(frame, FACE_MONO, 12, frame->theme->ink2);
    char percent[FORMAT_MAX];
    snprintf(percent, sizeof percent, "%s", format_percent(why->free - why->largest, why->free).s);
    int n = snprintf(formula, sizeof formula, "1 \u2212 %s", format_count(why->largest).s);
    snprintf(formula + n, sizeof formula - (size_t)n, " / %s", format_count(why->free).s);
    int w = draw_text(frame->list, right, y + px(frame, 30), ALIGN_RIGHT, figure, percent);
    if (why->free == 0) {
        snprintf(formula, sizeof formula, "%s", tr(frame, WORD_SIDE_NOTHING_FREE)); /* no share of nothing */
        mono.face = FACE_REGULAR;
    }
    int under = draw_text(frame->list, right, y + px(frame, 52), ALIGN_RIGHT, mono, formula) + px(frame, 8);
    under += draw_text(frame->list, right - under, y + px(frame, 52), ALIGN_RIGHT, name, tr(frame, WORD_WHY_FIGURE));
    return w > under ? w : under;
}

void why_head_draw(const struct frame *frame, const struct why *why, struct rect area)
{
    char words[400], shown[400];
    struct text_style head = style(frame, FACE_SEMIBOLD, HEADLINE, frame->theme->ink);
    int used = draw_figure(frame, why, area.x + area.w, area.y), room = area.w - used - px(frame, 24), x = area.x;
    if (why->kind == WHY_FAILED) {
        int side = px(frame, 18);
        draw_shape(frame->list, SHAPE_DIAMOND, rect_make(x, area.y + px(frame, 21) - side / 2, side, side), frame->theme->fail);
        x += px(frame, 28);
    } else if (why->kind == WHY_SERVED) {
        int side = px(frame, 16);
        draw_shape(frame->list, SHAPE_CHECK, rect_make(x, area.y + px(frame, 21) - side / 2, side, side), frame->theme->ok);
        x += px(frame, 28);
    }
    headline(frame, why, words, sizeof words);
    pane_fit_text(frame, head, words, area.x + room - x, shown, sizeof shown);
    draw_text(frame->list, x, area.y + px(frame, 28), ALIGN_LEFT, head, shown);
    sentence(frame, why, words, sizeof words);
    draw_sentence(frame, words, area.x, area.y + px(frame, 46), room);
}
