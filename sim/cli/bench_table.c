/* bench_table.c: see bench_table.h. The members of the JSON form are docs/BENCH.md's and stay. */
#include "bench_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "cli.h"

static const char *const met_words[] = {"-", "no", "yes"}; /* bench_met + 1 */

/* Four digits that count, and no more: "0.0123", "35.67", "1234"; "" for NAN. */
static const char *format_value(double value, char *buffer, size_t size)
{
    const double magnitude = fabs(value);
    const int digits = magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : magnitude >= 0.1 ? 3 : 4;
    if (isnan(value)) {
        buffer[0] = '\0';
    } else {
        snprintf(buffer, size, "%.*f", digits, value);
    }
    return buffer;
}

static const char *format_goal(const struct bench_row *row, char *buffer, size_t size)
{
    static const char *const signs[] = {[BENCH_NO_GOAL] = "", [BENCH_AT_LEAST] = ">= ", [BENCH_AT_MOST] = "<= ", [BENCH_RATIO_AT_MOST] = "x <= "};
    char goal[32];
    if (row->goal_kind == BENCH_NO_GOAL) {
        buffer[0] = '\0';
    } else {
        snprintf(goal, sizeof goal, "%g", row->goal);
        snprintf(buffer, size, "%s%s", signs[row->goal_kind], goal);
    }
    return buffer;
}

/* A row's numbers as they are printed. */
struct cells {
    char value[32], peer[32], ratio[32], goal[32];
    const char *met;
};

static struct cells cells_of(const struct bench_row *row)
{
    struct cells cells = {.met = met_words[bench_met(row) + 1]};
    (void)format_value(row->value, cells.value, sizeof cells.value);
    (void)format_value(row->peer_value, cells.peer, sizeof cells.peer);
    (void)format_value(bench_ratio(row), cells.ratio, sizeof cells.ratio);
    (void)format_goal(row, cells.goal, sizeof cells.goal);
    if (cells.value[0] == '\0') {
        snprintf(cells.value, sizeof cells.value, "left out");
    }
    return cells;
}

static const struct bench_group *group_of(const struct bench_row *row)
{
    size_t i = 0;
    while (i + 1 < bench_group_count && strcmp(bench_groups[i].name, row->group) != 0) {
        i++;
    }
    return &bench_groups[i];
}

/* ---- for people ---- */

static void print_machine(const struct bench_table *table, const char *prefix)
{
    const struct bench_machine *machine = table->machine;
    printf("%smachine:  %s, %u cores, %.1f GiB; load %.2f at the start\n", prefix, machine->cpu, machine->cores, machine->memory_gib,
           machine->load_average);
    printf("%ssystem:   %s; %s\n", prefix, machine->system, machine->compiler);
    printf("%sheaplab:  %s, %s build; %s\n", prefix, HEAPLAB_VERSION, machine->build, machine->date);
    printf("%smeasured: the best of %u rounds, taken in turn%s\n", prefix, (unsigned)table->plan->rounds,
           table->plan->quick ? "; QUICK: shows that it works, not how fast it is" : "");
}

static void print_text(const struct bench_table *table)
{
    static const char line[] = "   %-46s %9s %-12s %-24s %9s %7s %8s %s\n";
    const char *group = "";
    print_machine(table, "");
    for (size_t i = 0; i < table->report->count; i++) {
        const struct bench_row *row = &table->report->rows[i];
        const struct cells cells = cells_of(row);
        if (strcmp(group, row->group) != 0) {
            group = row->group;
            printf("\n%s: %s\n   heaplab bench --only %s%s\n", group, group_of(row)->what, group, table->again);
            printf(line, "what", "value", "", "peer", "its value", "ratio", "goal", "met");
        }
        printf(line, row->what, cells.value, row->unit, row->peer, cells.peer, cells.ratio, cells.goal, cells.met);
        if (row->note[0] != '\0') {
            printf("      (%s)\n", row->note);
        }
    }
}

