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

/* The trace once, with ids and times moved by those of the copies before; what lives at its end is freed if `closed`. `ids`: a place a slot,
 * all 0, and 0 again afterwards. */
static bool put_copy(struct trace_writer *writer, const struct trace *trace, uint64_t id_base, uint64_t t_base, uint64_t *ids, bool closed)
{
    bool good = true;
    for (uint64_t i = 0; i < trace_count(trace) && good; i++) {
        struct trace_event event;
        trace_get(trace, i, &event);
        event.id += event.id != 0 ? id_base : 0;
        event.t = trace_has_time(trace) ? event.t + t_base : TRACE_NO_TIME;
        if (event.slot != TRACE_NO_SLOT) {
            ids[event.slot] = event.retires ? 0 : event.id;
        }
        good = trace_writer_put(writer, &event) == 0;
    }
    for (uint32_t slot = 0; slot < trace_slot_count(trace) && good; slot++) {
        const struct trace_event event = trace_event_make(TRACE_FREE, ids[slot], 0);
        good = !closed || ids[slot] == 0 || trace_writer_put(writer, &event) == 0;
        ids[slot] = 0;
    }
    return good;
}

static bool put_copies(struct trace_writer *writer, const struct trace *trace, uint64_t least)
{
    uint64_t *ids = calloc((size_t)trace_slot_count(trace) + 1, sizeof *ids);
    const uint64_t count = trace_count(trace), copies = count == 0 || least <= count ? 1 : (least + count - 1) / count;
    uint64_t largest_id = 0, last_t = 0;
    for (uint64_t i = 0; i < count && copies > 1; i++) {
        struct trace_event event;
        trace_get(trace, i, &event);
        largest_id = event.id > largest_id ? event.id : largest_id;
        last_t = event.t;
    }
    bool good = ids != NULL;
    for (uint64_t i = 0; i < copies && good; i++) {
        good = put_copy(writer, trace, i * largest_id, i * (last_t + 1), ids, copies > 1);
    }
    free(ids);
    return good;
}

static bool write_trace(const struct trace *trace, const char *path, enum trace_encoding encoding, uint64_t least)
{
    struct trace_error error;
    struct trace_writer *writer = trace_writer_open(path, encoding, false, trace_header_of(trace), &error);
    if (writer == NULL) {
        return false;
    }
    if (!put_copies(writer, trace, least)) {
        trace_writer_abandon(writer);
        return false;
    }
    return trace_writer_close(writer, &error) == 0;
}

bool bench_directory(char *path, size_t size)
{
    const char *place = getenv("TMPDIR");
    const int length = snprintf(path, size, "%s/heaplab-bench-XXXXXX", place != NULL && place[0] != '\0' ? place : "/tmp");
    return length < (int)size && mkdtemp(path) != NULL;
}

int bench_subject_file(const struct bench_subject *subject, enum trace_encoding encoding, uint64_t least)
{
    char directory[512], path[544];
    if (!bench_directory(directory, sizeof directory)) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/trace", directory);
    const int file = write_trace(subject->trace, path, encoding, least) ? open(path, O_RDONLY) : -1;
    (void)unlink(path);
    (void)rmdir(directory);
    return file;
}

char *bench_file_text(int file, size_t *bytes)
{
    struct stat status;
    char *text = fstat(file, &status) == 0 ? malloc((size_t)status.st_size + 1) : NULL;
    size_t got = 0;
    ssize_t now = 1;
    while (text != NULL && got < (size_t)status.st_size && now > 0) {
        now = pread(file, text + got, (size_t)status.st_size - got, (off_t)got);
        got += now > 0 ? (size_t)now : 0;
    }
    if (text != NULL && got < (size_t)status.st_size) {
        free(text);
        text = NULL;
    }
    *bytes = got;
    return text;
}
