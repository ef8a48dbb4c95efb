/* bytes_map.c: what the policy's bitmap says of a block or hole: its bits, the rule that they follow, and where they lie. */
#include <stdio.h>
#include <string.h>

#include "bytes.h"

#define BITS_ALL 12 /* so many bits are written out; of more: the first and the last */
#define BITS_FIRST 8
#define BITS_LAST 2

/* "1 0 0 0 0 0 0 0 … 0 0": as the memory has them. */
static void bits_words(const struct model *model, const struct model_map *map, const struct bytes_subject *subject, char *words, size_t size)
{
    uint32_t count = subject->size / map->granule, word, bit;
    size_t used = 0;
    words[0] = '\0';
    for (uint32_t i = 0; i < count && used + 8 < size; i++) {
        if (count > BITS_ALL && i == BITS_FIRST) {
            i = count - BITS_LAST;
            used += (size_t)snprintf(words + used, size - used, " \u2026");
        }
        bool set = model_map_bit(model, map, subject->off + i * map->granule, &word, &bit);
        used += (size_t)snprintf(words + used, size - used, "%s%c", used ? " " : "", set ? '1' : '0');
    }
}

void bytes_map_draw(struct bytes_panel *panel, const struct bytes_subject *subject)
{
    const struct model *model = panel->frame->model;
    const struct model_map *map = model_map_at(model, subject->off);
    bool block = subject->block != MODEL_NONE;
    uint32_t word, bit, from;
    char words[128];
    if (!map || !model->memory || !bytes_panel_head(panel, "In the map", 2)) {
        return;
    }
    bits_words(model, map, subject, words, sizeof words);
    bytes_panel_row(panel, 0, "bits", words);
    bytes_panel_row(panel, 0, block ? "a used block" : "a free block", block ? map->used : map->free);
    model_map_bit(model, map, subject->off, &word, &bit);
    snprintf(words, sizeof words, tr(panel->frame, WORD_BYTES_MAP_AT), (unsigned)bit, format_address(model->arena_base + word).s);
    bytes_panel_row(panel, 0, "first bit", words);
    if (block && model_map_size_word(map, subject->off, subject->size, &from)) {
        model_map_bit(model, map, from, &word, &bit);
        uint32_t value = model_word(model, word);
        snprintf(words, sizeof words, "%08X", (unsigned)value);
        bytes_panel_row(panel, 0, "size word", words);
        bytes_panel_row(panel, 1, "address", format_address(model->arena_base + word).s);
        snprintf(words, sizeof words, "%s \u00d7 %s = %s", format_count(value >> map->size_shift).s, format_count(map->granule).s,
                 format_bytes((uint64_t)(value >> map->size_shift) * map->granule).s);
        bytes_panel_row(panel, 1, "size", words);
    }
}
