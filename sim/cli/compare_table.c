/* compare_table.c: see compare_table.h. */
#include "compare_table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "report.h"

enum { CAPTION_LINES = 4, CAPTION = 40, CELL = 40, BOUNDED_VISITS = 8 };

/* The usual columns, with captions shorter than their names. */
static const struct {
    const char *name, *caption;
} usual[] = {
    {"min_heap_bytes", "smallest heap\nB"},   {"min_heap_ratio", "/ peak"},                     {"failures", "failures"},
    {"internal_fragmentation_at_peak", "internal\nat peak"}, {"external_fragmentation_mean", "external\nmean"}, {"external_fragmentation_max", "external\nmax"},
    {"steps_mean", "visits\nmean"},           {"steps_max", "visits\nmax"},
};
enum { USUAL = sizeof usual / sizeof usual[0] };

void compare_columns_usual(struct compare_columns *columns)
{
    columns->count = USUAL;
    for (size_t i = 0; i < USUAL; i++) {
        columns->scores[i] = score_find(usual[i].name);
    }
}

static bool is_usual(size_t score)
{
    for (size_t i = 0; i < USUAL; i++) {
        if (strcmp(usual[i].name, scores[score].name) == 0) {
            return true;
        }
    }
    return false;
}

void compare_columns_all(struct compare_columns *columns)
{
    compare_columns_usual(columns);
    for (size_t i = 0; i < score_count; i++) {
        if (!is_usual(i) && strcmp(scores[i].name, "heap_bytes") != 0) { /* the heap has a column of its own */
            columns->scores[columns->count++] = i;
        }
    }
}

bool compare_columns_parse(struct compare_columns *columns, const char *text, char *why, size_t why_size)
{
    if (strcmp(text, "all") == 0) {
        compare_columns_all(columns);
        return true;
    }
    while (*text != '\0') {
        char name[64];
        const size_t length = strcspn(text, ",");
        snprintf(name, sizeof name, "%.*s", (int)length, text);
        if (columns->count == SCORES_ROOM) {
            snprintf(why, why_size, "more than %d metrics", SCORES_ROOM);
            return false;
        }
        if (!score_parse(name, &columns->scores[columns->count], why, why_size)) {
            return false;
        }
        columns->count++;
        text += length + (text[length] == ',');
    }
    return true;
}

/* ---- order ---- */

struct order {
    size_t score;
    bool descending;
};

static int by_value(double a, double b, bool descending)
{
    if (isnan(a) || isnan(b)) {
        return isnan(a) - isnan(b);
    }
    const int rising = (a > b) - (a < b);
    return descending ? -rising : rising;
}

static int by_order(const void *a, const void *b, void *ctx)
{
    const struct compare_pair *first = a, *second = b;
    const struct order *order = ctx;
    int result = by_value(first->values[order->score], second->values[order->score], order->descending);
    if (result == 0) {
        const size_t need = score_find("min_heap_bytes");
        result = by_value(first->values[need], second->values[need], false);
    }
    return result != 0 ? result : strcmp(first->spec->text, second->spec->text);
}

void compare_sort(struct compare_pair *pairs, size_t count, size_t score, bool descending)
{
    struct order order = {score, descending};
    qsort_r(pairs, count, sizeof *pairs, by_order, &order);
}

/* ---- cells ---- */

static double value_of(const struct compare_pair *pair, const char *name) { return pair->values[score_find(name)]; }

/* What stands in a cell: a count, bytes, or a ratio; visits with two digits. */
static const char *cell_text(const struct compare_pair *pair, size_t score, char text[CELL])
{
    const bool need = strcmp(scores[score].name, "min_heap_bytes") == 0;
    score_format(score, pair->values[score], text, CELL);
    if (text[0] == '\0') {
        snprintf(text, CELL, "%s", !need ? "-" : pair->search.platform ? "platform" : "none");
    } else if (strcmp(scores[score].name, "steps_mean") == 0) {
        snprintf(text, CELL, "%.2f", pair->values[score]);
    }
    return text;
}

/* A name in lines of at most 13 characters, cut at its underscores. */
static int wrap_name(const char *name, char lines[CAPTION_LINES][CAPTION])
{
    int line = 0;
    lines[0][0] = '\0';
    while (*name != '\0') {
        const size_t length = strcspn(name, "_"), used = strlen(lines[line]);
        if (used != 0 && used + 1 + length > 13 && line + 1 < CAPTION_LINES) {
            lines[++line][0] = '\0';
        }
        const size_t now = strlen(lines[line]);
        snprintf(lines[line] + now, CAPTION - now, "%s%.*s", now != 0 ? " " : "", (int)length, name);
        name += length + (name[length] == '_');
    }
    return line + 1;
}

