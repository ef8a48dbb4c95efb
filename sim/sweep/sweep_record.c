/* sweep_record.c: see sweep_record.h. */
#include "sweep_record.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static void put_scores(FILE *to, const double values[SCORES_ROOM], bool searched)
{
    for (size_t i = 0; i < score_count; i++) {
        char text[64];
        const bool present = !isnan(values[i]);
        if ((scores[i].source == SCORE_OF_SEARCH && !searched) || (scores[i].optional && !present)) {
            continue;
        }
        fprintf(to, ",\"%s\":%s", scores[i].name, present ? score_format(i, values[i], text, sizeof text) : "null");
    }
}

char *sweep_record(const struct sweep_points *points, size_t index, const struct sweep_outcome *outcome)
{
    const struct sweep_point *point = &points->items[index];
    const struct sweep_trace *trace = &points->traces[point->trace];
    double values[SCORES_ROOM];
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (to == NULL) {
        return NULL;
    }
    fprintf(to, "{\"key\":\"%016" PRIx64 "\",\"trace\":", point->key);
    sweep_put_string(to, trace->path);
    fputs(",\"policy\":", to);
    sweep_put_string(to, points->policies[point->policy]);
    fputs(",\"size\":", to);
    sweep_put_string(to, points->sizes[point->size].text);
    fputs(",\"error\":", to);
    if (outcome->lane != NULL) {
        fputs("null", to);
        scores_of(values, outcome->lane, trace->peak_payload_bytes, outcome->search);
    } else {
        sweep_put_string(to, outcome->refusal);
        scores_of_refused(values, &outcome->options, trace->peak_payload_bytes, outcome->search);
        values[0] = outcome->options.heap_bytes == 0 ? (double)NAN : values[0];
    }
    put_scores(to, values, outcome->search != NULL);
    if (outcome->lane != NULL && lane_has_image(outcome->lane)) {
        fprintf(to, ",\"digest\":\"%08" PRIx32 "\"", lane_digest(outcome->lane));
    } else {
        fputs(",\"digest\":null", to);
    }
    if (fclose(to) != 0) {
        free(text);
        return NULL;
    }
    return sweep_line_seal(text);
}

bool sweep_record_read(const char *line, double values[SCORES_ROOM], char *error, size_t error_size)
{
    cJSON *json = cJSON_Parse(line);
    const cJSON *problem = cJSON_GetObjectItemCaseSensitive(json, "error");
    snprintf(error, error_size, "%s", cJSON_IsString(problem) ? problem->valuestring : "");
    for (size_t i = 0; i < score_count; i++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, scores[i].name);
        values[i] = cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
    }
    cJSON_Delete(json);
    return json != NULL;
}
