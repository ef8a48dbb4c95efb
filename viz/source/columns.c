/* columns.c: reducing a history to columns. A column shows its last event, as the playhead would, and keeps the extremes. */
#include "columns.h"

#include <stdlib.h>

float fragmentation_external(uint32_t free, uint32_t largest) { return free ? 1.0f - (float)largest / (float)free : 0; }
float fragmentation_internal(uint32_t payload, uint32_t in_use) { return in_use ? 1.0f - (float)payload / (float)in_use : 0; }

uint32_t bytes_withheld(uint32_t arena, uint32_t in_use, uint32_t free)
{
    uint64_t known = (uint64_t)in_use + free;
    return known < arena ? (uint32_t)(arena - known) : 0;
}

static struct column column_make(const struct model_history *history, uint32_t from, uint32_t to)
{
    uint32_t last = to - 1;
    struct column out = {history->payload[last], history->in_use[last], history->free[last], history->largest[last], 0, 1, 0, 0};
    out.external = fragmentation_external(out.free, out.largest);
    out.internal = fragmentation_internal(out.payload, out.in_use);
    for (uint32_t i = from; i < to; i++) {
        float external = fragmentation_external(history->free[i], history->largest[i]);
        if (external < out.external_min) {
            out.external_min = external;
        }
        if (external > out.external_max) {
            out.external_max = external;
        }
    }
    return out;
}

bool columns_update(struct columns *columns, const struct model *model, int width)
{
    if (columns->list && columns->of == model && columns->width == width && columns->run_version == model->run_version) {
        return true;
    }
    struct column *list = malloc((size_t)width * sizeof *list);
    if (!list) {
        return false;
    }
    for (int x = 0; x < width; x++) {
        uint32_t from = (uint32_t)((uint64_t)x * model->count / (uint64_t)width);
        uint32_t to = (uint32_t)(((uint64_t)x + 1) * model->count / (uint64_t)width);
        if (to == from) {
            to = from + 1; /* fewer events than pixels: an event spans several columns */
        }
        list[x] = column_make(&model->history, from, to);
    }
    free(columns->list);
    *columns = (struct columns){list, width, model->run_version, model};
    return true;
}

void columns_free(struct columns *columns)
{
    free(columns->list);
    *columns = (struct columns){NULL, 0, 0, NULL};
}
