/* cmd_policies.c: what the registry holds. */
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "cli.h"

static const char help[] =
    "usage: heaplab policies [NAME…] [--json]\n\n"
    "Lists the policies: idea, overhead, bounds, parameters.\n\n"
    "example: heaplab policies tlsf\n";

static const struct {
    uint32_t trait;
    const char *name, *text;
} traits[] = {
    {HEAP_FREES, "frees", "gives freed memory back"},
    {HEAP_COALESCES, "coalesces", "no two free blocks ever touch"},
    {HEAP_ALIGNS, "aligns", "serves alignments above the heap's"},
    {HEAP_FINDS_DOUBLE_FREE, "finds_double_free", "finds every double free until that memory is part of a live block again"},
    {HEAP_FINDS_INTERIOR, "finds_interior", "finds every pointer into a block's middle"},
    {HEAP_NEEDS_LAYOUT, "needs_layout", "does not know every block's size: does better when told"},
    {HEAP_FIXED_SIZE, "fixed_size", "serves requests up to one size only"},
    {HEAP_RESTORES, "restores", "after everything is freed, all that fitted fits again"},
    {HEAP_ALIGNS_4, "align_4", "align=4 can be chosen"},
};

static void print_policy(const struct heap_policy *policy)
{
    const struct heap_policy_inspect *inspect = policy->inspect;
    printf("%s\n  idea      %s\n  overhead  %s\n  bounds    %s\n  source    %s\n", policy->name, inspect->idea, inspect->overhead, inspect->bounds,
           inspect->source);
    for (const struct heap_param *param = inspect->params; param != NULL && param->key != NULL; param++) {
        printf("  %s=%" PRIu32 "  %s (%" PRIu32 " … %" PRIu32 ")\n", param->key, param->standard, param->help, param->min, param->max);
    }
    for (size_t i = 0; i < sizeof traits / sizeof traits[0]; i++) {
        if ((inspect->traits & traits[i].trait) != 0) {
            printf("  - %s\n", traits[i].text);
        }
    }
    putchar('\n');
}

static cJSON *policy_json(const struct heap_policy *policy)
{
    const struct heap_policy_inspect *inspect = policy->inspect;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "name", policy->name);
    cJSON_AddStringToObject(object, "idea", inspect->idea);
    cJSON_AddStringToObject(object, "overhead", inspect->overhead);
    cJSON_AddStringToObject(object, "bounds", inspect->bounds);
    cJSON_AddStringToObject(object, "source", inspect->source);
    cJSON_AddNumberToObject(object, "state_bytes", policy->state_bytes);
    cJSON *params = cJSON_AddArrayToObject(object, "parameters");
    for (const struct heap_param *param = inspect->params; param != NULL && param->key != NULL; param++) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "key", param->key);
        cJSON_AddStringToObject(item, "help", param->help);
        cJSON_AddNumberToObject(item, "default", param->standard);
        cJSON_AddNumberToObject(item, "min", param->min);
        cJSON_AddNumberToObject(item, "max", param->max);
        cJSON_AddItemToArray(params, item);
    }
    cJSON *list = cJSON_AddArrayToObject(object, "traits");
    for (size_t i = 0; i < sizeof traits / sizeof traits[0]; i++) {
        if ((inspect->traits & traits[i].trait) != 0) {
            cJSON_AddItemToArray(list, cJSON_CreateString(traits[i].name));
        }
    }
    return object;
}

int cmd_policies(int argc, char **argv)
{
    static const struct option long_options[] = {{"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    bool json = false;
    int option = 0;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return CLI_DONE;
        }
        if (option != 'j') {
            return cli_usage("policies", "see above");
        }
        json = true;
    }
    for (int i = optind; i < argc; i++) {
        if (heap_policy_find(argv[i]) == NULL) {
            struct spec_list list = {.count = 0};
            char why[1024];
            (void)spec_parse(&list, argv[i], why, sizeof why);
            return cli_usage("policies", "%s", why);
        }
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
