/* spec.c: see spec.h. */
#include "spec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES (UINT64_C(1) << 53)

static bool parse_number(const char *text, const char **end, uint64_t *value)
{
    if (*text < '0' || *text > '9') {
        return false;
    }
    char *stop = NULL;
    const bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    *value = strtoull(text, &stop, hex ? 16 : 10);
    *end = stop;
    return *value <= MOST_BYTES;
}

bool spec_parse_size(const char *text, uint64_t *bytes)
{
    static const char units[] = "KMG";
    const char *end = NULL;
    if (!parse_number(text, &end, bytes)) {
        return false;
    }
    const bool letter = (*end >= 'A' && *end <= 'Z') || (*end >= 'a' && *end <= 'z');
    const char *unit = letter ? strchr(units, *end & ~0x20) : NULL;
    if (unit != NULL) {
        const unsigned shift = 10u * (unsigned)(unit - units + 1);
        if (*bytes > MOST_BYTES >> shift) {
            return false;
        }
        *bytes <<= shift;
        end++;
        end += end[0] == 'i' && end[1] == 'B';
    }
    end += *end == 'B';
    return *end == '\0' && *bytes <= MOST_BYTES;
}

bool spec_parse_region(const char *text, struct lane_region *region)
{
    char offset[32];
    uint64_t at = 0, bytes = 0;
    const char *comma = strchr(text, ',');
    if (comma == NULL || (size_t)(comma - text) >= sizeof offset) {
        return false;
    }
    memcpy(offset, text, (size_t)(comma - text));
    offset[comma - text] = '\0';
    if (!spec_parse_size(offset, &at) || !spec_parse_size(comma + 1, &bytes) || at > UINT32_MAX || bytes > INT32_MAX) {
        return false;
    }
    *region = (struct lane_region){(uint32_t)at, (uint32_t)bytes};
    return true;
}

const char *spec_keys(const struct heap_policy *policy, char *text, size_t size)
{
    size_t used = 0;
    for (const struct heap_param *param = policy->inspect->params; param != NULL && param->key != NULL; param++) {
        const int n = snprintf(text + used, size - used, "%s, ", param->key);
        used += n > 0 && (size_t)n < size - used ? (size_t)n : 0;
    }
    snprintf(text + used, size - used, policy->inspect->replica != NULL ? "checks, guard" : "align, checks");
    return text;
}

bool spec_takes(const struct heap_policy *policy, const char *key)
{
    bool takes = strcmp(key, "checks") == 0 || strcmp(key, policy->inspect->replica != NULL ? "guard" : "align") == 0;
    for (const struct heap_param *param = policy->inspect->params; param != NULL && param->key != NULL; param++) {
        takes = takes || strcmp(key, param->key) == 0;
    }
    return takes;
}

/* Compares "10.4.3" and "11" number by number; a part that is missing is 0. */
static int compare_versions(const char *a, const char *b)
{
    while (*a >= '0' && *a <= '9' && *b >= '0' && *b <= '9') {
        char *a_end = NULL, *b_end = NULL;
        const unsigned long x = strtoul(a, &a_end, 10), y = strtoul(b, &b_end, 10);
        if (x != y) {
            return x < y ? -1 : 1;
        }
        a = a_end + (*a_end == '.');
        b = b_end + (*b_end == '.');
        if (*a_end == '\0' || *b_end == '\0' || *a_end == '|' || *b_end == '|') {
            return 0; /* "11" means all of 11 */
        }
    }
    return 0;
}

/* The value of a word in param->choices, or 0. */
static uint32_t choose(const struct heap_param *param, const char *word)
{
    uint32_t index = 1, chosen = 0;
    word += param->since && (*word == 'V' || *word == 'v');
    for (const char *choice = param->choices; *choice != '\0'; index++) {
        const size_t length = strcspn(choice, "|");
        const bool same = strlen(word) == length && memcmp(choice, word, length) == 0;
        const bool old_enough = param->since && *word >= '0' && *word <= '9' && compare_versions(choice, word) <= 0;
        if (param->since ? old_enough : same) {
            chosen = index;
        }
        choice += length + (choice[length] == '|');
    }
    return chosen;
}

