/* map_pane.c: the heap map, address by rows.
 *
 * From 3 px for 8 bytes on, every span is drawn apart, at least 1 px wide, with 1 px of ground behind each block of 4 px or more.
 * Below that a pixel is the byte-weighted mix of its kinds in linear light, without a pattern, painted once a change; so one huge
 * block or a million small ones cost the same a frame.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "colouring.h"
#include "light.h"
#include "map_bits.h"
#include "map_kinds.h"
#include "map_marks.h"
#include "pane.h"

#define GRANULE_PX_APART 3.0
#define SEGMENT_H 19
#define DIMMED 72 /* percent to the ground, of what is not in question */

struct map_cache {
    struct light light;
    struct light_rgb *sums;  /* grid.width x grid.rows: light by pixel, where blocks have colours of their own */
    uint32_t *flat;          /* the same as colours */
    bool *rows;              /* those that were painted anew */
    struct draw_image tall;  /* these, each line repeated to the row's height */
    const struct model *of;
    uint32_t spans_version, run_version;
    struct map_grid grid;
    enum theme_id theme;
    enum colour_mode colour;
    uint32_t range_from, range_to; /* VIEW_NO_EVENT: no range */
    bool valid;
};

bool map_mixes(const struct map_grid *grid) { return grid->granule_px < GRANULE_PX_APART; }

struct map_cache *map_cache_new(void)
{
    struct map_cache *cache = calloc(1, sizeof *cache);
    if (cache) {
        light_init(&cache->light);
    }
    return cache;
}

void map_cache_free(struct map_cache *cache)
{
    if (!cache) {
        return;
    }
    free(cache->tall.pixels);
    free(cache->sums);
    free(cache->flat);
    free(cache->rows);
    free(cache);
}

/* ---- spans drawn apart ---- */

/* With a range A to B, blocks that were not born in it step back. */
static bool steps_back(const struct frame *frame, const struct model_block *block)
{
    const struct view_state *state = frame->state;
    return frame->screen->range_report && range_shown(state) && (block->birth <= state->range_from || block->birth > state->range_to);
}

static struct draw_style span_style(const struct frame *frame, const struct colouring *colouring, const struct model_span *span)
{
    struct draw_style out = colouring->kinds[span->kind];
    if (span->block == MODEL_NONE) {
        return out;
    }
    const struct model_block *block = &colouring->model->blocks[span->block];
    if (span->kind == KIND_PAYLOAD) {
        out.fill = out.mark = colouring_payload(colouring, block);
    }
    if (steps_back(frame, block)) {
        out.fill = colour_mix(out.fill, colouring->theme->well, DIMMED);
        out.mark = colour_mix(out.mark, colouring->theme->well, DIMMED);
    }
    return out;
}

static void draw_label(const struct frame *frame, const struct model_block *block, struct rect piece, uint32_t fill, const struct tags *tags)
{
    if (piece.h < px(frame, 13)) {
        return;
    }
    struct text_number label = format_count(block->requested);
    int w = text_width(frame->list->text, FACE_MONO, px(frame, 11), label.s);
    struct rect place = rect_make(piece.x + px(frame, 5), piece.y, w, piece.h);
    if (w + px(frame, 8) > piece.w) {
        return;
    }
    if (map_marks_covered(frame, tags, place)) {
        return; /* no label half under a tag */
    }
    draw_text(frame->list, place.x, baseline_in(frame, piece.y, piece.h, 11), ALIGN_LEFT,
              style(frame, FACE_MONO, 11, theme_label_ink(fill)), label.s);
}

