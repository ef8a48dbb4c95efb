/* bytes_words.c: the policy's own words in a block, and why a request of n bytes became a block of m. */
#include <stdio.h>
#include <string.h>

#include "bytes.h"

/* ---- fields ---- */

/* The field's own name, without what its bits are called: "size·flags" is "size", "control, used" is "control". */
static void value_name(const char *name, char *out, size_t size)
{
    size_t len = 0;
    while (name[len] && name[len] != ',' && strncmp(name + len, "\u00b7", 2) != 0) {
        len++;
    }
    snprintf(out, size, "%.*s", (int)len, name);
}

/* Where a link leads: an address of the heap, or an offset at which a block or a hole begins; MODEL_NONE: neither. Most of our policies
 * count from the heap's first byte; a replica that counts from elsewhere has its number shown as it stands. */
static uint32_t link_target(const struct model *model, uint32_t value)
{
    if (value - model->link_base < model->arena_bytes) {
        return value - model->link_base;
    }
    uint32_t span = value > 0 && value < model->arena_bytes ? model_span_at(model, value) : MODEL_NONE;
    return span != MODEL_NONE && model->spans[span].off == value ? value : MODEL_NONE;
}

/* Sizes as bytes; links as the addresses to which they lead, else as offsets in hex; all else in hex. */
static void value_words(const struct model *model, const char *name, uint32_t value, char *words, size_t size)
{
    bool link = strncmp(name, "next", 4) == 0 || strncmp(name, "prev", 4) == 0 || strncmp(name, "link", 4) == 0 ||
                strncmp(name, "before", 6) == 0 || strncmp(name, "own address", 11) == 0;
    uint32_t target = link ? link_target(model, value) : MODEL_NONE;
    if (strncmp(name, "size", 4) == 0) {
        snprintf(words, size, "%s", format_bytes(value).s);
    } else if (target != MODEL_NONE) {
        snprintf(words, size, "\u2192 %s", format_address(model->arena_base + target).s);
    } else if (link && value == UINT32_MAX) {
        snprintf(words, size, "\u2013");
    } else if (link && value < model->arena_bytes && value % 4 == 0) {
        snprintf(words, size, value ? "+%X" : "%X", (unsigned)value);
    } else {
        snprintf(words, size, "%08X", (unsigned)value);
    }
}

/* One field: its value; where bits are told apart, the word in hex first, then value and bits. False: the column is full. */
static bool draw_field(struct bytes_panel *panel, const struct model_field *field, uint32_t off)
{
    const struct model *model = panel->frame->model;
    char words[48], name[40];
    uint32_t word = model_word(model, off), mask = 0;
    if (field->bytes != 4) {
        return bytes_panel_field(panel, 0, field->name, format_bytes(field->bytes).s);
    }
    value_name(field->name, name, sizeof name);
    if (field->bit_count == 0) {
        value_words(model, name, word, words, sizeof words);
        return bytes_panel_field(panel, 0, field->name, words);
    }
    for (uint32_t i = 0; i < field->bit_count; i++) {
        mask |= UINT32_C(1) << field->bits[i].bit;
    }
    snprintf(words, sizeof words, "%08X", (unsigned)word);
    bool room = bytes_panel_field(panel, 0, field->name, words);
    value_words(model, name, word & ~mask, words, sizeof words);
    room = room && bytes_panel_field(panel, 1, name, words);
    for (uint32_t i = 0; i < field->bit_count && room; i++) {
        room = bytes_panel_field(panel, 1, field->bits[i].name, word >> field->bits[i].bit & 1 ? "1" : "0");
    }
    return room;
}

/* Fields that stand in front from `off` on, and those that end at `end`, where they have room. */
static void draw_fields(struct bytes_panel *panel, const struct model_field *fields, uint32_t count, uint32_t off, uint32_t end)
{
    uint32_t i = 0;
    for (; i < count && fields[i].bytes > 0 && off + fields[i].bytes <= end; i++) {
        if (!draw_field(panel, &fields[i], off)) {
            return;
        }
        off += fields[i].bytes;
    }
    uint32_t behind = 0;
    for (uint32_t k = i; k < count; k++) {
        behind += fields[k].bytes;
    }
    for (; i < count && behind > 0 && behind <= end - off; i++) {
        if (fields[i].bytes > 0 && !draw_field(panel, &fields[i], end - behind)) {
            return;
        }
        behind -= fields[i].bytes;
    }
}

/* The bytes of all fields that have a number of them. */
static uint32_t fixed_bytes(const struct model_field *fields, uint32_t count)
{
    uint32_t bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        bytes += fields[i].bytes;
    }
    return bytes;
}

