/* sweep_plan_json.c: the plan file, member by member, strictly. Policies and their parameters are put together when all is read, because
 * members may stand in any order. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "sweep_plan.h"

#define MOST_POLICIES 1000000u
#define MOST_STEPS 100000u

/* One parameter with its values: "tlsf": {"sl": [8, 16]}. */
struct parameter {
    char *policy, *key; /* policy "*": every one that takes it */
    char **values;
    size_t count;
    bool used;
};

struct reader {
    struct json json;
    const char *path;
    char *folder; /* of the plan, with its last slash; "" */
    struct sweep_plan *plan;
    struct sweep_error *error;
    char **policies;
    struct parameter *parameters;
    size_t policy_count, parameter_count;
    char member[160]; /* where reading stands: "parameters.tlsf.sl" */
};

/* ---- errors ---- */

static bool fail_syntax(struct reader *reader)
{
    char text[1024];
    struct trace_error problem = reader->json.error;
    snprintf(problem.file, sizeof problem.file, "%s", reader->path);
    trace_error_format(&problem, text, sizeof text);
    return sweep_fail(reader->error, trace_error_exit(problem.code), "%s", text);
}

/* The last token is not what had to come. */
static bool fail(struct reader *reader, enum json_token token, const char *expected)
{
    static const char *const names[] = {[JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array", [JSON_ARRAY_END] = "an empty array",
                                        [JSON_TRUE] = "true", [JSON_FALSE] = "false", [JSON_NULL] = "null", [JSON_OBJECT_END] = "an empty object"};
    char found[96];
    if (token == JSON_ERROR) {
        return fail_syntax(reader);
    }
    if (token == JSON_STRING || token == JSON_KEY) {
        snprintf(found, sizeof found, "\"%.80s\"", reader->json.text);
    } else {
        snprintf(found, sizeof found, "%.80s", token == JSON_NUMBER ? reader->json.text : names[token] != NULL ? names[token] : "the end");
    }
    return sweep_fail(reader->error, SWEEP_BAD_INPUT, "%s:%" PRIu64 ":%" PRIu64 ": %s: found %s, expected %s", reader->path, reader->json.line,
                      reader->json.column, reader->member, found, expected);
}

/* Puts the place before a message that has none. */
static bool at_place(struct reader *reader, bool ok)
{
    char text[sizeof reader->error->text];
    if (!ok && reader->error->exit_code == SWEEP_BAD_INPUT) {
        memcpy(text, reader->error->text, sizeof text);
        (void)sweep_fail(reader->error, SWEEP_BAD_INPUT, "%s:%" PRIu64 ":%" PRIu64 ": %s: %.2048s", reader->path, reader->json.line,
                         reader->json.column, reader->member, text);
    }
    return ok;
}

/* ---- pieces ---- */

/* A string of this document that is a C string too. */
static bool is_text(const struct reader *reader)
{
    return strlen(reader->json.text) == reader->json.length && reader->json.length != 0;
}

static bool keep(struct reader *reader, char ***list, size_t *count, const char *text)
{
    char **longer = realloc(*list, (*count + 1) * sizeof **list);
    char *copy = strdup(text);
    *list = longer != NULL ? longer : *list;
    if (longer == NULL || copy == NULL) {
        free(copy);
        return sweep_fail_memory(reader->error);
    }
    longer[(*count)++] = copy;
    return true;
}

/* Each element of an array, which may not be empty, to `one`. */
static bool each_element(struct reader *reader, const char *expected, bool (*one)(struct reader *reader, enum json_token token))
{
    enum json_token token = json_next(&reader->json);
    if (token != JSON_ARRAY) {
        return fail(reader, token, expected);
    }
    token = json_next(&reader->json);
    if (token == JSON_ARRAY_END) {
        return fail(reader, token, expected);
    }
    for (; token != JSON_ARRAY_END; token = json_next(&reader->json)) {
        if (!one(reader, token)) {
            return false;
        }
    }
    return true;
}

static bool one_trace(struct reader *reader, enum json_token token)
{
    if (token != JSON_STRING || !is_text(reader)) {
        return fail(reader, token, "the path of a trace, as a string");
    }
    return at_place(reader, sweep_plan_add_trace(reader->plan, reader->folder, reader->json.text, true, reader->error));
}

static bool one_policy(struct reader *reader, enum json_token token)
{
    struct sweep_plan tried = {0};
    if (token != JSON_STRING || !is_text(reader)) {
        return fail(reader, token, "a policy as of -p, as a string: \"tlsf\", \"tlsf:sl=16\", \"all\"");
    }
    bool ok = at_place(reader, sweep_plan_add_policies(&tried, reader->json.text, reader->error));
    for (size_t i = 0; i < tried.spec_count && ok; i++) {
        ok = keep(reader, &reader->policies, &reader->policy_count, tried.specs[i].text);
    }
    sweep_plan_free(&tried);
    return ok;
}

static bool one_metric(struct reader *reader, enum json_token token)
{
    if (token != JSON_STRING || !is_text(reader)) {
        return fail(reader, token, "a metric's name, as a string");
    }
    return at_place(reader, sweep_plan_add_metrics(reader->plan, reader->json.text, reader->error));
}

/* ---- sizes ---- */

static bool add_steps(struct reader *reader, const struct sweep_size *from, const struct sweep_size *to, uint32_t steps, bool linear)
{
    const bool times = from->kind == SWEEP_SIZE_TIMES;
    const double first = times ? from->times : (double)from->bytes, last = times ? to->times : (double)to->bytes;
    bool ok = true;
    for (uint32_t i = 0; i < steps && ok; i++) {
        char text[64];
        const double part = (double)i / (steps - 1), value = linear ? first + (last - first) * part : first * pow(last / first, part);
        if (i == 0 || i == steps - 1) {
            snprintf(text, sizeof text, "%s", i == 0 ? from->text : to->text);
        } else if (times) {
            snprintf(text, sizeof text, "%.4fx", value);
        } else {
            snprintf(text, sizeof text, "%" PRIu64, (uint64_t)round(value / 8) * 8);
        }
        ok = sweep_plan_add_sizes(reader->plan, text, reader->error);
    }
    return at_place(reader, ok);
}

/* {"from": SIZE, "to": SIZE, "steps": N, "scale": "geometric" | "linear"}, the opening brace already read. */
static bool one_range(struct reader *reader)
{
    static const char expected[] = "{\"from\": SIZE, \"to\": SIZE, \"steps\": 2 to 100000, \"scale\": \"geometric\" or \"linear\"}";
    struct sweep_size ends[2] = {{0}, {0}};
    uint64_t steps = 0;
    bool has[4] = {false}, linear = false;
    enum json_token token = JSON_ERROR;
    while ((token = json_next(&reader->json)) == JSON_KEY) {
        static const char *const keys[] = {"from", "to", "steps", "scale"};
        size_t which = 0;
        while (which < 4 && strcmp(keys[which], reader->json.text) != 0) {
            which++;
        }
        if (which == 4 || has[which]) {
            return fail(reader, token, expected);
        }
        has[which] = true;
        token = json_next(&reader->json);
        const bool text = (token == JSON_STRING || token == JSON_NUMBER) && is_text(reader);
        const char *value = reader->json.text;
        const bool good = text && (which < 2   ? sweep_size_parse(value, &ends[which]) && ends[which].kind <= SWEEP_SIZE_TIMES
                                   : which == 2 ? token == JSON_NUMBER && spec_parse_size(value, &steps) && steps >= 2 && steps <= MOST_STEPS
                                                : strcmp(value, "linear") == 0 || strcmp(value, "geometric") == 0);
        if (!good) {
            return fail(reader, token, expected);
        }
        linear = which == 3 ? value[0] == 'l' : linear;
    }
    if (token != JSON_OBJECT_END || !has[0] || !has[1] || !has[2] || ends[0].kind != ends[1].kind) {
        return fail(reader, token, expected);
    }
    return add_steps(reader, &ends[0], &ends[1], (uint32_t)steps, linear);
}

static bool one_size(struct reader *reader, enum json_token token)
{
    struct sweep_size size;
    if (token == JSON_OBJECT) {
        return one_range(reader);
    }
    if ((token != JSON_STRING && token != JSON_NUMBER) || !is_text(reader) || !sweep_size_parse(reader->json.text, &size)) {
        return fail(reader, token, SWEEP_SIZE_EXPECTED ", or {\"from\": …, \"to\": …, \"steps\": …}");
    }
    return sweep_plan_add_sizes(reader->plan, reader->json.text, reader->error);
}

/* ---- parameters ---- */

static bool one_value(struct reader *reader, enum json_token token)
{
    struct parameter *parameter = &reader->parameters[reader->parameter_count - 1];
    if ((token != JSON_STRING && token != JSON_NUMBER) || !is_text(reader) || strpbrk(reader->json.text, ":,") != NULL) {
        return fail(reader, token, "a parameter's value, as a number or a string");
    }
    return keep(reader, &parameter->values, &parameter->count, reader->json.text);
}

static bool add_parameter(struct reader *reader, const char *policy, const char *key)
{
    struct parameter *longer = realloc(reader->parameters, (reader->parameter_count + 1) * sizeof *longer);
    if (longer == NULL) {
        return sweep_fail_memory(reader->error);
    }
    reader->parameters = longer;
    struct parameter *parameter = &longer[reader->parameter_count++];
    *parameter = (struct parameter){.policy = strdup(policy), .key = strdup(key)};
    return (parameter->policy != NULL && parameter->key != NULL) || sweep_fail_memory(reader->error);
}

static bool read_keys(struct reader *reader, const char *policy)
{
    enum json_token token = json_next(&reader->json);
    if (token != JSON_OBJECT) {
        return fail(reader, token, "an object of parameters: {\"sl\": [8, 16]}");
    }
    while ((token = json_next(&reader->json)) == JSON_KEY) {
        const char *key = reader->json.text;
        for (size_t i = 0; i < reader->parameter_count; i++) {
            if (strcmp(reader->parameters[i].policy, policy) == 0 && strcmp(reader->parameters[i].key, key) == 0) {
                return fail(reader, token, "each parameter once");
            }
        }
        const struct heap_policy *known = strcmp(policy, "*") == 0 ? NULL : heap_policy_find(policy);
        snprintf(reader->member, sizeof reader->member, "parameters.%.60s.%.60s", policy, key);
        if (known != NULL && !spec_takes(known, key)) {
            char expected[160];
            snprintf(expected, sizeof expected, "one of its parameters: %.120s", spec_keys(known, (char[128]){0}, 128));
            return fail(reader, token, expected);
        }
        if (!add_parameter(reader, policy, key) || !each_element(reader, "an array of values", one_value)) {
            return false;
        }
    }
    return token == JSON_OBJECT_END || fail(reader, token, "a parameter's name");
}

static bool read_parameters(struct reader *reader)
{
    enum json_token token = json_next(&reader->json);
    if (token != JSON_OBJECT) {
        return fail(reader, token, "an object: {\"tlsf\": {\"sl\": [8, 16]}, \"*\": {\"align\": [4, 8]}}");
    }
    while ((token = json_next(&reader->json)) == JSON_KEY) {
        char policy[64];
        snprintf(policy, sizeof policy, "%.60s", reader->json.text);
        snprintf(reader->member, sizeof reader->member, "parameters");
        if (strcmp(policy, "*") != 0 && heap_policy_find(policy) == NULL) {
            return fail(reader, token, "a policy's name, or \"*\" for every policy that takes the parameter");
        }
        if (!read_keys(reader, policy)) {
            return false;
        }
    }
    return token == JSON_OBJECT_END || fail(reader, token, "a policy's name");
}

/* Does parameter `index` make variants of this policy text? An entry under the policy's name stands before one under "*". */
static bool applies(const struct reader *reader, size_t index, const struct heap_policy *policy)
{
    const struct parameter *parameter = &reader->parameters[index];
    if (strcmp(parameter->policy, "*") != 0) {
        return strcmp(parameter->policy, policy->name) == 0;
    }
    for (size_t i = 0; i < reader->parameter_count; i++) {
        if (strcmp(reader->parameters[i].policy, policy->name) == 0 && strcmp(reader->parameters[i].key, parameter->key) == 0) {
            return false;
        }
    }
    return spec_takes(policy, parameter->key);
}

/* Is ":key=" set in the policy's text already? */
static bool is_set(const char *text, const char *key)
{
    char pattern[96];
    snprintf(pattern, sizeof pattern, ":%.80s=", key);
    return strstr(text, pattern) != NULL;
}

/* The policy's text with every combination of the parameters from `index` on; recursion as deep as there are parameters. */
static bool expand(struct reader *reader, const char *text, const struct heap_policy *policy, size_t index)
{
    while (index < reader->parameter_count && !applies(reader, index, policy)) {
        index++;
    }
    if (index == reader->parameter_count) {
        if (reader->plan->spec_count >= MOST_POLICIES) {
            return sweep_fail(reader->error, SWEEP_RESOURCES, "%s: more than %u policies with their parameters", reader->path, MOST_POLICIES);
        }
        return sweep_plan_add_policies(reader->plan, text, reader->error);
    }
    struct parameter *parameter = &reader->parameters[index];
    parameter->used = true;
    if (is_set(text, parameter->key)) {
        return sweep_fail(reader->error, SWEEP_BAD_INPUT, "%s is set in \"policies\" (%s) and in \"parameters\": expected in one of them",
                          parameter->key, text);
    }
    bool ok = true;
    for (size_t i = 0; i < parameter->count && ok; i++) {
        char *longer = NULL;
        ok = asprintf(&longer, "%s:%s=%s", text, parameter->key, parameter->values[i]) >= 0 || sweep_fail_memory(reader->error);
        ok = ok && expand(reader, longer, policy, index + 1);
        free(longer);
    }
    return ok;
}

static bool expand_all(struct reader *reader)
{
    bool ok = true;
    for (size_t i = 0; i < reader->policy_count && ok; i++) {
        char name[SPEC_TEXT];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(reader->policies[i], ":"), reader->policies[i]);
        ok = expand(reader, reader->policies[i], heap_policy_find(name), 0);
    }
    for (size_t i = 0; i < reader->parameter_count && ok && reader->policy_count != 0; i++) {
        const struct parameter *parameter = &reader->parameters[i];
        ok = parameter->used || sweep_fail(reader->error, SWEEP_BAD_INPUT, "parameters.%s.%s: none of the policies takes it", parameter->policy,
                                           parameter->key);
    }
    return ok;
}