/* Draws one span, row by row; `closes`: its block ends with it. */
static void draw_span(const struct frame *frame, const struct colouring *colouring, const struct model_span *span, bool closes,
                      const struct tags *tags)
{
    const struct map_grid *grid = &frame->screen->grid;
    struct draw_style look = span_style(frame, colouring, span);
    bool labelled = span->kind != KIND_PAYLOAD;
    uint64_t end = (uint64_t)span->off + span->size, window_end = (uint64_t)grid->first + grid->bytes;
    uint32_t from = span->off < grid->first ? grid->first : span->off;
    end = end > window_end ? window_end : end;
    while (from < end) {
        int row = grid_row(grid, from);
        uint64_t row_first = (uint64_t)grid->first + (uint64_t)row * grid->row_bytes;
        uint64_t row_end = row_first + grid->row_bytes < end ? row_first + grid->row_bytes : end;
        int x0 = grid_x(grid, (uint32_t)(from - row_first)), x1 = grid_x(grid, (uint32_t)(row_end - row_first));
        int y = grid->y + row * grid->pitch;
        struct rect piece = rect_make(x0, y, x1 > x0 ? x1 - x0 : 1, grid->pitch - grid->gap);
        draw_pattern(frame->list, piece, look, frame->screen->unit, grid->x, y);
        if (closes && row_end == end && piece.w >= 4) {
            draw_fill(frame->list, rect_make(x1 - 1, y, 1, piece.h), frame->theme->well);
        }
        if (!labelled) {
            draw_label(frame, &frame->model->blocks[span->block], piece, look.fill, tags);
            labelled = piece.w > px(frame, 24);
        }
        from = (uint32_t)row_end;
    }
}

/* A block of several narrow spans (header 2 px, payload 3 px, slack 2 px) is closed by ground only if its last span can spare a pixel. */
static void draw_apart(const struct frame *frame, const struct colouring *colouring, const struct tags *tags)
{
    const struct model *model = frame->model;
    uint32_t first = model_span_at(model, frame->screen->grid.first);
    uint64_t window_end = (uint64_t)frame->screen->grid.first + frame->screen->grid.bytes;
    for (uint32_t i = first == MODEL_NONE ? 0 : first; i < model->span_count && model->spans[i].off < window_end; i++) {
        const struct model_span *span = &model->spans[i];
        bool closes = span->block != MODEL_NONE && (i + 1 == model->span_count || model->spans[i + 1].block != span->block);
        draw_span(frame, colouring, span, closes, tags);
    }
}

/* ---- mixed pixels ---- */

static bool mix_prepare(struct map_cache *cache, const struct map_grid *grid)
{
    size_t pixels = (size_t)grid->width * (size_t)grid->rows, fill_h = (size_t)(grid->pitch - grid->gap);
    free(cache->tall.pixels);
    free(cache->sums);
    free(cache->flat);
    free(cache->rows);
    cache->sums = malloc((pixels + 1) * sizeof *cache->sums);
    cache->flat = malloc((pixels + 1) * sizeof *cache->flat);
    cache->rows = malloc(((size_t)grid->rows + 1) * sizeof *cache->rows);
    cache->tall = (struct draw_image){grid->width, grid->rows * (int)fill_h, malloc((pixels * fill_h + 1) * sizeof(uint32_t))};
    return cache->sums && cache->flat && cache->rows && cache->tall.pixels;
}

/* Adds a span to the pixels that it touches: positions in pixels from the map's start, row after row. */
static void mix_span(struct map_cache *cache, const struct map_grid *grid, const struct model_span *span, struct light_rgb colour)
{
    double px_a_byte = (double)grid->width / grid->row_bytes, off = (double)span->off - grid->first;
    double from = off * px_a_byte, to = (off + span->size) * px_a_byte, all = (double)grid->width * grid->rows;
    from = from < 0 ? 0 : from;
    to = to > all ? all : to;
    size_t first = (size_t)from, last = (size_t)to;
    if (first == last) {
        if (to > from) {
            light_add(&cache->sums[first], colour, (float)(to - from));
        }
        return;
    }
    light_add(&cache->sums[first], colour, (float)((double)first + 1 - from));
    for (size_t i = first + 1; i < last; i++) {
        cache->sums[i] = colour;
    }
    if (to > (double)last) {
        light_add(&cache->sums[last], colour, (float)(to - (double)last));
    }
}