static bool set_own_param(struct spec *spec, const struct heap_param *param, uint32_t index, const char *value, char *why, size_t why_size)
{
    const char *name = spec->options.policy->name;
    if (param->choices != NULL) {
        spec->options.params[index] = choose(param, value);
        if (spec->options.params[index] == 0) {
            char expected[256];
            const int first = (int)strcspn(param->choices, "|");
            if (param->since) {
                snprintf(expected, sizeof expected, "a version from %.*s on (it makes a difference at %s)", first, param->choices, param->choices);
            } else {
                snprintf(expected, sizeof expected, "one of %s", param->choices);
            }
            snprintf(why, why_size, "%s: %s=%s: expected %s", name, param->key, value, expected);
        }
        return spec->options.params[index] != 0;
    }
    uint64_t number = 0;
    if (!spec_parse_size(value, &number) || number < param->min || number > param->max || (param->power_of_two && (number & (number - 1)) != 0)) {
        snprintf(why, why_size, "%s: %s=%s: expected %s%" PRIu32 " … %" PRIu32, name, param->key, value,
                 param->power_of_two ? "a power of two, " : "", param->min, param->max);
        return false;
    }
    spec->options.params[index] = (uint32_t)number;
    return true;
}

static bool set_param(struct spec *spec, const char *key, const char *value, char *why, size_t why_size)
{
    const struct heap_policy *policy = spec->options.policy;
    const bool replica = policy->inspect->replica != NULL;
    const struct heap_param *param = policy->inspect->params;
    for (uint32_t i = 0; param != NULL && param[i].key != NULL; i++) {
        if (strcmp(param[i].key, key) == 0) {
            return set_own_param(spec, &param[i], i, value, why, why_size);
        }
    }
    if (strcmp(key, "align") == 0 && !replica) {
        uint64_t number = 0;
        if (!spec_parse_size(value, &number) || (number != 4 && number != 8 && number != 16)) {
            snprintf(why, why_size, "%s: align=%s: expected 4, 8 or 16", policy->name, value);
            return false;
        }
        spec->options.alignment = (uint32_t)number;
        return true;
    }
    if (strcmp(key, "guard") == 0 && replica && (strcmp(value, "on") == 0 || strcmp(value, "off") == 0)) {
        spec->options.guarded = value[1] == 'n';
        return true;
    }
    if (strcmp(key, "checks") == 0 && (strcmp(value, "none") == 0 || strcmp(value, "basic") == 0)) {
        spec->options.checks = value[0] == 'n' ? HEAP_CHECKS_NONE : HEAP_CHECKS_BASIC;
        return true;
    }
    char keys[128];
    snprintf(why, why_size, "%s: unknown parameter %s=%s: expected one of %s", policy->name, key, value, spec_keys(policy, keys, sizeof keys));
    return false;
}

/* Where more text goes in a buffer that always ends in '\0'; what does not fit is left out. */
static void add_text(struct spec *spec, const char *key, const char *value, int length)
{
    const size_t used = strlen(spec->text);
    snprintf(spec->text + used, sizeof spec->text - used, ":%s=%.*s", key, length, value);
}

static void add_param_text(struct spec *spec, const struct heap_param *param, uint32_t value)
{
    char number[16];
    const char *word = param->choices;
    for (uint32_t i = 1; word != NULL && i < value; i++) {
        word += strcspn(word, "|") + 1;
    }
    snprintf(number, sizeof number, "%" PRIu32, value);
    add_text(spec, param->key, word != NULL ? word : number, word != NULL ? (int)strcspn(word, "|") : (int)sizeof number);
}