/* ---- the whole ---- */

static bool read_traces(struct reader *reader) { return each_element(reader, "an array of paths", one_trace); }
static bool read_policies(struct reader *reader) { return each_element(reader, "an array of policies", one_policy); }
static bool read_sizes(struct reader *reader) { return each_element(reader, "an array of heap sizes", one_size); }
static bool read_metrics(struct reader *reader) { return each_element(reader, "an array of metrics' names", one_metric); }

static bool read_flag(struct reader *reader, bool *flag)
{
    const enum json_token token = json_next(&reader->json);
    *flag = token == JSON_TRUE;
    return token == JSON_TRUE || token == JSON_FALSE || fail(reader, token, "true or false");
}

static bool read_min_heap(struct reader *reader) { return read_flag(reader, &reader->plan->min_heap); }
static bool read_safe_heap(struct reader *reader) { return read_flag(reader, &reader->plan->safe_heap); }
static bool read_lenient(struct reader *reader) { return read_flag(reader, &reader->plan->lenient); }

static bool read_arena_base(struct reader *reader)
{
    const enum json_token token = json_next(&reader->json);
    uint64_t address = 0;
    if ((token != JSON_STRING && token != JSON_NUMBER) || !spec_parse_size(reader->json.text, &address) || address == 0 || address > UINT32_MAX) {
        return fail(reader, token, "a 32-bit address, not 0: \"0x20000000\"");
    }
    reader->plan->arena_base = (uint32_t)address;
    return true;
}