static void mix_spans(struct map_cache *cache, const struct frame *frame, const struct colouring *colouring)
{
    const struct model *model = frame->model;
    const struct map_grid *grid = &frame->screen->grid;
    uint64_t window_end = (uint64_t)grid->first + grid->bytes;
    uint32_t first = model_span_at(model, grid->first);
    size_t pixels = (size_t)grid->width * (size_t)grid->rows;
    for (size_t i = 0; i < pixels; i++) {
        cache->sums[i] = (struct light_rgb){0, 0, 0};
    }
    for (uint32_t i = first == MODEL_NONE ? 0 : first; i < model->span_count && model->spans[i].off < window_end; i++) {
        mix_span(cache, grid, &model->spans[i], light_of(&cache->light, span_style(frame, colouring, &model->spans[i]).fill));
    }
    struct model_span rest = {(uint32_t)(window_end > UINT32_MAX ? UINT32_MAX : window_end),
                              (uint32_t)((uint64_t)grid->rows * grid->row_bytes - grid->bytes), MODEL_NONE, KIND_FREE};
    mix_span(cache, grid, &rest, light_of(&cache->light, frame->theme->well));
    for (size_t i = 0; i < pixels; i++) {
        cache->flat[i] = light_pack(&cache->light, cache->sums[i]);
    }
}

/* `changed`: the picture is of this heap as it was at the cache's spans_version, and what changed is known. */
static void mix_paint(struct map_cache *cache, const struct frame *frame, const struct colouring *colouring, bool changed)
{
    const struct map_grid *grid = &frame->screen->grid;
    struct map_kinds kinds = {.model = frame->model, .grid = grid, .light = &cache->light};
    bool by_kind = colouring->mode == COLOUR_KIND && !(frame->screen->range_report && range_shown(frame->state));
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        kinds.colours[kind] = colouring->kinds[kind].fill;
    }
    kinds.colours[KIND_COUNT] = frame->theme->well;
    memset(cache->rows, !changed, (size_t)grid->rows * sizeof *cache->rows);
    if (!by_kind) {
        mix_spans(cache, frame, colouring);
    } else if (changed) {
        map_kinds_update(&kinds, cache->spans_version, cache->flat, cache->rows);
    } else {
        map_kinds_fill(&kinds, 0, (uint64_t)grid->width * (uint64_t)grid->rows, cache->flat);
    }
    size_t w = (size_t)grid->width, fill_h = (size_t)(grid->pitch - grid->gap);
    for (size_t row = 0; row < (size_t)grid->rows; row++) {
        for (size_t y = 0; y < fill_h && cache->rows[row]; y++) {
            memcpy(cache->tall.pixels + (row * fill_h + y) * w, cache->flat + row * w, w * sizeof *cache->flat);
        }
    }
}

static bool grid_equal(const struct map_grid *a, const struct map_grid *b)
{
    return a->first == b->first && a->bytes == b->bytes && a->row_bytes == b->row_bytes && a->rows == b->rows && a->pitch == b->pitch &&
           a->width == b->width;
}

static void draw_mixed(const struct frame *frame, struct map_cache *cache, const struct colouring *colouring)
{
    const struct map_grid *grid = &frame->screen->grid;
    const struct model *model = frame->model;
    bool range = frame->screen->range_report && range_shown(frame->state);
    uint32_t from = range ? frame->state->range_from : VIEW_NO_EVENT, to = range ? frame->state->range_to : VIEW_NO_EVENT;
    bool same = cache->valid && cache->range_from == from && cache->range_to == to && cache->of == model &&
                cache->run_version == model->run_version && cache->theme == frame->state->theme && cache->colour == colouring->mode &&
                grid_equal(&cache->grid, grid);
    if (!same || cache->spans_version != model->spans_version) {
        cache->valid = same || mix_prepare(cache, grid);
        if (!cache->valid) {
            return;
        }
        mix_paint(cache, frame, colouring, same && model->zones && colouring->mode == COLOUR_KIND && !range);
        cache->of = model;
        cache->spans_version = model->spans_version;
        cache->run_version = model->run_version;
        cache->theme = frame->state->theme;
        cache->colour = colouring->mode;
        cache->range_from = from;
        cache->range_to = to;
        cache->grid = *grid;
    }
    int fill_h = grid->pitch - grid->gap;
    for (int row = 0; row < grid->rows; row++) {
        draw_image(frame->list, grid->x, grid->y + row * grid->pitch, &cache->tall, rect_make(0, row * fill_h, grid->width, fill_h));
    }
}

