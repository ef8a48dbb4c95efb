/* sweep_output.c: see sweep_output.h; the scripts are sweep_emit.c. */
#include "sweep_output.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "sweep_record.h"

#define FIXED 3           /* trace, policy, size */
#define HEAD_LINES 5
#define HEAD_WIDTH 13
#define MOST_COLUMNS (FIXED + SCORES_ROOM)

/* The usual columns; those of the smallest heap only where it was looked for. */
static const char *const usual[] = {"heap_bytes", "failures", "min_heap_bytes", "min_heap_ratio", "safe_heap_bytes", "internal_fragmentation_at_peak",
                                    "external_fragmentation_mean", "external_fragmentation_max", "steps_mean", "steps_max"};

struct table {
    const struct sweep_results *results;
    size_t metrics[SCORES_ROOM], metric_count;
    int widths[MOST_COLUMNS];
};

/* One row as texts. */
struct row {
    const char *fixed[FIXED];
    char cells[SCORES_ROOM][32];
    char error[256];
};

static void choose_metrics(struct table *table, const size_t *metrics, size_t count, bool all)
{
    const bool searched = sweep_searches(table->results->points);
    if (count != 0) {
        memcpy(table->metrics, metrics, count * sizeof *metrics);
        table->metric_count = count;
        return;
    }
    for (size_t i = 0; i < score_count && all; i++) {
        table->metrics[table->metric_count++] = i;
    }
    for (size_t i = 0; i < sizeof usual / sizeof usual[0] && !all; i++) {
        const size_t index = score_find(usual[i]);
        const bool safe = strstr(usual[i], "safe") != NULL;
        if (scores[index].source != SCORE_OF_SEARCH || (safe ? table->results->points->safe_heap : searched)) {
            table->metrics[table->metric_count++] = index;
        }
    }
}

static bool read_row(const struct table *table, size_t point_index, struct row *row)
{
    const struct sweep_points *points = table->results->points;
    const struct sweep_point *point = &points->items[point_index];
    double values[SCORES_ROOM];
    char *line = sweep_results_line(table->results, point_index);
    const bool ok = line != NULL && sweep_record_read(line, values, row->error, sizeof row->error);
    free(line);
    row->fixed[0] = points->traces[point->trace].path;
    row->fixed[1] = points->policies[point->policy];
    row->fixed[2] = points->sizes[point->size].text;
    for (size_t i = 0; i < table->metric_count && ok; i++) {
        score_format(table->metrics[i], values[table->metrics[i]], row->cells[i], sizeof row->cells[i]);
    }
    return ok;
}

/* Calls `print` for every row that is there. */
static bool each_row(struct table *table, void (*print)(struct table *table, const struct row *row, FILE *to), FILE *to)
{
    struct row *row = calloc(1, sizeof *row);
    bool ok = row != NULL;
    for (size_t i = 0; i < table->results->points->count && ok; i++) {
        if (table->results->places[i].length != 0) {
            ok = read_row(table, i, row);
            if (ok) {
                print(table, row, to);
            }
        }
    }
    free(row);
    return ok;
}

/* ---- text ---- */

/* Part `line` of a metric's name, broken at its underscores; false: it has fewer. */
static bool head_part(const char *name, int line, char part[64])
{
    for (int at = 0;; at++) {
        size_t length = strcspn(name, "_");
        while (name[length] != '\0' && length + 1 + strcspn(name + length + 1, "_") <= HEAD_WIDTH) {
            length += 1 + strcspn(name + length + 1, "_");
        }
        snprintf(part, 64, "%.*s", (int)length, name);
        for (char *c = part; *c != '\0'; c++) {
            *c = *c == '_' ? ' ' : *c;
        }
        if (at == line) {
            return true;
        }
        if (name[length] == '\0') {
            return false;
        }
        name += length + 1;
    }
}

static int head_lines(const char *name)
{
    char part[64];
    int lines = 1;
    while (lines < HEAD_LINES && head_part(name, lines, part)) {
        lines++;
    }
    return lines;
}

static void widen(struct table *table, size_t column, const char *text)
{
    const int width = (int)strlen(text);
    table->widths[column] = width > table->widths[column] ? width : table->widths[column];
}

static void measure_row(struct table *table, const struct row *row, FILE *to)
{
    (void)to;
    for (size_t i = 0; i < FIXED; i++) {
        widen(table, i, row->fixed[i]);
    }
    for (size_t i = 0; i < table->metric_count; i++) {
        widen(table, FIXED + i, row->cells[i]);
    }
}

static void print_row(struct table *table, const struct row *row, FILE *to)
{
    fprintf(to, "%-*s  %-*s  %*s", table->widths[0], row->fixed[0], table->widths[1], row->fixed[1], table->widths[2], row->fixed[2]);
    for (size_t i = 0; i < table->metric_count && row->error[0] == '\0'; i++) {
        fprintf(to, "  %*s", table->widths[FIXED + i], row->cells[i][0] != '\0' ? row->cells[i] : "-");
    }
    fprintf(to, row->error[0] != '\0' ? "  %s\n" : "%s\n", row->error);
}