static int caption_of(size_t score, char lines[CAPTION_LINES][CAPTION])
{
    const char *caption = NULL;
    for (size_t i = 0; i < USUAL; i++) {
        caption = strcmp(usual[i].name, scores[score].name) == 0 ? usual[i].caption : caption;
    }
    if (caption == NULL) {
        return wrap_name(scores[score].name, lines);
    }
    const size_t first = strcspn(caption, "\n");
    snprintf(lines[0], CAPTION, "%.*s", (int)first, caption);
    if (caption[first] == '\0') {
        return 1;
    }
    snprintf(lines[1], CAPTION, "%s", caption + first + 1);
    return 2;
}

static int wider(int width, const char *text)
{
    const int length = (int)strlen(text);
    return length > width ? length : width;
}

void compare_print_text(const struct compare_pair *pairs, size_t count, const struct compare_columns *columns, int width)
{
    char bytes[32], captions[SCORES_ROOM][CAPTION_LINES][CAPTION], text[CELL];
    int widths[SCORES_ROOM], lines[SCORES_ROOM], most = 1;
    printf("%s: %" PRIu64 " events, peak payload %" PRIu64 " B; runs on a heap of %s\n\n", pairs[0].path, trace_count(pairs[0].trace),
           trace_peak_payload(pairs[0].trace), spec_format_bytes(pairs[0].heap_bytes, bytes, sizeof bytes));
    for (size_t i = 0; i < columns->count; i++) {
        lines[i] = caption_of(columns->scores[i], captions[i]);
        most = lines[i] > most ? lines[i] : most;
        widths[i] = 8;
        for (int line = 0; line < lines[i]; line++) {
            widths[i] = wider(widths[i], captions[i][line]);
        }
        for (size_t row = 0; row < count; row++) {
            widths[i] = wider(widths[i], cell_text(&pairs[row], columns->scores[i], text));
        }
    }
    for (int line = 0; line < most; line++) {
        int blanks = width;
        if (line + 1 == most) {
            blanks = printf("%-*s", width, "policy") - width;
        }
        for (size_t i = 0; i < columns->count; i++) {
            const int own = line - (most - lines[i]); /* the last lines stand beside the policies' */
            blanks += 1 + widths[i];
            if (own >= 0) {
                printf("%*s", blanks, captions[i][own]);
                blanks = 0;
            }
        }
        putchar('\n');
    }
    for (size_t row = 0; row < count; row++) {
        printf("%-*s", width, pairs[row].spec->text);
        for (size_t i = 0; i < columns->count; i++) {
            printf(" %*s", widths[i], cell_text(&pairs[row], columns->scores[i], text));
        }
        printf("%s%s\n", pairs[row].lane == NULL ? "  " : "", pairs[row].lane == NULL ? heap_error_text(pairs[row].error) : "");
    }
    putchar('\n');
}

void compare_print_markdown(const struct compare_pair *pairs, size_t count, const struct compare_columns *columns)
{
    char text[CELL], lines[CAPTION_LINES][CAPTION];
    printf("\n%s: %" PRIu64 " events, peak payload %" PRIu64 " B, heap %" PRIu32 " B\n\n| policy |", pairs[0].path, trace_count(pairs[0].trace),
           trace_peak_payload(pairs[0].trace), pairs[0].heap_bytes);
    for (size_t i = 0; i < columns->count; i++) {
        const int most = caption_of(columns->scores[i], lines);
        for (int line = 0; line < most; line++) {
            printf(" %s", lines[line]);
        }
        printf(" |");
    }
    printf("\n| --- |");
    for (size_t i = 0; i < columns->count; i++) {
        printf(" ---: |");
    }
    for (size_t row = 0; row < count; row++) {
        printf("\n| %s |", pairs[row].spec->text);
        for (size_t i = 0; i < columns->count; i++) {
            printf(" %s |", cell_text(&pairs[row], columns->scores[i], text));
        }
    }
    puts("\n");
}

void compare_print_csv_header(const struct compare_columns *columns)
{
    printf("trace,heap_bytes,policy");
    for (size_t i = 0; i < columns->count; i++) {
        printf(",%s", scores[columns->scores[i]].name);
    }
    putchar('\n');
}

