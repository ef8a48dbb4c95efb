/* map_marks.c: the last pass over the map. Whatever is outlined is at least 1 px wide, even one byte in 16 MiB.
 *
 * An outline follows the silhouette of its shape over the rows: sides that go on in the next row stay open, and no line is drawn
 * between two rows that both belong to the shape.
 */
#include "map_marks.h"

#include <stdio.h>

#define FLASH_WHITE 45 /* percent of white on a new block, at first */

struct piece { int left, right, y; };

static struct piece piece_of(const struct map_grid *grid, uint32_t off, uint64_t end, int row)
{
    uint64_t row_first = (uint64_t)grid->first + (uint64_t)row * grid->row_bytes, row_end = row_first + grid->row_bytes;
    uint64_t from = off > row_first ? off : row_first, to = end < row_end ? end : row_end;
    int left = grid_x(grid, (uint32_t)(from - row_first)), right = grid_x(grid, (uint32_t)(to - row_first));
    return (struct piece){left, right > left ? right : left + 1, grid->y + row * grid->pitch};
}

/* Cuts [off, off + size) to the part of the heap that is shown; false if nothing is left. */
static bool cut_to_grid(const struct map_grid *grid, uint32_t *off, uint64_t *end)
{
    uint64_t window_end = (uint64_t)grid->first + grid->bytes;
    if (*off < grid->first) {
        *off = grid->first;
    }
    if (*end > window_end) {
        *end = window_end;
    }
    return *off < *end;
}

void map_outline(const struct frame *frame, uint32_t off, uint32_t size, int thick, uint32_t colour)
{
    const struct map_grid *grid = &frame->screen->grid;
    uint64_t end = (uint64_t)off + size;
    if (!cut_to_grid(grid, &off, &end)) {
        return;
    }
    int first = grid_row(grid, off), last = grid_row(grid, (uint32_t)(end - 1)), h = grid->pitch - grid->gap;
    thick *= frame->screen->unit;
    for (int row = first; row <= last; row++) {
        struct piece p = piece_of(grid, off, end, row);
        int top_right = p.right, low_left = p.left;
        int left = row == first ? p.left - thick : p.left, right = row == last ? p.right + thick : p.right;
        if (row > first) {
            int before = piece_of(grid, off, end, row - 1).left;
            top_right = before < p.right ? before : p.right + (row == last ? thick : 0);
        } else {
            top_right = row == last ? right : p.right;
        }
        if (row < last) {
            int after = piece_of(grid, off, end, row + 1).right;
            low_left = after > p.left ? after : left;
        } else {
            low_left = left;
        }
        draw_fill(frame->list, rect_make(left, p.y - thick, top_right - left, thick), colour);
        draw_fill(frame->list, rect_make(low_left, p.y + h, right - low_left, thick), colour);
        if (row == first) {
            draw_fill(frame->list, rect_make(left, p.y - thick, thick, h + 2 * thick), colour);
        }
        if (row == last) {
            draw_fill(frame->list, rect_make(p.right, p.y - thick, thick, h + 2 * thick), colour);
        }
    }
}

bool map_marks_covered(const struct frame *frame, const struct tags *tags, struct rect place)
{
    for (int i = 0; i < tags->count; i++) {
        const struct tag *tag = &tags->list[i];
        struct rect leader = rect_make(tag->leader_x - frame->screen->unit, tag->leader_y, 2 * frame->screen->unit, tag->leader_h);
        if (rect_overlaps(place, rect_inflate(tag->area, 2 * frame->screen->unit)) || rect_overlaps(place, leader)) {
            return true;
        }
    }
    return false;
}

/* Of a tag's text, in design pixels: larger in projector mode. */
static double tag_size(const struct frame *frame) { return frame->screen->stage ? 13 : 11; }

static bool covers_block(const struct map_grid *grid, struct rect area, const struct model_block *block)
{
    uint32_t off = block->off;
    uint64_t end = (uint64_t)off + block->size;
    if (!cut_to_grid(grid, &off, &end)) {
        return false;
    }
    int first = grid_row(grid, off), last = grid_row(grid, (uint32_t)(end - 1));
    int top = (area.y - grid->y) / grid->pitch, bottom = (area.y + area.h - grid->y) / grid->pitch;
    for (int row = top > first ? top : first; row <= last && row <= bottom; row++) {
        struct piece p = piece_of(grid, off, end, row);
        if (rect_overlaps(area, rect_make(p.left, p.y, p.right - p.left, grid->pitch - grid->gap))) {
            return true;
        }
    }
    return false;
}