static bool print_text(struct table *table, FILE *to)
{
    static const char *const fixed[FIXED] = {"trace", "policy", "size"};
    char part[64];
    int lines = 1;
    for (size_t i = 0; i < FIXED; i++) {
        widen(table, i, fixed[i]);
    }
    for (size_t i = 0; i < table->metric_count; i++) {
        const int own = head_lines(scores[table->metrics[i]].name);
        lines = own > lines ? own : lines;
        for (int line = 0; line < own; line++) {
            (void)head_part(scores[table->metrics[i]].name, line, part);
            widen(table, FIXED + i, part);
        }
    }
    if (!each_row(table, measure_row, to)) {
        return false;
    }
    for (int line = 0; line < lines; line++) {
        const bool last = line == lines - 1;
        fprintf(to, "%-*s  %-*s  %*s", table->widths[0], last ? fixed[0] : "", table->widths[1], last ? fixed[1] : "", table->widths[2],
                last ? fixed[2] : "");
        int blank = 0; /* printed only where something follows */
        for (size_t i = 0; i < table->metric_count; i++) {
            const char *name = scores[table->metrics[i]].name;
            const int skipped = lines - head_lines(name), width = 2 + table->widths[FIXED + i];
            if (line >= skipped && head_part(name, line - skipped, part)) {
                fprintf(to, "%*s", blank + width, part);
                blank = 0;
            } else {
                blank += width;
            }
        }
        putc('\n', to);
    }
    return each_row(table, print_row, to);
}

/* ---- Markdown ---- */

static void put_markdown(FILE *to, const char *text)
{
    putc(' ', to);
    for (; *text != '\0'; text++) {
        if (*text == '|') {
            putc('\\', to);
        }
        putc(*text, to);
    }
    fputs(" |", to);
}

static void print_markdown_row(struct table *table, const struct row *row, FILE *to)
{
    putc('|', to);
    for (size_t i = 0; i < FIXED; i++) {
        put_markdown(to, row->fixed[i]);
    }
    for (size_t i = 0; i < table->metric_count; i++) {
        const bool refused = row->error[0] != '\0';
        put_markdown(to, refused ? (i == 0 ? row->error : "") : row->cells[i][0] != '\0' ? row->cells[i] : "-");
    }
    putc('\n', to);
}

static bool print_markdown(struct table *table, FILE *to)
{
    fputs("| trace | policy | size |", to);
    for (size_t i = 0; i < table->metric_count; i++) {
        put_markdown(to, scores[table->metrics[i]].name);
    }
    fputs("\n| --- | --- | ---: |", to);
    for (size_t i = 0; i < table->metric_count; i++) {
        fputs(" ---: |", to);
    }
    putc('\n', to);
    return each_row(table, print_markdown_row, to);
}

/* ---- CSV ---- */

static void print_csv_row(struct table *table, const struct row *row, FILE *to)
{
    for (size_t i = 0; i < FIXED; i++) {
        cli_put_csv(to, row->fixed[i]);
        putc(',', to);
    }
    cli_put_csv(to, row->error);
    for (size_t i = 0; i < table->metric_count; i++) {
        putc(',', to);
        cli_put_csv(to, row->cells[i]);
    }
    putc('\n', to);
}

bool sweep_print_csv(const struct sweep_results *results, const size_t *metrics, size_t metric_count, FILE *to)
{
    struct table table = {.results = results};
    choose_metrics(&table, metrics, metric_count, true);
    fputs("trace,policy,size,error", to);
    for (size_t i = 0; i < table.metric_count; i++) {
        fprintf(to, ",%s", scores[table.metrics[i]].name);
    }
    putc('\n', to);
    return each_row(&table, print_csv_row, to);
}

/* ---- JSON: the records as they are ---- */

static bool print_json(const struct sweep_results *results, FILE *to)
{
    bool first = true;
    putc('[', to);
    for (size_t i = 0; i < results->points->count; i++) {
        char *line = results->places[i].length != 0 ? sweep_results_line(results, i) : NULL;
        if (line == NULL && results->places[i].length != 0) {
            return false;
        }
        if (line != NULL) {
            fprintf(to, first ? "\n%.*s" : ",\n%.*s", (int)strcspn(line, "\n"), line);
            first = false;
        }
        free(line);
    }
    fputs("\n]\n", to);
    return true;
}

bool sweep_print(const struct sweep_results *results, enum sweep_style style, const size_t *metrics, size_t metric_count, FILE *to)
{
    struct table table = {.results = results};
    choose_metrics(&table, metrics, metric_count, false);
    switch (style) {
    case SWEEP_TEXT: return print_text(&table, to);
    case SWEEP_MARKDOWN: return print_markdown(&table, to);
    case SWEEP_JSON: return print_json(results, to);
    default: return true;
    }
}
