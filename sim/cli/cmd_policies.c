/* cmd_policies.c: what the registry holds. */
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "policies.h"

static const char help[] =
    "usage: heaplab policies [NAME…] [--json | --markdown]\n\n"
    "Lists the policies: idea, a block's bytes, overhead, bounds, parameters; of replicas also what they replicate, how faithfully, and the\n"
    "original's defects that they have too.\n\n"
    "      --json                      as JSON\n"
    "      --markdown                  all of them as a document: docs/POLICIES.md\n\n"
    "example: heaplab policies tlsf\n"
    "example: heaplab policies --markdown >docs/POLICIES.md\n";

const struct policies_trait policies_traits[] = {
    {HEAP_FREES, "frees", "gives freed memory back", "freed memory is lost (but a last block's, where it says so)"},
    {HEAP_COALESCES, "coalesces", "no two free blocks ever touch", "free neighbours are not always merged"},
    {HEAP_ALIGNS, "aligns", "serves alignments above the heap's", "serves no alignment above the heap's"},
    {HEAP_FINDS_DOUBLE_FREE, "finds_double_free", "finds every double free until that memory is part of a live block again",
     "does not find every double free"},
    {HEAP_FINDS_INTERIOR, "finds_interior", "finds every pointer into a block's middle", NULL},
    {HEAP_NEEDS_LAYOUT, "needs_layout", "does not know every block's size: does better when told", NULL},
    {HEAP_SIZED_FREE, "sized_free", "free and realloc need the block's size and alignment", NULL},
    {HEAP_FIXED_SIZE, "fixed_size", "serves requests up to one size only", NULL},
    {HEAP_RESTORES, "restores", "after everything is freed, all that fitted fits again", NULL},
    {HEAP_ALIGNS_4, "align_4", "align=4 can be chosen", NULL},
    {HEAP_NO_IMAGE, "no_image", "its blocks are the platform's: no digest, no moving, no check", NULL},
    {HEAP_WAITS, "waits", "threads can wait for a block", NULL},
};
const size_t policies_trait_count = sizeof policies_traits / sizeof policies_traits[0];

const char *policies_default(const struct heap_param *param, char *buffer, size_t size)
{
    const char *word = param->choices;
    for (uint32_t i = 1; word != NULL && i < param->standard; i++) {
        word += strcspn(word, "|") + 1;
    }
    if (word != NULL) {
        snprintf(buffer, size, "%.*s", (int)strcspn(word, "|"), word);
    } else {
        snprintf(buffer, size, "%" PRIu32, param->standard);
    }
    return buffer;
}

static void print_params(const struct heap_param *param)
{
    for (; param != NULL && param->key != NULL; param++) {
        char value[32];
        printf("  %s=%s  %s ", param->key, policies_default(param, value, sizeof value), param->help);
        if (param->choices != NULL) {
            printf("(%s%s)\n", param->since ? "since " : "", param->choices);
        } else {
            printf("(%" PRIu32 " … %" PRIu32 ")\n", param->min, param->max);
        }
    }
}

static void print_replica(const struct heap_replica *replica)
{
    printf("  replica   of %s%s%s\n", replica->of, replica->version != NULL ? ", " : "", replica->version != NULL ? replica->version : "");
    if (replica->fidelity != NULL) {
        printf("  fidelity  %s\n", replica->fidelity);
    }
    for (size_t i = 0; replica->defects != NULL && replica->defects[i] != NULL; i++) {
        printf("  %-9s %s\n", i == 0 ? "defects" : "", replica->defects[i]);
    }
    if (replica->defects != NULL && replica->defects[0] != NULL) {
        puts("            (the original's, replicated; calls among them that are mistakes are refused with guard=on and on a board)");
    }
}

static void print_policy(const struct heap_policy *policy)
{
    const struct heap_policy_inspect *inspect = policy->inspect;
    printf("%s\n  idea      %s\n", policy->name, inspect->idea);
    if (inspect->picture != NULL) {
        printf("  block     %s\n", inspect->picture);
    }
    printf("  overhead  %s\n  bounds    %s\n  source    %s\n", inspect->overhead, inspect->bounds, inspect->source);
    if (inspect->replica != NULL) {
        print_replica(inspect->replica);
    }
    print_params(inspect->params);
    for (size_t i = 0; i < policies_trait_count; i++) {
        if ((inspect->traits & policies_traits[i].trait) != 0) {
            printf("  - %s\n", policies_traits[i].text);
        }
    }
    putchar('\n');
}