static void print_markdown(const struct bench_table *table)
{
    print_machine(table, "- ");
    puts("\n| what | value | unit | peer | its value | ratio | goal | met | command |");
    puts("| --- | ---: | --- | --- | ---: | ---: | --- | --- | --- |");
    for (size_t i = 0; i < table->report->count; i++) {
        const struct bench_row *row = &table->report->rows[i];
        const struct cells cells = cells_of(row);
        printf(row->note[0] == '\0' ? "| %s%s" : "| %s (%s)", row->what, row->note);
        printf(" | %s | %s | %s | %s | %s | %s | %s | `heaplab bench --only %s%s` |\n", cells.value, row->unit, row->peer, cells.peer, cells.ratio,
               cells.goal, cells.met, row->group, table->again);
    }
}

/* ---- as JSON ---- */

/* Null where it is not known; six digits that count. */
static void add_number(cJSON *object, const char *name, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.6g", value);
    cJSON_AddItemToObject(object, name, isfinite(value) ? cJSON_CreateRaw(text) : cJSON_CreateNull());
}

static void add_text(cJSON *object, const char *name, const char *text)
{
    cJSON_AddItemToObject(object, name, text[0] == '\0' ? cJSON_CreateNull() : cJSON_CreateString(text));
}

static void add_machine(cJSON *root, const struct bench_table *table)
{
    const struct bench_machine *machine = table->machine;
    cJSON *object = cJSON_AddObjectToObject(root, "machine");
    cJSON_AddStringToObject(object, "cpu", machine->cpu);
    cJSON_AddNumberToObject(object, "cores", machine->cores);
    add_number(object, "memory_gib", machine->memory_gib);
    add_number(object, "load_average", machine->load_average);
    cJSON_AddStringToObject(object, "system", machine->system);
    cJSON_AddStringToObject(object, "compiler", machine->compiler);
    cJSON_AddStringToObject(root, "heaplab", HEAPLAB_VERSION);
    cJSON_AddStringToObject(root, "build", machine->build);
    cJSON_AddBoolToObject(root, "release", machine->release);
    cJSON_AddStringToObject(root, "date", machine->date);
    cJSON_AddNumberToObject(root, "rounds", table->plan->rounds);
    cJSON_AddBoolToObject(root, "quick", table->plan->quick);
}

static cJSON *json_of_row(const struct bench_table *table, const struct bench_row *row)
{
    static const char *const kinds[] = {[BENCH_NO_GOAL] = "", [BENCH_AT_LEAST] = "at_least", [BENCH_AT_MOST] = "at_most",
                                        [BENCH_RATIO_AT_MOST] = "ratio_at_most"};
    cJSON *object = cJSON_CreateObject();
    char command[8300];
    const int met = bench_met(row);
    snprintf(command, sizeof command, "heaplab bench --only %s%s", row->group, table->again);
    cJSON_AddStringToObject(object, "group", row->group);
    cJSON_AddStringToObject(object, "name", row->what);
    add_number(object, "value", row->value);
    cJSON_AddStringToObject(object, "unit", row->unit);
    add_text(object, "peer", row->peer);
    add_number(object, "peer_value", row->peer_value);
    add_number(object, "ratio", bench_ratio(row));
    add_text(object, "goal_kind", kinds[row->goal_kind]);
    add_number(object, "goal", row->goal_kind == BENCH_NO_GOAL ? NAN : row->goal);
    cJSON_AddItemToObject(object, "met", met < 0 ? cJSON_CreateNull() : cJSON_CreateBool(met));
    add_text(object, "note", row->note);
    cJSON_AddStringToObject(object, "command", command);
    return object;
}

static int print_json(const struct bench_table *table)
{
    cJSON *root = cli_json(cJSON_CreateObject);
    add_machine(root, table);
    cJSON *rows = cJSON_AddArrayToObject(root, "rows");
    for (size_t i = 0; i < table->report->count; i++) {
        cJSON_AddItemToArray(rows, json_of_row(table, &table->report->rows[i]));
    }
    return cli_print_json(root, CLI_DONE);
}

int bench_table_print(const struct bench_table *table, enum bench_style style)
{
    if (style == BENCH_JSON) {
        return print_json(table);
    }
    if (style == BENCH_MARKDOWN) {
        print_markdown(table);
    } else {
        print_text(table);
    }
    return CLI_DONE;
}
