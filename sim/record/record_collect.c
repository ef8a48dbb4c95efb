/* record_collect.c: which log becomes which file (record.h has the rule). */
#include "record_collect.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct log_name { long pid; unsigned image; };
struct log_list { struct log_name *names; size_t count, room; };

const char *record_trace_suffix(const char *path)
{
    static const char *const suffixes[] = {".jsonl.gz", ".json.gz", ".jsonl", ".json", ".hlt"};
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        size_t own = strlen(suffixes[i]);
        if (length > own && strcmp(path + length - own, suffixes[i]) == 0) {
            return path + length - own;
        }
    }
    return NULL;
}

static bool read_name(const char *text, struct log_name *name)
{
    int end = 0;
    return sscanf(text, "%ld-%u.log%n", &name->pid, &name->image, &end) == 2 && end > 0 && text[end] == '\0';
}

static int compare_names(const void *a, const void *b)
{
    const struct log_name *x = a, *y = b;
    if (x->pid != y->pid) {
        return x->pid < y->pid ? -1 : 1;
    }
    return x->image == y->image ? 0 : x->image < y->image ? -1 : 1;
}

static bool list_logs(const char *dir, struct log_list *list)
{
    DIR *stream = opendir(dir);
    struct dirent *entry;
    bool whole = stream != NULL;
    while (whole && (entry = readdir(stream)) != NULL) {
        struct log_name name;
        if (!read_name(entry->d_name, &name)) {
            continue;
        }
        if (list->count == list->room) {
            size_t room = list->room == 0 ? 16 : list->room * 2;
            struct log_name *names = realloc(list->names, room * sizeof *names);
            if (names == NULL) {
                whole = false;
                continue;
            }
            list->names = names;
            list->room = room;
        }
        list->names[list->count++] = name;
    }
    if (stream != NULL) {
        closedir(stream);
    }
    if (list->count > 0) {
        qsort(list->names, list->count, sizeof *list->names, compare_names);
    }
    return whole;
}

static char *log_path(const char *dir, struct log_name name)
{
    char *path = NULL;
    return asprintf(&path, "%s/%ld-%u.log", dir, name.pid, name.image) < 0 ? NULL : path;
}

static char *trace_path(const char *output, struct log_name name, bool is_root, bool is_last)
{
    char *path = NULL;
    const char *suffix = record_trace_suffix(output);
    int stem = (int)(suffix - output);
    int length;
    if (is_root && is_last) {
        return strdup(output);
    }
    if (is_last) {
        length = asprintf(&path, "%.*s.%ld%s", stem, output, name.pid, suffix);
    } else {
        length = asprintf(&path, "%.*s.%ld-%u%s", stem, output, name.pid, name.image, suffix);
    }
    return length < 0 ? NULL : path;
}

static void word_ending(int status, char *text, size_t size)
{
    text[0] = '\0';
    if (WIFSIGNALED(status)) {
        snprintf(text, size, "ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    } else if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
        snprintf(text, size, "exit status %d", WEXITSTATUS(status));
    }
}

static bool add_trace(struct record_result *result, const struct record_log *log, char *path, const struct record_counts *counts)
{
    const struct record_log_header *header = record_log_header(log);
    const char *slash = strrchr(header->program, '/');
    struct record_trace *traces = realloc(result->traces, (result->trace_count + 1) * sizeof *traces);
    char *program = strdup(slash == NULL ? header->program : slash + 1);
    if (traces != NULL) {
        result->traces = traces;
    }
    if (traces == NULL || program == NULL) {
        free(program);
        return false;
    }
    traces[result->trace_count++] = (struct record_trace){
        .path = path, .program = program, .pid = (pid_t)header->pid, .word_bits = header->word_bits, .events = counts->events,
        .peak_bytes = counts->peak_bytes, .left_blocks = counts->live_blocks, .left_bytes = counts->live_bytes,
        .stopped = counts->cut || header->stopped != RECORD_RUNNING};
    return true;
}

struct collection {
    const char *dir;
    pid_t root;
    const struct record_options *options;
    const struct record_clock *clock;
    struct record_result *result;
};

/* Makes the trace of one log, unless it is empty and not the program's own. */
static int convert_log(const struct collection *collection, struct log_name name, bool is_last, struct record_error *error)
{
    const struct record_options *options = collection->options;
    bool is_root = name.pid == collection->root;
    struct record_counts counts;
    char ending[128] = "";
    char *from = log_path(collection->dir, name), *to = trace_path(options->output, name, is_root, is_last);
    struct record_log *log = from == NULL || to == NULL ? NULL : record_log_open(from, error);
    int result = log != NULL ? 0 : from == NULL || to == NULL ? record_fail(error, RECORD_E_SYSTEM, "out of memory") : RECORD_E_LOG;
    bool wanted = is_root && is_last;
    if (log != NULL && !wanted && (result = record_convert_count(log, options->events, &counts, error)) == 0) {
        wanted = counts.events > 0;
    }
    if (result == 0 && wanted) {
        if (is_root && is_last) {
            word_ending(collection->result->wait_status, ending, sizeof ending);
        }
        result = record_convert_write(log, to, options->events, collection->clock, ending[0] == '\0' ? NULL : ending, &counts, error);
        if (result == 0 && !add_trace(collection->result, log, to, &counts)) {
            result = record_fail(error, RECORD_E_SYSTEM, "out of memory");
        } else if (result == 0) {
            to = NULL; /* the result owns it */
        }
    }
    record_log_close(log);
    free(from);
    free(to);
    return result;
}

static int convert_process(const struct collection *collection, const struct log_list *list, bool of_root, struct record_error *error)
{
    int result = 0;
    for (size_t i = list->count; result == 0 && i-- > 0;) { /* a process's last image first */
        bool is_last = i + 1 == list->count || list->names[i + 1].pid != list->names[i].pid;
        if ((list->names[i].pid == collection->root) == of_root) {
            result = convert_log(collection, list->names[i], is_last, error);
        }
    }
    return result;
}

int record_collect(const char *dir, pid_t root, const struct record_options *options, const struct record_clock *clock,
                   struct record_result *result, struct record_error *error)
{
    struct collection collection = {dir, root, options, clock, result};
    struct log_list list = {0};
    int code = list_logs(dir, &list) ? 0 : record_fail(error, RECORD_E_SYSTEM, "%s: %s", dir, strerror(errno));
    if (code == 0) {
        code = convert_process(&collection, &list, true, error);
    }
    if (code == 0 && result->trace_count == 0) {
        code = record_fail(error, RECORD_E_LOG, "%s: ran, but loaded no recorder (does it clear its environment?)", options->argv[0]);
    }
    if (code == 0 && !options->program_only) {
        code = convert_process(&collection, &list, false, error);
    }
    free(list.names);
    return code;
}

void record_remove_logs(const char *dir)
{
    struct log_list list = {0};
    list_logs(dir, &list);
    for (size_t i = 0; i < list.count; i++) {
        char *path = log_path(dir, list.names[i]);
        if (path != NULL) {
            unlink(path);
        }
        free(path);
    }
    free(list.names);
    rmdir(dir);
}

void record_result_free(struct record_result *result)
{
    for (uint32_t i = 0; i < result->trace_count; i++) {
        free(result->traces[i].path);
        free(result->traces[i].program);
    }
    free(result->traces);
    result->traces = NULL;
    result->trace_count = 0;
}
