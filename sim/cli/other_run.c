/* other_run.c: see other_run.h. */
#include "other_run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* One part behind an @. */
static bool parse_part(struct other_run *other, const char *command, const char *part)
{
    if (strncmp(part, "base=", 5) == 0) {
        return cli_parse_base(command, part + 5, &other->arena_base);
    }
    return cli_parse_heap(command, part, &other->heap_bytes);
}

static bool parse_policy(struct other_run *other, const char *command, const char *option, const char *policy)
{
    char why[1024] = "";
    struct spec_list *list = calloc(1, sizeof *list);
    bool ok = list != NULL && spec_parse(list, policy, why, sizeof why);
    if (!ok) {
        (void)(list == NULL ? cli_fail(CLI_RESOURCES, "out of memory") : cli_usage(command, "%s %s: %s", option, policy, why));
    } else if (list->count != 1) {
        cli_usage(command, "%s %s: expected one policy, found %zu", option, policy, list->count);
        ok = false;
    } else {
        other->spec = list->items[0];
    }
    free(list);
    return ok;
}

bool other_run_parse(struct other_run *other, const char *command, const char *option, const char *text)
{
    char copy[512], *rest = NULL;
    *other = (struct other_run){0};
    if (text[0] == '\0' || strlen(text) >= sizeof copy) {
        cli_usage(command, "%s '%.40s': expected " OTHER_RUN_FORM, option, text);
        return false;
    }
    snprintf(copy, sizeof copy, "%s", text);
    char *part = strtok_r(copy, "@", &rest);
    if (text[0] != '@') {
        if (!parse_policy(other, command, option, part)) {
            return false;
        }
        part = strtok_r(NULL, "@", &rest);
    }
    for (; part != NULL; part = strtok_r(NULL, "@", &rest)) {
        if (!parse_part(other, command, part)) {
            return false;
        }
    }
    return true;
}

void other_run_options(struct other_run *other, const struct spec *first, struct lane_options *options)
{
    if (other->spec.text[0] == '\0') {
        other->spec = *first;
    }
    *options = other->spec.options;
    options->heap_bytes = other->heap_bytes != 0 ? other->heap_bytes : first->options.heap_bytes;
    options->arena_base = other->arena_base != 0 ? other->arena_base : first->options.arena_base;
}

/* ---- command lines ---- */

void command_line_add(char *line, size_t size, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=/.,:@%";
    const bool quoted = word[0] == '\0' || strspn(word, plain) != strlen(word);
    size_t used = strlen(line);
    used += (size_t)snprintf(line + used, size - used, "%s%s", used == 0 ? "" : " ", quoted ? "'" : "");
    for (; *word != '\0' && used + 8 < size; word++) {
        used += (size_t)snprintf(line + used, size - used, *word == '\'' ? "'\\''" : "%c", *word);
    }
    snprintf(line + used, used < size ? size - used : 0, "%s", quoted ? "'" : "");
}

void command_line_add_run(char *line, size_t size, const struct spec *spec, uint32_t heap_bytes, uint32_t arena_base)
{
    char text[32];
    command_line_add(line, size, "-p");
    command_line_add(line, size, spec->text);
    command_line_add(line, size, "-s");
    snprintf(text, sizeof text, "%" PRIu32, heap_bytes);
    command_line_add(line, size, text);
    if (arena_base != 0 && arena_base != HEAP_NOMINAL_BASE) {
        snprintf(text, sizeof text, "0x%" PRIx32, arena_base);
        command_line_add(line, size, "--arena-base");
        command_line_add(line, size, text);
    }
}