void spec_write(struct spec *spec)
{
    const struct lane_options *options = &spec->options;
    const struct heap_param *params = options->policy->inspect->params;
    snprintf(spec->text, sizeof spec->text, "%s", options->policy->name);
    for (uint32_t i = 0; params != NULL && params[i].key != NULL; i++) {
        if (options->params[i] != 0) {
            add_param_text(spec, &params[i], options->params[i]);
        }
    }
    if (options->alignment != 0) {
        add_text(spec, "align", options->alignment == 4 ? "4" : options->alignment == 8 ? "8" : "16", 2);
    }
    if (options->checks != 0) {
        add_text(spec, "checks", options->checks == HEAP_CHECKS_NONE ? "none" : "basic", 5);
    }
    if (options->guarded) {
        add_text(spec, "guard", "on", 2);
    }
}

static void list_policies(char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < heap_policy_count; i++) {
        const int n = snprintf(text + used, size - used, "%s%s", i == 0 ? "" : ", ", heap_policies[i]->name);
        used += n > 0 && (size_t)n < size - used ? (size_t)n : 0;
    }
}

static bool add_one(struct spec_list *list, char *text, char *why, size_t why_size)
{
    if (list->count == SPEC_MAX) {
        snprintf(why, why_size, "more than %d policies", SPEC_MAX);
        return false;
    }
    struct spec *spec = &list->items[list->count];
    memset(spec, 0, sizeof *spec);
    char *rest = text;
    const char *name = strsep(&rest, ":");
    spec->options.policy = heap_policy_find(name);
    if (spec->options.policy == NULL) {
        char names[1024];
        list_policies(names, sizeof names);
        snprintf(why, why_size, "unknown policy '%s': expected %s, or all", name, names);
        return false;
    }
    for (char *pair = NULL; (pair = strsep(&rest, ":")) != NULL;) {
        char *value = strchr(pair, '=');
        if (value == NULL) {
            snprintf(why, why_size, "%s: '%s': expected key=value", name, pair);
            return false;
        }
        *value++ = '\0';
        if (!set_param(spec, pair, value, why, why_size)) {
            return false;
        }
    }
    spec_write(spec);
    list->count++;
    return true;
}

bool spec_parse(struct spec_list *list, const char *text, char *why, size_t why_size)
{
    char copy[1024];
    if (strlen(text) >= sizeof copy) {
        snprintf(why, why_size, "a list of policies longer than %zu characters", sizeof copy - 1);
        return false;
    }
    strcpy(copy, text);
    char *rest = copy;
    for (char *item = NULL; (item = strsep(&rest, ",")) != NULL;) {
        if (strcmp(item, "all") != 0) {
            if (!add_one(list, item, why, why_size)) {
                return false;
            }
            continue;
        }
        for (size_t i = 0; i < heap_policy_count; i++) {
            char name[SPEC_TEXT];
            snprintf(name, sizeof name, "%s", heap_policies[i]->name);
            if (!add_one(list, name, why, why_size)) {
                return false;
            }
        }
    }
    return true;
}

int spec_list_width(const struct spec_list *list)
{
    size_t width = 22;
    for (size_t i = 0; i < list->count; i++) {
        const size_t length = strlen(list->items[i].text);
        width = length > width ? length : width;
    }
    return (int)width;
}

uint32_t spec_default_heap(uint64_t peak_payload_bytes)
{
    const uint64_t bytes = (peak_payload_bytes + peak_payload_bytes / 4 + 4095) / 4096 * 4096;
    return bytes == 0 ? 4096 : bytes > INT32_MAX ? INT32_MAX & ~4095 : (uint32_t)bytes;
}

const char *spec_format_bytes(uint64_t bytes, char *buffer, size_t size)
{
    if (bytes % 1024 == 0 && bytes >= 1024) {
        snprintf(buffer, size, bytes % 1048576 == 0 ? "%" PRIu64 " MiB" : "%" PRIu64 " KiB", bytes % 1048576 == 0 ? bytes >> 20 : bytes >> 10);
    } else {
        snprintf(buffer, size, "%" PRIu64 " B", bytes);
    }
    return buffer;
}
