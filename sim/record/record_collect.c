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

/* Writes the trace; where the disk has no room for it beside the log, the log goes into memory first. */
static int write_trace(const struct collection *collection, struct record_log *log, const char *from, const char *to, const char *ending,
                       struct record_counts *counts, struct record_error *error)
{
    uint64_t events = collection->options->events;
    int result = record_convert_write(log, to, events, collection->clock, ending, counts, error);
    if (result == RECORD_E_OUTPUT && record_log_leave_disk(log, from)) {
        result = record_convert_write(log, to, events, collection->clock, ending, counts, error);
    }
    if (result == RECORD_E_OUTPUT) {
        size_t used = strlen(error->text);
        snprintf(error->text + used, sizeof error->text - used, "; no trace, and the log is removed");
    }
    return result;
}

/* Makes the trace of an opened log, unless it is empty and not the program's own. */
static int convert_log(const struct collection *collection, struct record_log *log, const char *from, char *to, bool is_main,
                       struct record_error *error)
{
    struct record_counts counts;
    char ending[128] = "";
    if (!is_main) {
        int result = record_convert_count(log, collection->options->events, &counts, error);
        if (result != 0 || counts.events == 0) {
            free(to);
            return result;
        }
    } else {
        word_ending(collection->result->wait_status, ending, sizeof ending);
    }
    int result = write_trace(collection, log, from, to, ending[0] == '\0' ? NULL : ending, &counts, error);
    if (result == 0 && !add_trace(collection->result, log, to, &counts)) {
        result = record_fail(error, RECORD_E_SYSTEM, "out of memory");
    }
    if (result != 0) {
        free(to);
        return result;
    }
    if (record_log_header(log)->stopped == RECORD_NO_SPACE) {
        return record_fail(error, RECORD_E_SYSTEM, "%s: holds only the first %llu events, then the disk was full: %s", to,
                           (unsigned long long)counts.events, strerror(ENOSPC));
    }
    return 0;
}

/* From the log's name to its trace; the log is removed, so that the next trace has its room. */
static int convert_name(const struct collection *collection, struct log_name name, bool is_last, struct record_error *error)
{
    bool is_root = name.pid == collection->root;
    char *from = log_path(collection->dir, name), *to = trace_path(collection->options->output, name, is_root, is_last);
    struct record_log *log = NULL;
    int result = 0;
    if (from == NULL || to == NULL) {
        result = record_fail(error, RECORD_E_SYSTEM, "out of memory");
    } else if ((log = record_log_open(from, error)) == NULL) {
        result = error->code;
    }
    if (result == 0) {
        result = convert_log(collection, log, from, to, is_root && is_last, error); /* owns `to` */
    } else {
        free(to);
    }
    record_log_close(log);
    if (from != NULL) {
        unlink(from);
    }
    free(from);
    return result;
}

/* Converts what can be converted; the first error is the one told. */
static void convert_process(const struct collection *collection, const struct log_list *list, bool of_root, struct record_error *error)
{
    for (size_t i = list->count; i-- > 0;) { /* a process's last image first */
        bool is_last = i + 1 == list->count || list->names[i + 1].pid != list->names[i].pid;
        struct record_error own = {0};
        if ((list->names[i].pid == collection->root) != of_root) {
            continue;
        }
        if (convert_name(collection, list->names[i], is_last, &own) != 0 && error->code == 0) {
            *error = own;
        }
    }
}

int record_collect(const char *dir, pid_t root, const struct record_options *options, const struct record_clock *clock,
                   struct record_result *result, struct record_error *error)
{
    struct collection collection = {dir, root, options, clock, result};
    struct log_list list = {0};
    if (!list_logs(dir, &list)) {
        record_fail(error, RECORD_E_SYSTEM, "%s: %s", dir, strerror(errno));
    } else {
        convert_process(&collection, &list, true, error);
        if (error->code == 0 && result->trace_count == 0) {
            record_fail(error, RECORD_E_LOG, "%s: ran, but loaded no recorder (does it clear its environment?)", options->argv[0]);
        }
        if (!options->program_only) {
            convert_process(&collection, &list, false, error);
        }
    }
    free(list.names);
    return error->code;
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
