/* test_trace_memory.c: a stream of 100 MB is read in megabytes, plain and gzipped, whatever its ids, its white space and its marks. */
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <zlib.h>

#include "test_trace_support.h"

enum { PLAIN, GAPS, MARKS, SPACES };

/* About 100 MB of events into a pipe; no trace is ever whole on disk. */
static void generate(int fd, int kind, uint64_t bytes)
{
    char text[64 * 1024];
    uint64_t id = 0, done = 0;
    size_t used = (size_t)snprintf(text, sizeof text, "%s", kind == SPACES ? "{\"format\":\"heaplab-trace\",\"version\":1,\"events\":[" : H);
    while (done < bytes) {
        while (used < sizeof text - 512) {
            char *at = text + used;
            size_t room = sizeof text - used;
            id += kind == GAPS ? 3 : 1;
            unsigned long long now = id;
            if (kind == MARKS) {
                used += (size_t)snprintf(at, room, "{\"op\":\"mark\",\"name\":\"frame %llu\"}\n", now);
            } else if (kind == SPACES) {
                used += (size_t)snprintf(at, room, "%s%60s{ %60s \"op\" : \"free\" , \"id\":0}", id > 1 ? "," : "", "\n", "\n");
            } else {
                used += (size_t)snprintf(at, room, "{\"op\":\"alloc\",\"id\":%llu,\"size\":24}\n{\"op\":\"free\",\"id\":%llu}\n", now, now);
            }
        }
        for (size_t part = 0; part < used;) {
            ssize_t wrote = write(fd, text + part, used - part);
            if (wrote <= 0) {
                _exit(1);
            }
            part += (size_t)wrote;
        }
        done += used;
        used = 0;
    }
    if (kind == SPACES && write(fd, "]}", 2) != 2) {
        _exit(1);
    }
    _exit(0);
}

static long peak_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

START_TEST(a_hundred_megabytes_need_a_few)
{
    int ends[2], status;
    char path[32];
    struct trace_error error;
    struct trace_event event;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        generate(ends[1], _i, UINT64_C(100) * 1000 * 1000);
    }
    close(ends[1]);
    long before = peak_kib();
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    struct trace_reader *reader = trace_reader_open(path, NULL, &error);
    ck_assert_ptr_nonnull(reader);
    close(ends[0]);
    uint64_t events = 0;
    int code;
    while ((code = trace_reader_next(reader, &event)) > 0) {
        events++;
    }
    ck_assert_msg(code == 0, "%s", trace_reader_error(reader)->found);
    trace_reader_close(reader);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_uint_gt(events, 500000);
    ck_assert_msg(peak_kib() - before < 16 * 1024, "%ld KiB more", peak_kib() - before);
}
END_TEST

START_TEST(a_gzip_that_grows_a_thousandfold_is_read_in_a_few_megabytes)
{
    char path[64], line[4096];
    struct trace_error error;
    struct trace_event event;
    temporary_path(path, sizeof path, "-bomb.jsonl.gz");
    gzFile file = gzopen(path, "wb9");
    ck_assert_int_gt(gzputs(file, H), 0);
    memset(line, ' ', sizeof line);
    line[sizeof line - 1] = '\n';
    for (int i = 0; i < 25000; i++) {
        ck_assert_int_gt(gzwrite(file, line, sizeof line), 0);
    }
    ck_assert_int_gt(gzputs(file, "{\"op\":\"free\",\"id\":0}\n"), 0);
    gzclose(file);
    long before = peak_kib();
    struct trace_reader *reader = trace_reader_open(path, NULL, &error);
    ck_assert_ptr_nonnull(reader);
    ck_assert_int_eq(trace_reader_next(reader, &event), 1);
    ck_assert_int_eq(trace_reader_next(reader, &event), 0);
    trace_reader_close(reader);
    ck_assert_int_lt(peak_kib() - before, 8 * 1024);
    unlink(path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trace memory");
    TCase *memory = tcase_create("memory");
    tcase_set_timeout(memory, 120);
    tcase_add_loop_test(memory, a_hundred_megabytes_need_a_few, PLAIN, SPACES + 1);
    tcase_add_test(memory, a_gzip_that_grows_a_thousandfold_is_read_in_a_few_megabytes);
    suite_add_tcase(suite, memory);
    return run_suite(suite);
}