/* ---- head and gutter ---- */

static void row_words(const struct frame *frame, char *words, size_t size)
{
    const struct map_grid *grid = &frame->screen->grid;
    struct text_number row = format_size(grid->row_bytes);
    if (grid->granule_px >= GRANULE_PX_APART && grid->granule_px < 64) {
        int tenths = (int)(grid->granule_px * 10 + 0.5);
        if (tenths % 10) {
            snprintf(words, size, tr(frame, WORD_MAP_SCALE_TENTHS), row.s, tenths / 10, tenths % 10);
        } else {
            snprintf(words, size, tr(frame, WORD_MAP_SCALE_EIGHT), row.s, tenths / 10);
        }
    } else if (grid->granule_px >= GRANULE_PX_APART) {
        snprintf(words, size, tr(frame, WORD_MAP_SCALE_BYTE), row.s, (int)(grid->granule_px / 8));
    } else {
        double bytes = 8.0 / grid->granule_px;
        snprintf(words, size, tr(frame, WORD_MAP_SCALE_MANY), row.s, format_bytes((uint64_t)(bytes + 0.5)).s);
    }
}

static void grid_words(const struct frame *frame, char *words, size_t size)
{
    const struct map_grid *grid = &frame->screen->grid;
    char row[160];
    row_words(frame, row, sizeof row);
    if (frame->screen->bits_from > 0) {
        size_t used = strlen(row);
        snprintf(row + used, sizeof row - used, tr(frame, WORD_MAP_BITS_FROM), format_size(frame->screen->bits_from).s);
    }
    if (grid->bytes < frame->model->arena_bytes) {
        snprintf(words, size, tr(frame, WORD_MAP_PART), format_size(grid->bytes).s, format_size(frame->model->arena_bytes).s, row);
    } else {
        snprintf(words, size, "%s", row);
    }
}

/* The segmented choice of colour modes; a mode that the trace cannot serve is struck through. Returns its left edge. */
static int draw_colour_modes(const struct frame *frame)
{
    const struct theme *theme = frame->theme;
    int pad = px(frame, 8), width = 0, widths[COLOUR_COUNT];
    for (int i = 0; i < COLOUR_COUNT; i++) {
        widths[i] = text_width(frame->list->text, FACE_SEMIBOLD, px(frame, 11), trs(frame, colour_mode_names[i])) + 2 * pad;
        width += widths[i];
    }
    int h = px(frame, SEGMENT_H), y = frame->screen->map_head.y + px(frame, 1);
    int left = frame->screen->map.x + frame->screen->map.w - width, x = left;
    draw_fill(frame->list, rect_make(x, y, width, h), theme->surface);
    for (int i = 0; i < COLOUR_COUNT; i++) {
        bool chosen = frame->state->colour == (enum colour_mode)i, serves = colouring_serves(frame->model, (enum colour_mode)i);
        if (chosen) {
            draw_fill(frame->list, rect_make(x, y, widths[i], h), theme->ink);
        }
        uint32_t ink = chosen ? theme->bg : serves ? theme->ink2 : theme->ink3;
        int baseline = baseline_in(frame, y, h, 11);
        int w = draw_text(frame->list, x + widths[i] / 2, baseline, ALIGN_CENTRE,
                          style(frame, chosen ? FACE_SEMIBOLD : FACE_REGULAR, 11, ink), trs(frame, colour_mode_names[i]));
        if (!serves) {
            draw_fill(frame->list, rect_make(x + (widths[i] - w) / 2 - px(frame, 2), baseline - px(frame, 4), w + px(frame, 4), 1), ink);
        }
        pane_hit(frame, rect_make(x, y, widths[i], h), HIT_COLOUR, (uint32_t)i);
        x += widths[i];
    }
    draw_frame(frame->list, rect_make(left, y, width, h), 1, theme->line2);
    return left;
}