void compare_print_csv(const struct compare_pair *pairs, size_t count, const struct compare_columns *columns)
{
    char text[CELL];
    for (size_t row = 0; row < count; row++) {
        cli_put_csv_quoted(stdout, pairs[row].path);
        printf(",%" PRIu32 ",%s", pairs[row].heap_bytes, pairs[row].spec->text);
        for (size_t i = 0; i < columns->count; i++) {
            printf(",%s", score_format(columns->scores[i], pairs[row].values[columns->scores[i]], text, sizeof text));
        }
        putchar('\n');
    }
}

void compare_add_json(cJSON *list, const struct compare_pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct compare_pair *pair = &pairs[i];
        const struct report report = {pair->path, pair->spec, pair->lane, pair->lane == NULL ? 0 : lane_digest(pair->lane),
                                      trace_peak_payload(pair->trace), 0, NULL, false, &pair->search, NULL, NULL, 0};
        cJSON *object = pair->lane == NULL ? cJSON_CreateObject() : report_json(&report);
        if (pair->lane == NULL) {
            cJSON_AddStringToObject(object, "trace", pair->path);
            cJSON_AddStringToObject(object, "policy", pair->spec->text);
            cJSON_AddStringToObject(object, "error", heap_error_text(pair->error));
            report_add_scores(object, pair->values, true);
        }
        cJSON_AddItemToArray(list, object);
    }
}

/* ---- the verdict ---- */

static bool found(const struct compare_pair *pair) { return !isnan(value_of(pair, "min_heap_bytes")); }

/* ", 1.2436 x the peak payload"; nothing where the trace asks for no byte. */
static void print_ratio(const struct compare_pair *pair, const char *before, const char *after)
{
    const double ratio = value_of(pair, "min_heap_ratio");
    if (!isnan(ratio)) {
        printf("%s%.4f x%s", before, ratio, after);
    }
}

/* "5.2 % less than freertos_heap_4" */
static void print_against(const struct compare_pair *pair, const struct compare_pair *other)
{
    const double a = value_of(pair, "min_heap_bytes"), b = value_of(other, "min_heap_bytes"), change = 100 * (a - b) / b;
    if (fabs(change) < 0.05) {
        printf("as much as %s", other->spec->text);
    } else {
        printf("%.1f %% %s than %s", fabs(change), change < 0 ? "less" : "more", other->spec->text);
    }
}

static const struct compare_pair *least(const struct compare_pair *pairs, size_t count, bool bounded)
{
    const struct compare_pair *best = NULL;
    for (size_t i = 0; i < count; i++) {
        const bool fits = found(&pairs[i]) && (!bounded || value_of(&pairs[i], "steps_max") <= BOUNDED_VISITS);
        if (fits && (best == NULL || value_of(&pairs[i], "min_heap_bytes") < value_of(best, "min_heap_bytes"))) {
            best = &pairs[i];
        }
    }
    return best;
}

static void print_baseline(const struct compare_pair *best, const struct compare_pair *fast, const struct compare_pair *base)
{
    if (!found(base)) {
        printf("%s, the baseline, has no smallest heap for it.\n", base->spec->text);
        return;
    }
    printf("%s, the baseline, needs %.0f B", base->spec->text, value_of(base, "min_heap_bytes"));
    print_ratio(base, ", ", "");
    if (best == base) {
        puts(": nobody here needs less.");
        return;
    }
    printf("; %s needs ", best->spec->text);
    print_against(best, base);
    if (fast != NULL && fast != best && fast != base) {
        printf(", %s ", fast->spec->text);
        print_against(fast, base);
    }
    puts(".");
}

void compare_print_verdict(const struct compare_pair *pairs, size_t count, const char *baseline)
{
    const struct compare_pair *best = least(pairs, count, false), *fast = least(pairs, count, true), *base = NULL;
    bool platform = false;
    for (size_t i = 0; i < count; i++) {
        platform = platform || pairs[i].search.platform;
        base = baseline != NULL && strcmp(pairs[i].spec->text, baseline) == 0 ? &pairs[i] : base;
    }
    if (best == NULL) {
        puts(platform ? "Its blocks come from the platform: that heap has no size of its own." : "No policy serves this trace in any heap.");
        return;
    }
    printf("%s needs the least: %.0f B", best->spec->text, value_of(best, "min_heap_bytes"));
    print_ratio(best, ", ", " the peak payload");
    if (fast == best) {
        printf(", and never visits more than %d blocks for a request.\n", BOUNDED_VISITS);
    } else if (fast != NULL) {
        printf("; of those that never visit more than %d blocks, %s does: %.0f B", BOUNDED_VISITS, fast->spec->text, value_of(fast, "min_heap_bytes"));
        print_ratio(fast, ", ", "");
        puts(".");
    } else {
        puts(".");
    }
    if (base != NULL) {
        print_baseline(best, fast, base);
    }
}