static const struct {
    const char *name;
    bool (*read)(struct reader *reader);
} members[] = {{"traces", read_traces},     {"policies", read_policies},   {"parameters", read_parameters}, {"sizes", read_sizes},
               {"min_heap", read_min_heap}, {"safe_heap", read_safe_heap}, {"metrics", read_metrics},       {"lenient", read_lenient},
               {"arena_base", read_arena_base}};
enum { MEMBERS = sizeof members / sizeof members[0] };

static bool read_members(struct reader *reader)
{
    static const char expected[] = "traces, policies, parameters, sizes, min_heap, safe_heap, metrics, lenient or arena_base";
    bool seen[MEMBERS] = {false};
    snprintf(reader->member, sizeof reader->member, "the plan");
    enum json_token token = json_next(&reader->json);
    if (token != JSON_OBJECT) {
        return fail(reader, token, "an object with the members traces and policies");
    }
    while ((token = json_next(&reader->json)) == JSON_KEY) {
        size_t which = 0;
        while (which < MEMBERS && (strcmp(members[which].name, reader->json.text) != 0 || strlen(reader->json.text) != reader->json.length)) {
            which++;
        }
        if (which == MEMBERS || seen[which]) {
            snprintf(reader->member, sizeof reader->member, which == MEMBERS ? "unknown member" : "member given twice");
            return fail(reader, token, expected);
        }
        seen[which] = true;
        snprintf(reader->member, sizeof reader->member, "%s", members[which].name);
        if (!members[which].read(reader)) {
            return false;
        }
    }
    return (token == JSON_OBJECT_END && json_next(&reader->json) == JSON_END) || fail_syntax(reader);
}

