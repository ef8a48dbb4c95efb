/* hub.c: a sensor hub, as firmware people write it: a receiver thread turns frames into messages, a worker parses them into readings and
 * keeps the latest of each sensor in a hash table, and prints a report now and then. Messages are allocated in one
 * thread and freed in another; names are long-lived, messages short-lived, report buffers grow by realloc.
 * The threads take turns (a queue of one message), so every run asks for the same memory in the same order. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SENSORS 61
#define FRAMES 9000
#define BUCKETS 32

struct message { size_t length; char text[]; };
struct reading { char *name; char *unit; double *history; size_t count, room; struct reading *next; };
struct report { char *text; size_t length, room; };

static struct reading *table[BUCKETS];
static struct message *slot;
static int finished;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static uint32_t seed = 42;

static uint32_t next_random(void)
{
    seed = seed * 1664525U + 1013904223U;
    return seed >> 16;
}

static void *must(void *block)
{
    if (block == NULL)
        abort();
    return block;
}

static struct message *make_message(unsigned n)
{
    static const char *const units[] = {"C", "hPa", "percent", "lux"};
    char text[160];
    unsigned sensor = next_random() % SENSORS;
    int length = snprintf(text, sizeof text, "sensor-%u.floor-%u %u.%02u %s%.*s", sensor, sensor % 7, next_random() % 1000, n % 100,
                          units[sensor % 4], (int)(next_random() % 90), " # extra words that some devices add behind their reading, for no good reason");
    struct message *message = must(malloc(sizeof *message + (size_t)length + 1));
    message->length = (size_t)length;
    memcpy(message->text, text, (size_t)length + 1);
    return message;
}

static void *receive(void *arg)
{
    (void)arg;
    for (unsigned n = 0; n < FRAMES; n++) {
        struct message *message = make_message(n);
        pthread_mutex_lock(&lock);
        while (slot != NULL)
            pthread_cond_wait(&changed, &lock);
        slot = message;
        pthread_cond_broadcast(&changed);
        while (slot != NULL) /* wait until it is taken and done: the order of allocations stays the same */
            pthread_cond_wait(&changed, &lock);
        pthread_mutex_unlock(&lock);
    }
    pthread_mutex_lock(&lock);
    finished = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static struct reading *find_reading(const char *name, const char *unit)
{
    unsigned hash = 5381;
    for (const char *at = name; *at != '\0'; at++)
        hash = hash * 33 + (unsigned char)*at;
    struct reading **link = &table[hash % BUCKETS];
    for (; *link != NULL; link = &(*link)->next)
        if (strcmp((*link)->name, name) == 0)
            return *link;
    struct reading *reading = must(calloc(1, sizeof *reading));
    reading->name = must(strdup(name));
    reading->unit = must(strdup(unit));
    return *link = reading;
}

static void store_reading(const char *text)
{
    char *copy = must(strdup(text)), *rest = NULL;
    char *name = strtok_r(copy, " ", &rest), *value = strtok_r(NULL, " ", &rest), *unit = strtok_r(NULL, " ", &rest);
    struct reading *reading = find_reading(name, unit);
    if (reading->count == reading->room) {
        reading->room = reading->room == 0 ? 4 : reading->room * 2;
        reading->history = must(realloc(reading->history, reading->room * sizeof *reading->history));
    }
    reading->history[reading->count++] = strtod(value, NULL);
    if (reading->count == 64) { /* keep the newer half */
        memmove(reading->history, reading->history + 32, 32 * sizeof *reading->history);
        reading->count = reading->room = 32;
        reading->history = must(realloc(reading->history, reading->room * sizeof *reading->history));
    }
    free(copy);
}

static void append(struct report *report, const char *text)
{
    size_t length = strlen(text);
    if (report->length + length + 1 > report->room) {
        report->room = report->length + length + 64;
        report->text = must(realloc(report->text, report->room));
    }
    memcpy(report->text + report->length, text, length + 1);
    report->length += length;
}

static void print_report(void)
{
    struct report report = {0};
    for (unsigned i = 0; i < BUCKETS; i++) {
        for (const struct reading *reading = table[i]; reading != NULL; reading = reading->next) {
            char *line = NULL;
            if (asprintf(&line, "%s: %.2f %s (%zu kept)\n", reading->name, reading->history[reading->count - 1], reading->unit, reading->count) < 0)
                abort();
            append(&report, line);
            free(line);
        }
    }
    fputs(report.text, stdout);
    free(report.text);
}

static void *work(void *arg)
{
    unsigned done = 0;
    (void)arg;
    pthread_mutex_lock(&lock);
    while (!finished) {
        if (slot != NULL) {
            struct message *message = slot;
            store_reading(message->text);
            free(message);
            if (++done % 750 == 0)
                print_report();
            slot = NULL;
            pthread_cond_broadcast(&changed);
        } else {
            pthread_cond_wait(&changed, &lock);
        }
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *named_receive(void *arg)
{
    pthread_setname_np(pthread_self(), "receiver");
    return receive(arg);
}

static void *named_work(void *arg)
{
    pthread_setname_np(pthread_self(), "worker");
    return work(arg);
}

int main(void)
{
    pthread_t receiver, worker;
    if (pthread_create(&receiver, NULL, named_receive, NULL) != 0 || pthread_create(&worker, NULL, named_work, NULL) != 0)
        return 1;
    pthread_join(receiver, NULL);
    pthread_join(worker, NULL);
    for (unsigned i = 0; i < BUCKETS; i++) {
        while (table[i] != NULL) {
            struct reading *reading = table[i];
            table[i] = reading->next;
            free(reading->name);
            free(reading->unit);
            free(reading->history);
            free(reading);
        }
    }
    return 0;
}