/* Returns its left edge. */
static int draw_ramp(const struct frame *frame, enum colour_mode mode, int right)
{
    struct text_style words = style(frame, FACE_REGULAR, 11, frame->theme->ink3);
    int baseline = frame->screen->map_head.y + px(frame, 14), step = px(frame, 14), h = px(frame, 10);
    char most[48];
    if (mode == COLOUR_SIZE) {
        snprintf(most, sizeof most, "4 KiB");
    } else {
        enum word events = frame->model->count == 1 ? WORD_BLOCK_EVENT_COUNT : WORD_BLOCK_EVENTS_COUNT;
        snprintf(most, sizeof most, tr(frame, events), format_count(frame->model->count).s);
    }
    int x = right - draw_text(frame->list, right, baseline, ALIGN_RIGHT, words, most) - px(frame, 6) - RAMP_STEPS * step;
    for (int i = 0; i < RAMP_STEPS; i++) {
        draw_fill(frame->list, rect_make(x + i * step, baseline - h + 1, step, h), frame->theme->ramp[i]);
    }
    x -= px(frame, 6);
    return x - draw_text(frame->list, x, baseline, ALIGN_RIGHT, words, mode == COLOUR_SIZE ? "8 B" : tr(frame, WORD_STAGE_NEW));
}

#define NAME_MOST 20 /* characters of a category in the legend */
#define NAME_LEAST 10
#define NAME_SIZE 48

static bool inside_character(char c) { return ((unsigned char)c & 0xC0) == 0x80; }

/* "lua_newstate (liblua5.4.so)" becomes "lua_newstate": a legend has little room. What is longer than `most` loses its middle, as names
 * often differ at their end only. */
static void short_name(const char *name, size_t most, char *out, size_t size)
{
    size_t len = strcspn(name, " ");
    if (len <= most) {
        snprintf(out, size, "%.*s", (int)len, name);
        return;
    }
    size_t head = (most - 1) * 3 / 5, tail = len - (most - 1 - head);
    while (head > 0 && inside_character(name[head])) {
        head--;
    }
    while (tail < len && inside_character(name[tail])) {
        tail++;
    }
    snprintf(out, size, "%.*s\u2026%.*s", (int)head, name, (int)(len - tail), name + tail);
}

/* How many categories with names of `most` characters have room before "other". */
static int categories_fit(const struct frame *frame, const struct colouring *colouring, int room, size_t most, char shown[][NAME_SIZE])
{
    const char *const *names = colouring->mode == COLOUR_SITE ? frame->model->sites : frame->model->threads;
    int count = 0, entry = px(frame, 30), size = px(frame, 11);
    room -= px(frame, 14) + entry + text_width(frame->list->text, FACE_REGULAR, size, tr(frame, WORD_COLOUR_OTHER));
    while (count < colouring->top_count) {
        const char *name = names[colouring->top[count]];
        short_name(name ? name : tr(frame, WORD_COLOUR_UNNAMED), most, shown[count], NAME_SIZE);
        room -= entry + text_width(frame->list->text, FACE_REGULAR, size, shown[count]);
        if (room < 0) {
            break;
        }
        count++;
    }
    return count;
}

/* The categories' names, largest first, then "other": only what the legend names keeps its colour. Names are cut as far as all seven
 * need it. */
