/* vector_output.c: see vector_output.h. */
#include "vector_output.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void vector_output_string(FILE *file, const char *value)
{
    cJSON *string = cJSON_CreateString(value);
    char *text = string == NULL ? NULL : cJSON_PrintUnformatted(string);
    fputs(text == NULL ? "null" : text, file);
    cJSON_free(text);
    cJSON_Delete(string);
}

/* The parameter `key` of a replica, under the name that vectors have for it. */
static void print_param(FILE *file, const struct lane_options *options, const char *key, const char *member)
{
    const struct heap_param *params = options->policy->inspect->params;
    for (uint32_t i = 0; params != NULL && params[i].key != NULL; i++) {
        if (strcmp(params[i].key, key) == 0 && options->policy->inspect->replica != NULL) {
            fprintf(file, " \"%s\": %" PRIu32 ",\n", member, options->params[i] != 0 ? options->params[i] : params[i].standard);
        }
    }
}

void vector_output_begin(FILE *file, const struct spec *spec, const struct lane *lane, const char *trace)
{
    const struct lane_options *options = lane_options_of(lane);
    const bool several = options->region_count > 1 || options->regions[0].offset != 0;
    uint64_t end = 0;
    for (uint32_t i = 0; i < options->region_count; i++) {
        const uint64_t region_end = (uint64_t)options->regions[i].offset + options->regions[i].bytes;
        end = region_end > end ? region_end : end;
    }
    fprintf(file, "{\"allocator\": \"%s\", \"version\": \"heaplab %s\", \"word_bits\": 32,", spec->text, HEAPLAB_VERSION);
    fprintf(file, " \"arena_bytes\": %" PRIu64 ", \"arena_base\": %" PRIu32 ",\n", end, options->arena_base);
    print_param(file, options, "align", "rt_align_size");
    print_param(file, options, "block", "block_size");
    for (uint32_t i = 0; i < options->region_count && several; i++) {
        fprintf(file, "%s{\"offset\": %" PRIu32 ", \"size\": %" PRIu32 "}%s", i == 0 ? " \"regions\": [" : ", ", options->regions[i].offset,
                options->regions[i].bytes, i + 1 == options->region_count ? "],\n" : "");
    }
    fputs(" \"trace\": ", file);
    vector_output_string(file, trace);
    fputs(", \"offsets\": [", file);
}

void vector_output_entry(FILE *file, uint64_t index, int64_t entry)
{
    char text[32];
    fputs(index % 16 == 0 ? (index == 0 ? "\n  " : ",\n  ") : ", ", file);
    fputs(vector_entry_text(entry, text, sizeof text), file);
}

/* ---- statistics ---- */

struct printing {
    FILE *file;
    uint32_t region; /* whose are wanted */
    uint32_t count;  /* printed so far */
    bool of_regions; /* there are some */
};

static void print_statistic(void *ctx, const struct heap_statistic *statistic)
{
    struct printing *printing = ctx;
    printing->of_regions = printing->of_regions || statistic->region != HEAP_NONE;
    if (statistic->region == printing->region && statistic->key != NULL) {
        fprintf(printing->file, "%s\"%s\": %" PRIu32, printing->count == 0 ? "" : ", ", statistic->key, statistic->value);
        printing->count++;
    }
}

void vector_output_statistics(FILE *file, struct lane *lane)
{
    const struct heap_policy_inspect *inspect = lane_options_of(lane)->policy->inspect;
    struct printing printing = {file, HEAP_NONE, 0, false};
    if (inspect->statistics == NULL) {
        return;
    }
    fputc('{', file);
    inspect->statistics(lane_heap(lane), print_statistic, &printing);
    if (printing.of_regions) {
        fputs(printing.count == 0 ? "\"regions\": [" : ", \"regions\": [", file);
        for (uint32_t i = 0; i < lane_heap(lane)->region_count; i++) {
            printing.region = i;
            printing.count = 0;
            fputs(i == 0 ? "{" : ", {", file);
            inspect->statistics(lane_heap(lane), print_statistic, &printing);
            fputc('}', file);
        }
        fputc(']', file);
    }
    fputc('}', file);
}

void vector_output_end(FILE *file, struct lane *lane)
{
    fputs("\n]", file);
    if (lane_options_of(lane)->policy->inspect->statistics != NULL) {
        fputs(",\n \"final_stats\": ", file);
        vector_output_statistics(file, lane);
    }
    fputs("}\n", file);
}
