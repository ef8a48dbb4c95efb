/* sweep_plan.c: see sweep_plan.h: the parts of a plan. The file is read in sweep_plan_json.c. */
#include "sweep_plan.h"

#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"

#define HEAP_MOST ((uint64_t)INT32_MAX)

/* ---- sizes ---- */

static bool parse_times(const char *text, double *times)
{
    char *end = NULL;
    if (*text < '0' || *text > '9' || strspn(text, "0123456789.") + 1 != strlen(text)) {
        return false;
    }
    *times = strtod(text, &end);
    return strcmp(end, "x") == 0 && *times > 0 && *times <= 1e6;
}

bool sweep_size_parse(const char *text, struct sweep_size *size)
{
    *size = (struct sweep_size){.kind = SWEEP_SIZE_BYTES};
    if (strcmp(text, "min") == 0 || strcmp(text, "default") == 0) {
        size->kind = text[0] == 'm' ? SWEEP_SIZE_MIN : SWEEP_SIZE_DEFAULT;
        snprintf(size->text, sizeof size->text, "%s", text);
        return true;
    }
    if (parse_times(text, &size->times)) {
        size->kind = SWEEP_SIZE_TIMES;
        snprintf(size->text, sizeof size->text, "%.9gx", size->times);
        return parse_times(size->text, &size->times);
    }
    if (!spec_parse_size(text, &size->bytes) || size->bytes < 8 || size->bytes > HEAP_MOST) {
        return false;
    }
    snprintf(size->text, sizeof size->text, "%" PRIu64, size->bytes);
    return true;
}

uint64_t sweep_size_resolve(const struct sweep_size *size, uint64_t peak_payload_bytes)
{
    if (size->kind == SWEEP_SIZE_BYTES || size->kind == SWEEP_SIZE_MIN) {
        return size->bytes;
    }
    if (size->kind == SWEEP_SIZE_DEFAULT) {
        return spec_default_heap(peak_payload_bytes);
    }
    const double bytes = ceil(size->times * (double)peak_payload_bytes / 8) * 8;
    return bytes < 8 ? 8 : bytes > (double)HEAP_MOST ? UINT64_MAX : (uint64_t)bytes;
}

/* ---- parts ---- */

/* Room for one more in a list that grows by doubling; NULL without memory. */
static void *more(void *list, size_t count, size_t item_bytes)
{
    return count == 0 || (count & (count - 1)) == 0 ? realloc(list, (count == 0 ? 1 : 2 * count) * item_bytes) : list;
}

static bool add_file(struct sweep_plan *plan, const char *path, const char *file, struct sweep_error *error)
{
    for (size_t i = 0; i < plan->trace_count; i++) {
        if (strcmp(plan->traces[i].path, path) == 0) {
            return true;
        }
    }
    if (!json_is_utf8(path, strlen(path))) {
        return sweep_fail(error, SWEEP_BAD_INPUT, "%s: the file's name is not UTF-8, and results name it", path);
    }
    struct sweep_plan_trace *traces = more(plan->traces, plan->trace_count, sizeof *traces);
    if (traces == NULL) {
        return sweep_fail_memory(error);
    }
    plan->traces = traces;
    struct sweep_plan_trace *trace = &traces[plan->trace_count];
    *trace = (struct sweep_plan_trace){strdup(path), strdup(file)};
    plan->trace_count++;
    return (trace->path != NULL && trace->file != NULL) || sweep_fail_memory(error);
}

/* The folder's name is no pattern, whatever it holds. */
static size_t escape(char *to, const char *text)
{
    size_t used = 0;
    for (; *text != '\0'; text++) {
        if (strchr("*?[]\\", *text) != NULL) {
            to[used++] = '\\';
        }
        to[used++] = *text;
    }
    to[used] = '\0';
    return used;
}

static bool add_pattern(struct sweep_plan *plan, const char *folder, const char *pattern, struct sweep_error *error)
{
    glob_t found;
    char *whole = malloc(2 * strlen(folder) + strlen(pattern) + 1);
    if (whole == NULL) {
        return sweep_fail_memory(error);
    }
    strcpy(whole + escape(whole, folder), pattern);
    const int result = glob(whole, GLOB_ERR, NULL, &found);
    bool ok = result == 0;
    free(whole);
    if (result == GLOB_NOSPACE) {
        return sweep_fail_memory(error);
    }
    if (result != 0) {
        return sweep_fail(error, SWEEP_BAD_INPUT, "%s%s: %s", folder, pattern, result == GLOB_NOMATCH ? "no file fits" : "cannot read the folder");
    }
    for (size_t i = 0; i < found.gl_pathc && ok; i++) {
        ok = add_file(plan, found.gl_pathv[i] + strlen(folder), found.gl_pathv[i], error);
    }
    globfree(&found);
    return ok;
}

