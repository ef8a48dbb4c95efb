/* policies_markdown.c: docs/POLICIES.md, from what the policies say of themselves. */
#include <inttypes.h>
#include <string.h>

#include "policies.h"

static size_t characters(const char *text, size_t bytes)
{
    size_t count = 0;
    for (size_t i = 0; i < bytes; i++) {
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    }
    return count;
}

static void repeat(FILE *to, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fputs(text, to);
    }
}

/* A border over or under "label | a | b |": a corner at each bar. */
static void draw_border(const char *picture, const char *const corners[3], FILE *to)
{
    const char *bar = strchr(picture, '|');
    repeat(to, " ", characters(picture, (size_t)(bar - picture)));
    fputs(corners[0], to);
    for (const char *next = NULL; (next = strchr(bar + 1, '|')) != NULL; bar = next) {
        repeat(to, "─", characters(bar + 1, (size_t)(next - bar - 1)));
        fputs(strchr(next + 1, '|') != NULL ? corners[1] : corners[2], to);
    }
    fputc('\n', to);
}

/* "| size 4 | payload |" as boxes. */
static void draw_picture(const char *picture, FILE *to)
{
    static const char *const top[] = {"┌", "┬", "┐"}, *const bottom[] = {"└", "┴", "┘"};
    if (strchr(picture, '|') == NULL) {
        return;
    }
    fputs("```\n", to);
    draw_border(picture, top, to);
    for (const char *at = picture; *at != '\0'; at++) {
        if (*at == '|') {
            fputs("│", to);
        } else {
            fputc(*at, to);
        }
    }
    fputc('\n', to);
    draw_border(picture, bottom, to);
    fputs("```\n\n", to);
}

/* Text in a table's cell or a line: what Markdown would take for a mark is escaped. */
static void put_text(const char *text, FILE *to)
{
    for (; *text != '\0'; text++) {
        if (strchr("|<*", *text) != NULL) {
            fputc('\\', to);
        }
        fputc(*text, to);
    }
}

static void print_params(const struct heap_policy *policy, FILE *to)
{
    const struct heap_param *param = policy->inspect->params;
    if (param == NULL || param->key == NULL) {
        return;
    }
    fputs("| parameter | meaning | values | default |\n| --- | --- | --- | --- |\n", to);
    for (; param->key != NULL; param++) {
        char value[32];
        fprintf(to, "| `%s=` | ", param->key);
        put_text(param->help, to);
        fputs(" | ", to);
        if (param->choices != NULL) {
            for (const char *at = param->choices; *at != '\0'; at++) {
                fputs(*at == '|' ? ", " : (char[]){*at, '\0'}, to);
            }
            fputs(param->since ? " (any version: the last of these that is not above it)" : "", to);
        } else {
            fprintf(to, "%" PRIu32 " … %" PRIu32 "%s", param->min, param->max, param->power_of_two ? ", a power of two" : "");
        }
        fprintf(to, " | %s |\n", policies_default(param, value, sizeof value));
    }
    fputc('\n', to);
}

static void print_replica(const struct heap_replica *replica, FILE *to)
{
    fprintf(to, "- **Replicates** ");
    put_text(replica->of, to);
    if (replica->version != NULL) {
        fputs(", ", to);
        put_text(replica->version, to);
    }
    if (replica->fidelity != NULL) {
        fputs("\n- **Fidelity**: ", to);
        put_text(replica->fidelity, to);
    }
    if (replica->keys != NULL && replica->keys[0] != '\0') {
        fprintf(to, "\n- **Placement vectors** named: `%s`", replica->keys);
    }
    if (replica->defects != NULL && replica->defects[0] != NULL) {
        fputs("\n- **Known defects** of the original, replicated (calls among them that are mistakes are refused on a board and with `guard=on`):\n", to);
        for (size_t i = 0; replica->defects[i] != NULL; i++) {
            fputs("  - ", to);
            put_text(replica->defects[i], to);
            fputc('\n', to);
        }
    } else {
        fputc('\n', to);
    }
}

static void print_policy(const struct heap_policy *policy, FILE *to)
{
    const struct heap_policy_inspect *inspect = policy->inspect;
    const struct {
        const char *name, *text;
    } lines[] = {{"Overhead", inspect->overhead}, {"Bounds", inspect->bounds}, {"Source", inspect->source}};
    fprintf(to, "### %s\n\n", policy->name);
    put_text(inspect->idea, to);
    fputs(".\n\n", to);
    if (inspect->picture != NULL) {
        draw_picture(inspect->picture, to);
    }
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        fprintf(to, "- **%s**: ", lines[i].name);
        put_text(lines[i].text == NULL ? "none" : lines[i].text, to);
        fputc('\n', to);
    }
    if (policy->state_bytes != 0) {
        fprintf(to, "- **Beside the arena**: %" PRIu32 " B\n", policy->state_bytes);
    }
    for (size_t i = 0; i < policies_trait_count; i++) {
        const char *text = (inspect->traits & policies_traits[i].trait) != 0 ? policies_traits[i].text : policies_traits[i].missing;
        if (text != NULL) {
            fprintf(to, "- %s\n", text);
        }
    }
    if (inspect->replica != NULL) {
        print_replica(inspect->replica, to);
    }
    fputc('\n', to);
    print_params(policy, to);
}

static void print_group(bool replicas, const char *title, const char *text, FILE *to)
{
    fprintf(to, "## %s\n\n%s\n\n| policy | %s | overhead |\n| --- | --- | --- |\n", title, text, replicas ? "replicates" : "idea");
    for (size_t i = 0; i < heap_policy_count; i++) {
        const struct heap_policy_inspect *inspect = heap_policies[i]->inspect;
        if ((inspect->replica != NULL) == replicas) {
            fprintf(to, "| [%s](#%s) | ", heap_policies[i]->name, heap_policies[i]->name);
            put_text(replicas ? inspect->replica->of : inspect->idea, to);
            fputs(" | ", to);
            put_text(inspect->overhead, to);
            fputs(" |\n", to);
        }
    }
    fputc('\n', to);
    for (size_t i = 0; i < heap_policy_count; i++) {
        if ((heap_policies[i]->inspect->replica != NULL) == replicas) {
            print_policy(heap_policies[i], to);
        }
    }
}

void policies_markdown(FILE *to)
{
    fputs("# The policies\n\n"
          "Written by `heaplab policies --markdown`, from what each policy says of itself. A block's picture is its bytes from left to\n"
          "right; a number is a size in bytes. `-p NAME:key=value` sets a parameter; `checks=none` switches the checks of bad pointers off.\n"
          "The words for space bounds: M is the most payload alive at once, n the largest block over the smallest.\n\n", to);
    print_group(false, "Own policies", "Every one of them: `align=4` (where it says so), `8` or `16`.", to);
    print_group(true, "Replicas",
                "What allocators of the field do, to the byte: the same places for the same calls. In the lab a replica runs faithfully: it gets\n"
                "every call and its memory as they are, and does what its original does, defects too. On a board, and with `guard=on`, arguments\n"
                "are checked first and the heap is safe; ordinary calls get the same places. `heaplab verify` compares with the originals'\n"
                "placement vectors, `heaplab replay --native-stats` shows the originals' own statistics.", to);
}