static void draw_categories(const struct frame *frame, struct colouring *colouring, int left, int right)
{
    struct legend_item items[CATEGORIES];
    char shown[COLOURING_TOP][NAME_SIZE];
    size_t most = NAME_MOST;
    int count = categories_fit(frame, colouring, right - left, most, shown);
    while (count < colouring->top_count && most > NAME_LEAST) {
        most--;
        count = categories_fit(frame, colouring, right - left, most, shown);
    }
    for (int i = 0; i < count; i++) {
        items[i] = (struct legend_item){shown[i], {frame->theme->category[i], 0, TILE_SOLID}, 0};
    }
    colouring->top_count = count;
    items[count] = (struct legend_item){tr(frame, WORD_COLOUR_OTHER), {frame->theme->category[CATEGORIES - 1], 0, TILE_SOLID}, 0};
    pane_legend(frame, left, right, frame->screen->map_head.y, items, count + 1);
}

/* What the payload's colours mean, left of the modes, and what the policy's bits are, beside it: names of categories take all the room
 * that there is. */
static void draw_legends(const struct frame *frame, struct colouring *colouring, int left, int right)
{
    right -= px(frame, 14);
    if (colouring->mode == COLOUR_SITE || colouring->mode == COLOUR_THREAD) {
        draw_categories(frame, colouring, left, right);
        return;
    }
    if (colouring->mode != COLOUR_KIND) {
        right = draw_ramp(frame, colouring->mode, right) - px(frame, 14);
    }
    map_bits_legend(frame, left, right);
}

static void draw_gutter(const struct frame *frame)
{
    const struct map_grid *grid = &frame->screen->grid;
    int every = 1;
    while (every * grid->pitch < px(frame, 15)) {
        every *= 2;
    }
    for (int row = 0; row < grid->rows; row += every) {
        uint64_t address = frame->model->arena_base + grid->first + (uint64_t)row * grid->row_bytes;
        pane_gutter(frame, grid->y + row * grid->pitch + (grid->pitch - grid->gap) / 2, format_address(address).s, true);
    }
}

static void draw_head(const struct frame *frame, struct colouring *colouring)
{
    char words[200], shown[COLOURING_TOP][NAME_SIZE];
    const char *title = tr(frame, WORD_TITLE_MAP);
    int modes = draw_colour_modes(frame);
    grid_words(frame, words, sizeof words);
    int wide = text_width(frame->list->text, FACE_SEMIBOLD, px(frame, 13), title) + text_width(frame->list->text, FACE_REGULAR, px(frame, 11), words);
    int room = modes - frame->screen->map.x - wide - px(frame, 38);
    bool crowded = categories_fit(frame, colouring, room, NAME_MOST, shown) < colouring->top_count; /* the names need the subtitle's place */
    int after = pane_title(frame, frame->screen->map.x, frame->screen->map_head.y, title, crowded ? NULL : words);
    draw_legends(frame, colouring, after + px(frame, 14), modes);
}

static void draw_picture(const struct frame *frame, struct map_cache *cache, const struct colouring *colouring, const struct tags *tags)
{
    draw_fill(frame->list, frame->screen->map, frame->theme->well);
    if (!map_mixes(&frame->screen->grid)) {
        draw_apart(frame, colouring, tags);
        map_bits_draw(frame, tags);
    } else {
        draw_mixed(frame, cache, colouring);
    }
    pane_hit(frame, frame->screen->map, HIT_MAP, (uint32_t)frame->lane);
}

void map_pane_draw(const struct frame *frame, struct map_cache *cache)
{
    struct colouring colouring = colouring_make(frame->theme, frame->model, frame->state->colour);
    if (!frame->screen->stage) {
        draw_head(frame, &colouring);
    }
    const struct tags tags = map_marks_tags(frame);
    draw_picture(frame, cache, &colouring, &tags);
    if (!frame->screen->stage) {
        draw_gutter(frame);
    }
}

void map_picture_draw(const struct frame *frame, struct map_cache *cache, const struct colouring *colouring)
{
    draw_picture(frame, cache, colouring, &(struct tags){.count = 0});
}