bool sweep_plan_add_trace(struct sweep_plan *plan, const char *folder, const char *path, bool patterns, struct sweep_error *error)
{
    const char *before = path[0] == '/' ? "" : folder;
    char *file = NULL;
    if (asprintf(&file, "%s%s", before, path) < 0) {
        return sweep_fail_memory(error);
    }
    const bool is_pattern = patterns && strpbrk(path, "*?[") != NULL && access(file, F_OK) != 0;
    const bool ok = is_pattern ? add_pattern(plan, before, path, error) : add_file(plan, path, file, error);
    free(file);
    return ok;
}

static bool add_spec(struct sweep_plan *plan, const struct spec *spec, struct sweep_error *error)
{
    for (size_t i = 0; i < plan->spec_count; i++) {
        if (strcmp(plan->specs[i].text, spec->text) == 0) {
            return true;
        }
    }
    if (strlen(spec->text) == SPEC_TEXT - 1) {
        return sweep_fail(error, SWEEP_BAD_INPUT, "%s…: found a policy whose text is cut, expected fewer parameters at once", spec->text);
    }
    struct spec *specs = more(plan->specs, plan->spec_count, sizeof *specs);
    if (specs == NULL) {
        return sweep_fail_memory(error);
    }
    plan->specs = specs;
    specs[plan->spec_count++] = *spec;
    return true;
}

bool sweep_plan_add_policies(struct sweep_plan *plan, const char *text, struct sweep_error *error)
{
    char why[1536];
    struct spec_list *list = calloc(1, sizeof *list);
    bool ok = list != NULL;
    if (!ok) {
        return sweep_fail_memory(error);
    }
    if (!spec_parse(list, text, why, sizeof why)) {
        free(list);
        return sweep_fail(error, SWEEP_BAD_INPUT, "%s", why);
    }
    for (size_t i = 0; i < list->count && ok; i++) {
        ok = add_spec(plan, &list->items[i], error);
    }
    free(list);
    return ok;
}

static bool add_size(struct sweep_plan *plan, const struct sweep_size *size, struct sweep_error *error)
{
    for (size_t i = 0; i < plan->size_count; i++) {
        if (strcmp(plan->sizes[i].text, size->text) == 0) {
            return true;
        }
    }
    struct sweep_size *sizes = more(plan->sizes, plan->size_count, sizeof *sizes);
    if (sizes == NULL) {
        return sweep_fail_memory(error);
    }
    plan->sizes = sizes;
    sizes[plan->size_count++] = *size;
    return true;
}

/* Calls `add` for each part of a text with commas. */
static bool each_part(struct sweep_plan *plan, const char *text, bool (*add)(struct sweep_plan *plan, const char *part, struct sweep_error *error),
                      struct sweep_error *error)
{
    char *copy = strdup(text), *rest = copy;
    bool ok = copy != NULL || sweep_fail_memory(error);
    for (char *part = NULL; ok && (part = strsep(&rest, ",")) != NULL;) {
        ok = add(plan, part, error);
    }
    free(copy);
    return ok;
}

static bool add_size_text(struct sweep_plan *plan, const char *text, struct sweep_error *error)
{
    struct sweep_size size;
    if (!sweep_size_parse(text, &size)) {
        return sweep_fail(error, SWEEP_BAD_INPUT, "found '%.60s', expected %s", text, SWEEP_SIZE_EXPECTED);
    }
    return add_size(plan, &size, error);
}

bool sweep_plan_add_sizes(struct sweep_plan *plan, const char *text, struct sweep_error *error)
{
    return each_part(plan, text, add_size_text, error);
}

static bool add_metric(struct sweep_plan *plan, const char *name, struct sweep_error *error)
{
    char why[2048];
    size_t index = 0;
    if (!score_parse(name, &index, why, sizeof why)) {
        return sweep_fail(error, SWEEP_BAD_INPUT, "%s", why);
    }
    for (size_t i = 0; i < plan->metric_count; i++) {
        if (plan->metrics[i] == index) {
            return true;
        }
    }
    plan->metrics[plan->metric_count++] = index;
    return true;
}

bool sweep_plan_add_metrics(struct sweep_plan *plan, const char *text, struct sweep_error *error)
{
    return each_part(plan, text, add_metric, error);
}

bool sweep_plan_complete(struct sweep_plan *plan, struct sweep_error *error)
{
    if (plan->trace_count == 0 || plan->spec_count == 0) {
        return sweep_fail(error, SWEEP_BAD_INPUT, "no %s given", plan->trace_count == 0 ? "traces" : "policies");
    }
    for (size_t i = 0; i < plan->spec_count; i++) {
        plan->specs[i].options.arena_base = plan->arena_base;
    }
    return plan->size_count != 0 || add_size_text(plan, "default", error);
}

bool sweep_plan_any_faithful(const struct sweep_plan *plan)
{
    bool any = false;
    for (size_t i = 0; i < plan->spec_count; i++) {
        any = any || lane_is_faithful(&plan->specs[i].options);
    }
    return any;
}

void sweep_plan_free(struct sweep_plan *plan)
{
    for (size_t i = 0; i < plan->trace_count; i++) {
        free(plan->traces[i].path);
        free(plan->traces[i].file);
    }
    free(plan->traces);
    free(plan->specs);
    free(plan->sizes);
    *plan = (struct sweep_plan){0};
}