void bytes_fields_draw(struct bytes_panel *panel, const struct bytes_subject *subject)
{
    const struct model *model = panel->frame->model;
    bool block = subject->block != MODEL_NONE;
    const struct model_field *fields = block ? model->fields : model->free_fields;
    uint32_t count = block ? model->field_count : model->free_field_count, words, header = block ? model->blocks[subject->block].header : 0;
    words = fixed_bytes(fields, count);
    if (!model->memory || words == 0 || words > subject->size || (block && header < words)) {
        if (block && bytes_panel_head(panel, "Header", 1)) {
            bytes_panel_row(panel, 0, header ? "the policy does not tell" : "none in the block", format_bytes(header).s);
        }
        return;
    }
    if (bytes_panel_head(panel, block ? "Header" : "In the hole", 1)) {
        draw_fields(panel, fields, count, subject->off, subject->off + subject->size);
    }
}

/* ---- why m bytes ---- */

static bool draw_step(struct bytes_panel *panel, const char *name, uint32_t add, uint32_t sum)
{
    char words[80];
    snprintf(words, sizeof words, "+ %s = %s", format_count(add).s, format_count(sum).s);
    return bytes_panel_row(panel, 0, name, words);
}

static uint32_t rounded_up(uint32_t value, uint32_t step) { return step > 1 ? (uint32_t)(((uint64_t)value + step - 1) / step * step) : value; }

/* The part of the slack that the rule of rounding explains; the rest was not worth splitting off. */
static void draw_rounding(struct bytes_panel *panel, const struct model_block *block, uint32_t sum)
{
    const struct frame *frame = panel->frame;
    const struct model_grant *grant = &frame->model->grant;
    char name[96];
    uint32_t to = rounded_up(sum, grant->step);
    if (to > sum && to <= block->size) {
        snprintf(name, sizeof name, tr(frame, WORD_BYTES_ROUNDED), (unsigned)grant->step);
        draw_step(panel, name, to - sum, to);
        sum = to;
    }
    if (sum < grant->least && grant->least <= block->size) {
        snprintf(name, sizeof name, tr(frame, WORD_BYTES_LEAST), (unsigned)grant->least);
        draw_step(panel, name, grant->least - sum, grant->least);
        sum = grant->least;
    }
    if (sum < block->size) {
        uint32_t rest = block->size - sum;
        if (rest < grant->least) {
            snprintf(name, sizeof name, tr(frame, WORD_BYTES_REST), (unsigned)rest, (unsigned)grant->least);
        } else {
            snprintf(name, sizeof name, "%s", tr(frame, WORD_BYTES_KEPT));
        }
        draw_step(panel, name, rest, block->size);
    }
}

void bytes_grant_draw(struct bytes_panel *panel, const struct model_block *block)
{
    const struct frame *frame = panel->frame;
    const struct model_grant *grant = &frame->model->grant;
    char words[96];
    uint32_t sum = block->requested;
    snprintf(words, sizeof words, tr(frame, WORD_BYTES_WHY), format_bytes(block->size).s);
    if (!bytes_panel_head(panel, words, 2)) {
        return;
    }
    bytes_panel_row(panel, 0, "requested", format_count(sum).s);
    uint32_t fields = fixed_bytes(frame->model->fields, frame->model->field_count);
    uint32_t header = fields > 0 && fields < block->header ? fields : block->header;
    if (header > 0) {
        sum += header;
        draw_step(panel, "header", header, sum);
    }
    if (header < block->header) { /* so that the payload stands where it must */
        sum += block->header - header;
        draw_step(panel, "alignment", block->header - header, sum);
    }
    switch (grant->rounding) {
    case MODEL_ROUND_STEP: draw_rounding(panel, block, sum); break;
    case MODEL_ROUND_POWER:
    case MODEL_ROUND_CLASS:
    case MODEL_ROUND_ONE:
    case MODEL_ROUND_UNKNOWN:
        if (sum < block->size) {
            static const char *const rules[] = {[MODEL_ROUND_UNKNOWN] = "slack", [MODEL_ROUND_STEP] = "", [MODEL_ROUND_POWER] = "to a power of two",
                                                [MODEL_ROUND_CLASS] = "to the size of a slot", [MODEL_ROUND_ONE] = "all blocks have one size"};
            draw_step(panel, rules[grant->rounding], block->size - sum, block->size);
        }
        break;
    }
    bytes_panel_total(panel, "block", format_bytes(block->size).s);
}