static bool covers_pins(const struct frame *frame, struct rect area)
{
    uint32_t i = 0;
    while (i < frame->pins.count && !covers_block(&frame->screen->grid, area, &frame->model->blocks[frame->pins.first_block + i])) {
        i++;
    }
    return i < frame->pins.count;
}

/* Places a tag below its shape, or above where there is no room, another tag, or a pin that it would hide; over a pin only if there is
 * no other place. */
static void add_tag(const struct frame *frame, struct tags *tags, uint32_t off, uint32_t size, uint32_t edge, const char *text)
{
    const struct map_grid *grid = &frame->screen->grid;
    struct rect map = frame->screen->map;
    uint64_t end = (uint64_t)off + size;
    if (!cut_to_grid(grid, &off, &end)) {
        return;
    }
    int first_row = grid_row(grid, off), last_row = grid_row(grid, (uint32_t)(end - 1)), best_row = first_row;
    struct piece best = piece_of(grid, off, end, first_row);
    for (int row = first_row + 1; row <= last_row && row <= first_row + 1; row++) {
        struct piece p = piece_of(grid, off, end, row);
        if (p.right - p.left > best.right - best.left) {
            best = p;
            best_row = row;
        }
    }
    struct tag *tag = &tags->list[tags->count];
    int w = text_width(frame->list->text, FACE_MEDIUM, px(frame, tag_size(frame)), text) + px(frame, 12), h = px(frame, 19), away = px(frame, 8);
    int centre = (best.left + best.right) / 2, x = centre - w / 2, fill_h = grid->pitch - grid->gap;
    x = x < map.x ? map.x : x + w > map.x + map.w ? map.x + map.w - w : x;
    int below = best.y + fill_h + away, above = best.y - away - h;
    bool up = below + h > map.y + map.h || last_row > best_row;
    for (int turn = 0; turn < 4; turn++, up = !up) {
        int y = up ? above : below;
        struct rect area = rect_make(x, y, w, h);
        if ((turn < 2 && covers_pins(frame, area)) || y < map.y || y + h > map.y + map.h ||
            (tags->count && rect_overlaps(rect_inflate(area, 2), tags->list[0].area))) {
            continue;
        }
        *tag = (struct tag){.area = area, .edge = edge, .leader_x = centre, .leader_y = up ? y + h : best.y + fill_h, .leader_h = away};
        snprintf(tag->text, sizeof tag->text, "%s", text);
        tags->count++;
        return;
    }
}

struct tags map_marks_tags(const struct frame *frame)
{
    const struct model *model = frame->model;
    struct tags tags = {.count = 0};
    char text[64];
    if (frame->pins.count > 0) {
        snprintf(text, sizeof text, tr(frame, frame->pins.count == 1 ? WORD_TAG_PIN : WORD_TAG_PINS), (unsigned)frame->pins.count,
                 format_bytes(frame->pins.bytes).s);
        const struct model_block *pin = &model->blocks[frame->pins.first_block];
        add_tag(frame, &tags, pin->off, pin->size, frame->theme->fail, text);
    }
    if (model->failure.at_cursor && model->largest_bytes > 0) {
        snprintf(text, sizeof text, tr(frame, WORD_TAG_LARGEST), format_bytes(model->largest_bytes).s);
        add_tag(frame, &tags, model->largest_off, model->largest_bytes, frame->theme->ok, text);
    }
    return tags;
}

static void draw_leader(const struct frame *frame, const struct tag *tag)
{
    int w = 2 * frame->screen->unit;
    draw_fill(frame->list, rect_make(tag->leader_x - w / 2, tag->leader_y, w, tag->leader_h), tag->edge);
}

static void draw_tag(const struct frame *frame, const struct tag *tag)
{
    int edge = 2 * frame->screen->unit, rim = frame->screen->unit;
    draw_fill(frame->list, rect_inflate(tag->area, rim), frame->theme->well);
    draw_fill(frame->list, tag->area, frame->theme->surface);
    draw_fill(frame->list, rect_make(tag->area.x, tag->area.y, edge, tag->area.h), tag->edge);
    draw_text(frame->list, tag->area.x + edge + px(frame, 5), baseline_in(frame, tag->area.y, tag->area.h, tag_size(frame)), ALIGN_LEFT,
              style(frame, FACE_MEDIUM, tag_size(frame), frame->theme->ink), tag->text);
}