static void free_reader(struct reader *reader)
{
    for (size_t i = 0; i < reader->policy_count; i++) {
        free(reader->policies[i]);
    }
    for (size_t i = 0; i < reader->parameter_count; i++) {
        struct parameter *parameter = &reader->parameters[i];
        for (size_t value = 0; value < parameter->count; value++) {
            free(parameter->values[value]);
        }
        free(parameter->values);
        free(parameter->policy);
        free(parameter->key);
    }
    free(reader->policies);
    free(reader->parameters);
    free(reader->folder);
}

bool sweep_plan_read(struct sweep_plan *plan, const char *path, struct sweep_error *error)
{
    const char *slash = strrchr(path, '/');
    struct reader reader = {.path = path, .plan = plan, .error = error};
    struct trace_bytes bytes;
    if (trace_bytes_open(&bytes, path) != 0) {
        return sweep_fail(error, SWEEP_BAD_INPUT, "%s: cannot read the plan: %s", path, strerror(errno));
    }
    reader.folder = strndup(path, slash == NULL ? 0 : (size_t)(slash - path) + 1);
    bool ok = reader.folder != NULL && json_open(&reader.json, &bytes, (struct json_limits){.depth = 16, .string_bytes = 65536});
    if (!ok) {
        (void)sweep_fail_memory(error);
    } else {
        ok = read_members(&reader);
        json_close(&reader.json);
    }
    trace_bytes_close(&bytes);
    if (ok) {
        ok = expand_all(&reader) && sweep_plan_complete(plan, error);
        if (!ok && error->exit_code == SWEEP_BAD_INPUT) {
            char text[sizeof error->text];
            memcpy(text, error->text, sizeof text);
            (void)sweep_fail(error, SWEEP_BAD_INPUT, "%s: %.2048s", path, text);
        }
    }
    free_reader(&reader);
    return ok;
}
