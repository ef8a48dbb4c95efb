/* bench_subject.c: the traces that are measured, and their files. */
#include "bench_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool bench_material_make(const struct bench_plan *plan, uint64_t events, uint64_t quick_events, struct bench_material *material)
{
    *material = (struct bench_material){.subjects = plan->subjects, .count = plan->subject_count};
    if (plan->subject_count == 0) {
        bench_tell(plan, "making a workload");
        material->made.trace = bench_workload_trace(plan->quick ? quick_events : events, BENCH_WORKLOAD_HEAP);
        material->subjects = &material->made;
        material->count = 1;
    }
    return plan->subject_count != 0 || material->made.trace != NULL;
}

void bench_material_free(struct bench_material *material)
{
    trace_free(material->made.trace);
    *material = (struct bench_material){0};
}

const char *bench_subject_name(const struct bench_subject *subject)
{
    const char *slash = subject->path == NULL ? NULL : strrchr(subject->path, '/');
    return subject->path == NULL ? "made workload" : slash != NULL ? slash + 1 : subject->path;
}

const char *bench_material_name(const struct bench_material *material, char *buffer, size_t size)
{
    if (material->count == 1) {
        snprintf(buffer, size, "%s", bench_subject_name(&material->subjects[0]));
    } else {
        snprintf(buffer, size, "%zu traces", material->count);
    }
    return buffer;
}

static bool write_trace(const struct trace *trace, const char *path, enum trace_encoding encoding)
{
    struct trace_error error;
    struct trace_writer *writer = trace_writer_open(path, encoding, false, trace_header_of(trace), &error);
    if (writer == NULL) {
        return false;
    }
    for (uint64_t i = 0; i < trace_count(trace); i++) {
        struct trace_event event;
        trace_get(trace, i, &event);
        if (trace_writer_put(writer, &event) != 0) {
            trace_writer_abandon(writer);
            return false;
        }
    }
    return trace_writer_close(writer, &error) == 0;
}

bool bench_directory(char *path, size_t size)
{
    const char *place = getenv("TMPDIR");
    const int length = snprintf(path, size, "%s/heaplab-bench-XXXXXX", place != NULL && place[0] != '\0' ? place : "/tmp");
    return length < (int)size && mkdtemp(path) != NULL;
}

int bench_subject_file(const struct bench_subject *subject, enum trace_encoding encoding)
{
    char directory[512], path[544];
    if (!bench_directory(directory, sizeof directory)) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/trace", directory);
    const int file = write_trace(subject->trace, path, encoding) ? open(path, O_RDONLY) : -1;
    (void)unlink(path);
    (void)rmdir(directory);
    return file;
}

char *bench_subject_text(const struct bench_subject *subject, enum trace_encoding encoding, size_t *bytes)
{
    const int file = bench_subject_file(subject, encoding);
    struct stat status;
    char *text = NULL;
    size_t got = 0;
    if (file >= 0 && fstat(file, &status) == 0) {
        text = malloc((size_t)status.st_size + 1);
        ssize_t now = 1;
        while (text != NULL && got < (size_t)status.st_size && now > 0) {
            now = read(file, text + got, (size_t)status.st_size - got);
            got += now > 0 ? (size_t)now : 0;
        }
        if (text != NULL && got < (size_t)status.st_size) {
            free(text);
            text = NULL;
        }
    }
    if (file >= 0) {
        (void)close(file);
    }
    *bytes = got;
    return text;
}