/* The free spans that touch the block, at both sides. */
static void draw_neighbours(const struct frame *frame, const struct model_block *block)
{
    const struct model *model = frame->model;
    uint32_t before = block->off > 0 ? model_span_at(model, block->off - 1) : MODEL_NONE;
    uint32_t after = model_span_at(model, block->off + block->size);
    for (int i = 0; i < 2; i++) {
        uint32_t span = i ? after : before;
        if (span == MODEL_NONE || model->spans[span].kind == KIND_CONTROL || model->spans[span].kind == KIND_RESERVED) {
            continue;
        }
        uint32_t of = model->spans[span].block;
        uint32_t off = of == MODEL_NONE ? model->spans[span].off : model->blocks[of].off;
        uint32_t size = of == MODEL_NONE ? model->spans[span].size : model->blocks[of].size;
        map_outline(frame, off, size, 1, frame->theme->ink2);
    }
}

/* A new block lights up; of a freed one the payload's frame fades. */
static void draw_flash(const struct frame *frame)
{
    int lane = frame->def->shows_lane ? frame->lane : view_lane(frame->state, MODEL_LANES); /* a view of one lane knows it as its first */
    if (frame->state->flash_percent && frame->state->freed[lane].bytes) {
        map_outline(frame, frame->state->freed[lane].off, frame->state->freed[lane].bytes, 2,
                    colour_alpha(frame->theme->kinds[KIND_PAYLOAD].fill, frame->state->flash_percent));
    }
    uint32_t index = frame->state->flash_percent ? model_block_of_id(frame->model, frame->state->flash_id) : MODEL_NONE;
    if (index == MODEL_NONE) {
        return;
    }
    const struct map_grid *grid = &frame->screen->grid;
    uint32_t off = frame->model->blocks[index].off;
    uint64_t end = (uint64_t)off + frame->model->blocks[index].size;
    if (!cut_to_grid(grid, &off, &end)) {
        return;
    }
    for (int row = grid_row(grid, off); row <= grid_row(grid, (uint32_t)(end - 1)); row++) {
        struct piece p = piece_of(grid, off, end, row);
        draw_fill(frame->list, rect_make(p.left, p.y, p.right - p.left, grid->pitch - grid->gap),
                  colour_alpha(0xFFFFFFFFu, frame->state->flash_percent * FLASH_WHITE / 100));
    }
}

void map_outlines_draw(const struct frame *frame)
{
    const struct model *model = frame->model;
    uint32_t pinned = frame->state->pinned ? model_block_of_id(model, frame->state->pinned_id) : MODEL_NONE;
    draw_clip(frame->list, rect_inflate(frame->screen->map, 2 * frame->screen->unit));
    draw_flash(frame);
    if (pinned != MODEL_NONE) {
        draw_neighbours(frame, &model->blocks[pinned]);
    }
    if (model->largest_bytes > 0) {
        map_outline(frame, model->largest_off, model->largest_bytes, 2, frame->theme->ok);
    }
    for (uint32_t i = 0; i < frame->pins.count; i++) {
        const struct model_block *pin = &model->blocks[frame->pins.first_block + i];
        map_outline(frame, pin->off, pin->size, 2, frame->theme->fail);
    }
    if (frame->pointed_block != MODEL_NONE) {
        map_outline(frame, model->blocks[frame->pointed_block].off, model->blocks[frame->pointed_block].size, 1, frame->theme->ink);
    }
    if (pinned != MODEL_NONE) {
        map_outline(frame, model->blocks[pinned].off, model->blocks[pinned].size, 2, frame->theme->focus);
    }
    draw_unclip(frame->list);
}

void map_marks_draw(const struct frame *frame)
{
    const struct tags tags = map_marks_tags(frame);
    map_outlines_draw(frame);
    for (int i = 0; i < tags.count; i++) { /* all of them below all tags: one may pass behind the other's words */
        draw_leader(frame, &tags.list[i]);
    }
    for (int i = 0; i < tags.count; i++) {
        draw_tag(frame, &tags.list[i]);
    }
}