static cJSON *words_json(const char *words, char separator)
{
    cJSON *list = cJSON_CreateArray();
    while (words != NULL && *words != '\0') {
        char word[64];
        const size_t length = strcspn(words, (char[]){separator, '\0'});
        snprintf(word, sizeof word, "%.*s", (int)length, words);
        cJSON_AddItemToArray(list, cJSON_CreateString(word));
        words += length + (words[length] == separator);
    }
    return list;
}

static cJSON *replica_json(const struct heap_replica *replica)
{
    if (replica == NULL) {
        return cJSON_CreateNull();
    }
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "of", replica->of);
    cJSON_AddItemToObject(object, "version", replica->version == NULL ? cJSON_CreateNull() : cJSON_CreateString(replica->version));
    cJSON_AddItemToObject(object, "vectors", words_json(replica->keys, ' '));
    cJSON_AddItemToObject(object, "fidelity", replica->fidelity == NULL ? cJSON_CreateNull() : cJSON_CreateString(replica->fidelity));
    cJSON *defects = cJSON_AddArrayToObject(object, "defects");
    for (size_t i = 0; replica->defects != NULL && replica->defects[i] != NULL; i++) {
        cJSON_AddItemToArray(defects, cJSON_CreateString(replica->defects[i]));
    }
    return object;
}

static cJSON *policy_json(const struct heap_policy *policy)
{
    const struct heap_policy_inspect *inspect = policy->inspect;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "name", policy->name);
    cJSON_AddStringToObject(object, "idea", inspect->idea);
    cJSON_AddItemToObject(object, "picture", inspect->picture == NULL ? cJSON_CreateNull() : cJSON_CreateString(inspect->picture));
    cJSON_AddStringToObject(object, "overhead", inspect->overhead);
    cJSON_AddStringToObject(object, "bounds", inspect->bounds);
    cJSON_AddStringToObject(object, "source", inspect->source);
    cJSON_AddNumberToObject(object, "state_bytes", policy->state_bytes);
    cJSON *params = cJSON_AddArrayToObject(object, "parameters");
    for (const struct heap_param *param = inspect->params; param != NULL && param->key != NULL; param++) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "key", param->key);
        cJSON_AddStringToObject(item, "help", param->help);
        char value[32];
        if (param->choices != NULL) {
            cJSON_AddStringToObject(item, "default", policies_default(param, value, sizeof value));
            cJSON_AddItemToObject(item, "choices", words_json(param->choices, '|'));
            cJSON_AddBoolToObject(item, "versions", param->since);
            cJSON_AddItemToArray(params, item);
            continue;
        }
        cJSON_AddNumberToObject(item, "default", param->standard);
        cJSON_AddNumberToObject(item, "min", param->min);
        cJSON_AddNumberToObject(item, "max", param->max);
        cJSON_AddItemToArray(params, item);
    }
    cJSON *list = cJSON_AddArrayToObject(object, "traits");
    for (size_t i = 0; i < policies_trait_count; i++) {
        if ((inspect->traits & policies_traits[i].trait) != 0) {
            cJSON_AddItemToArray(list, cJSON_CreateString(policies_traits[i].name));
        }
    }
    cJSON_AddItemToObject(object, "replica", replica_json(inspect->replica));
    return object;
}

int cmd_policies(int argc, char **argv)
{
    static const struct option long_options[] = {{"json", no_argument, NULL, 'j'}, {"markdown", no_argument, NULL, 'm'}, {"help", no_argument, NULL, 'h'},
                                                 {NULL, 0, NULL, 0}};
    bool json = false, markdown = false;
    int option = 0;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return CLI_DONE;
        }
        if (option != 'j' && option != 'm') {
            return cli_option_refused("policies");
        }
        json = json || option == 'j';
        markdown = markdown || option == 'm';
    }
    if (markdown && (json || optind != argc)) {
        return cli_usage("policies", "--markdown stands alone: it is the document of all policies");
    }
    for (int i = optind; i < argc; i++) {
        if (heap_policy_find(argv[i]) == NULL) {
            struct spec_list list = {.count = 0};
            char why[1024];
            (void)spec_parse(&list, argv[i], why, sizeof why);
            return cli_usage("policies", "%s", why);
        }
    }
    if (markdown) {
        policies_markdown(stdout);
        return CLI_DONE;
    }
    cJSON *list = json ? cli_json(cJSON_CreateArray) : NULL;
    for (size_t i = 0; i < heap_policy_count; i++) {
        bool wanted = optind == argc;
        for (int k = optind; k < argc; k++) {
            wanted = wanted || strcmp(argv[k], heap_policies[i]->name) == 0;
        }
        if (wanted && json) {
            cJSON_AddItemToArray(list, policy_json(heap_policies[i]));
        } else if (wanted) {
            print_policy(heap_policies[i]);
        }
    }
    return json ? cli_print_json(list, CLI_DONE) : CLI_DONE;
}
