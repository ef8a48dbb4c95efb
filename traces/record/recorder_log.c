/* recorder_log.c: the log file of one process: begun at the first call, begun anew in a forked child, grown by chunks.
 *
 * A thread maps a window of its own, so threads share nothing but the ticket, the caller table and the end of the file. Space is
 * reserved before it is mapped: a full disk stops the recording (and the log says so) instead of killing the program with SIGBUS.
 * The file descriptor sits at a high number, and is checked before use: a program that closes or reuses descriptors it does not know
 * never gets our bytes into its own files. */
#include "recorder_log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DESCRIPTOR_FLOOR 900 /* below the usual limit of 1024 */
#define MODULES_KNOWN 256U
#define LOOK_TURNS 10000

enum state { STATE_NEW, STATE_STARTING, STATE_ON, STATE_OFF };

LOG_TLS struct log_thread log_self;

/* What a forked child must not inherit: in a page that the kernel wipes at fork, so a child finds STATE_NEW even where the fork came while
 * another thread, which the child has not, was starting or stopping the log. */
struct life { volatile uint32_t epoch; _Atomic int state; };
static struct life no_life = {.state = STATE_OFF}; /* where the kernel has no such page: nothing is recorded */
static struct life *_Atomic life;

static const volatile uint32_t no_epoch;
static _Atomic uint64_t no_callers[RECORD_CALLERS]; /* never written: read while there is no log */
struct log_process log_process = {.epoch = &no_epoch, .callers = no_callers};

static _Atomic uint32_t thread_count, stopped;
static _Atomic uint64_t file_end;
static uint32_t epoch_number;
static bool settings_known; /* from the environment at the first start: the program may clear it */
static char log_dir[PATH_MAX];
static uint64_t entry_limit; /* 0: none */
static int log_fd = -1;
static dev_t log_dev;
static ino_t log_ino;
static char log_path[PATH_MAX];
static pthread_key_t thread_key;
static bool have_thread_key;
static _Atomic uint64_t modules_known[MODULES_KNOWN]; /* load address of the modules in the log, hashed; a clash repeats a line */
static _Atomic uint64_t modules_adds;                 /* the loader's count of loads at the last look */
static _Atomic int module_looks, forks;               /* under way */

static bool is_our_file(int fd)
{
    struct stat st;
    return fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == log_dev && st.st_ino == log_ino;
}

static int raise_descriptor(int fd)
{
    int high = fcntl(fd, F_DUPFD_CLOEXEC, DESCRIPTOR_FLOOR);
    if (high < 0) {
        return fd;
    }
    close(fd);
    return high;
}

/* The log's descriptor; opened again by path if the program has closed it. -1 if that fails too. */
static int log_descriptor(void)
{
    if (is_our_file(log_fd)) {
        return log_fd;
    }
    int fd = open(log_path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    fd = raise_descriptor(fd);
    if (!is_our_file(fd)) {
        close(fd);
        return -1;
    }
    return log_fd = fd;
}

static bool reserve(int fd, uint64_t offset, uint32_t bytes)
{
    if (fallocate(fd, 0, (off_t)offset, bytes) == 0) {
        return true;
    }
    if (errno != EOPNOTSUPP && errno != ENOSYS) {
        return false;
    }
    return pwrite(fd, "", 1, (off_t)(offset + bytes - 1)) == 1; /* extends the file and never shrinks it */
}

static void stop(enum record_stop why)
{
    uint32_t reason = why;
    atomic_store(&stopped, reason);
    int fd = log_descriptor();
    if (fd >= 0 && pwrite(fd, &reason, sizeof reason, offsetof(struct record_log_header, stopped)) < 0) {
        return; /* the log cannot say so; the converter still reads what is there */
    }
}

/* ---- modules ---- */

static void write_module(const struct dl_phdr_info *info, uintptr_t begin, uintptr_t end)
{
    struct record_module module = {.magic = RECORD_MODULE_MAGIC, .bytes = RECORD_UNIT_BYTES, .base = info->dlpi_addr,
                                   .begin = begin, .end = end};
    if (info->dlpi_name != NULL && info->dlpi_name[0] != '\0') {
        if (strlen(info->dlpi_name) < sizeof module.path) {
            strcpy(module.path, info->dlpi_name);
        }
    } else if (readlink("/proc/self/exe", module.path, sizeof module.path - 1) < 0) {
        module.path[0] = '\0';
    }
    int fd = log_descriptor();
    uint64_t offset = atomic_fetch_add(&file_end, RECORD_UNIT_BYTES);
    if (fd >= 0 && pwrite(fd, &module, sizeof module, (off_t)offset) < 0) {
        return; /* a full disk: the next chunk stops the recording */
    }
}

static int visit_module(struct dl_phdr_info *info, size_t size, void *ctx)
{
    (void)size;
    const uint64_t *last_adds = ctx;
    if (info->dlpi_adds == *last_adds) {
        return 1;
    }
    uintptr_t begin = UINTPTR_MAX, end = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD) {
            continue;
        }
        uintptr_t low = (uintptr_t)(info->dlpi_addr + segment->p_vaddr), high = low + (uintptr_t)segment->p_memsz;
        begin = low < begin ? low : begin;
        end = high > end ? high : end;
    }
    atomic_store(&modules_adds, info->dlpi_adds);
    _Atomic uint64_t *known = &modules_known[(begin >> 12) % MODULES_KNOWN];
    if (end != 0 && atomic_exchange(known, begin) != begin) {
        write_module(info, begin, end);
    }
    return 0;
}

/* While a fork is under way nobody looks: the child would inherit the loader's lock from a thread that it has not. after_fork_here
 * makes up for it. */
static void log_modules(void)
{
    atomic_fetch_add(&module_looks, 1);
    if (atomic_load(&forks) == 0) {
        uint64_t last_adds = atomic_load(&modules_adds);
        dl_iterate_phdr(visit_module, &last_adds);
    }
    atomic_fetch_sub(&module_looks, 1);
}

/* Gives up where a look does not end: then this thread itself may hold the loader's lock. */
static void before_fork(void)
{
    atomic_fetch_add(&forks, 1);
    for (int turn = 0; turn < LOOK_TURNS && atomic_load(&module_looks) != 0; turn++) {
        sched_yield();
    }
}

static void after_fork_here(void)
{
    int saved = errno;
    struct life *own = atomic_load(&life);
    atomic_fetch_sub(&forks, 1);
    if (own != NULL && atomic_load(&own->state) == STATE_ON) {
        log_modules();
    }
    errno = saved;
}

static void after_fork_in_child(void)
{
    atomic_store(&forks, 0);
    atomic_store(&module_looks, 0);
}

uint32_t log_add_caller(uint64_t caller)
{
    uint32_t slot = log_caller_hash(caller);
    for (uint32_t probe = 0; probe < LOG_PROBES; probe++, slot = (slot + 1) % RECORD_CALLERS) {
        uint64_t there = 0;
        if (slot == 0) {
            continue;
        }
        if (atomic_compare_exchange_strong(&log_process.callers[slot], &there, caller)) {
            int saved = errno;
            log_modules();
            errno = saved;
            return slot;
        }
        if (there == caller) {
            return slot;
        }
    }
    return 0;
}

static void forget_modules(void)
{
    atomic_store(&modules_adds, 0);
    for (size_t i = 0; i < MODULES_KNOWN; i++) {
        atomic_store(&modules_known[i], 0);
    }
}

/* ---- the process ---- */

static void read_command(char *command, size_t bytes)
{
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    if (read(fd, command, bytes - 1) < 0) {
        command[0] = '\0';
    }
    close(fd);
}

/* Makes DIR/PID-IMAGE.log under the first free image number. */
static bool make_log(const char *dir, uint32_t *image)
{
    for (*image = 0; *image < 10000; (*image)++) {
        int length = snprintf(log_path, sizeof log_path, "%s/%ld-%u.log", dir, (long)getpid(), *image);
        if (length < 0 || (size_t)length >= sizeof log_path) {
            return false;
        }
        int fd = open(log_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        struct stat st;
        if (fd >= 0 && fstat(fd, &st) == 0) {
            log_fd = raise_descriptor(fd);
            log_dev = st.st_dev;
            log_ino = st.st_ino;
            return true;
        }
        if (errno != EEXIST) {
            return false;
        }
    }
    return false;
}

static bool write_header(uint32_t image, bool forked)
{
    struct record_log_header header = {.magic = RECORD_MAGIC, .word_bits = (uint32_t)(sizeof(void *) * CHAR_BIT),
                                       .pid = (uint32_t)getpid(), .parent = (uint32_t)getppid(), .image = image,
                                       .forked = forked, .start_ticks = record_ticks()};
    if (readlink("/proc/self/exe", header.program, sizeof header.program - 1) < 0) {
        header.program[0] = '\0';
    }
    read_command(header.command, sizeof header.command);
    return pwrite(log_fd, &header, sizeof header, 0) == (ssize_t)sizeof header;
}

/* The wiped page, made by the first caller. */
static struct life *get_life(void)
{
    struct life *there = atomic_load(&life), *expected = NULL;
    if (there != NULL) {
        return there;
    }
    void *page = mmap(NULL, RECORD_UNIT_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct life *fresh = page == MAP_FAILED ? &no_life : page;
    if (page != MAP_FAILED && madvise(page, RECORD_UNIT_BYTES, MADV_WIPEONFORK) != 0) {
        munmap(page, RECORD_UNIT_BYTES);
        fresh = &no_life;
    }
    if (atomic_compare_exchange_strong(&life, &expected, fresh)) {
        return fresh;
    }
    if (fresh != &no_life) {
        munmap(fresh, RECORD_UNIT_BYTES);
    }
    return expected;
}

static bool map_callers(void)
{
    if (log_process.callers != no_callers) {
        munmap(log_process.callers, RECORD_CALLERS * sizeof(uint64_t));
    }
    log_process.callers = no_callers;
    if (!reserve(log_fd, RECORD_UNIT_BYTES, RECORD_CHUNKS_OFFSET - RECORD_UNIT_BYTES)) {
        return false;
    }
    void *table = mmap(NULL, RECORD_CALLERS * sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, log_fd, RECORD_UNIT_BYTES);
    if (table == MAP_FAILED) {
        return false;
    }
    log_process.callers = table;
    return true;
}

static void read_settings(void)
{
    const char *dir = getenv(RECORD_ENV_DIR), *events = getenv(RECORD_ENV_EVENTS);
    unsigned long long limit = events == NULL ? 0 : strtoull(events, NULL, 10);
    if (dir != NULL && strlen(dir) < sizeof log_dir) {
        strcpy(log_dir, dir);
    }
    entry_limit = limit > UINT64_MAX / 4 ? 0 : limit * 2; /* an event is two entries at most */
    settings_known = true;
}

static bool process_start(struct life *own)
{
    bool forked = settings_known;
    uint32_t image = 0;
    if (!forked) {
        read_settings();
    }
    if (log_dir[0] == '\0') {
        return false;
    }
    if (forked && is_our_file(log_fd)) {
        close(log_fd);
    }
    log_fd = -1;
    atomic_store(&file_end, RECORD_CHUNKS_OFFSET);
    atomic_store(&thread_count, 0);
    atomic_store(&stopped, 0);
    atomic_store(&log_process.ticket, 0);
    forget_modules();
    if (!make_log(log_dir, &image) || !write_header(image, forked)) {
        return false;
    }
    if (!map_callers()) {
        stop(RECORD_NO_SPACE);
        return false;
    }
    log_modules();
    own->epoch = ++epoch_number;
    log_process.epoch = &own->epoch;
    return true;
}

/* Brings the log up if it can be; any thread may come first. */
static bool process_ready(void)
{
    struct life *own = get_life();
    for (;;) {
        int now = atomic_load(&own->state);
        if (now == STATE_ON || now == STATE_OFF) {
            return now == STATE_ON;
        }
        if (now == STATE_STARTING) {
            sched_yield();
            continue;
        }
        if (environ == NULL && !settings_known) { /* no environment yet: the loader calls, before libc is up */
            return false;
        }
        if (atomic_compare_exchange_strong(&own->state, &now, STATE_STARTING)) {
            bool up = process_start(own);
            atomic_store(&own->state, up ? STATE_ON : STATE_OFF);
        }
    }
}

/* ---- the thread ---- */

static void drop_window(struct log_thread *self)
{
    if (self->window != NULL) {
        munmap(self->window, RECORD_WINDOW_BYTES);
    }
    self->window = NULL;
    self->next = self->end = NULL;
}

static void name_window(struct record_chunk *window)
{
    char name[sizeof window->name] = {0};
    if (prctl(PR_GET_NAME, name) == 0) {
        memcpy(window->name, name, sizeof name);
    }
}

static void end_thread(void *ctx)
{
    struct log_thread *self = ctx;
    if (self->window != NULL && self->epoch == *log_process.epoch) {
        name_window(self->window);
    }
    drop_window(self);
}

static bool map_window(struct log_thread *self)
{
    int fd = log_descriptor();
    uint64_t offset = atomic_fetch_add(&file_end, RECORD_WINDOW_BYTES);
    if (fd < 0 || !reserve(fd, offset, RECORD_WINDOW_BYTES)) {
        return false;
    }
    void *memory = mmap(NULL, RECORD_WINDOW_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, (off_t)offset);
    if (memory == MAP_FAILED) {
        return false;
    }
    self->window = memory;
    if (have_thread_key) {
        pthread_setspecific(thread_key, self);
    }
    return true;
}

/* Copies the window behind the file's end; then it may be used again. */
static bool flush_window(struct log_thread *self)
{
    int fd = log_descriptor();
    uint64_t offset = atomic_fetch_add(&file_end, RECORD_WINDOW_BYTES);
    name_window(self->window);
    if (fd < 0 || pwrite(fd, self->window, RECORD_WINDOW_BYTES, (off_t)offset) != (ssize_t)RECORD_WINDOW_BYTES) {
        return false;
    }
    *(volatile uint32_t *)&self->window->magic = 0;
    atomic_signal_fence(memory_order_seq_cst);
    memset(self->window, 0, RECORD_WINDOW_BYTES);
    return true;
}

static void begin_window(struct log_thread *self, uint64_t ticket, uint64_t ticks)
{
    struct record_chunk *window = self->window;
    self->next = (struct record_entry *)(void *)(window + 1);
    self->end = self->next + (RECORD_WINDOW_BYTES - sizeof *window) / sizeof *self->next;
    window->bytes = RECORD_WINDOW_BYTES;
    window->thread = self->number;
    window->tid = (uint32_t)syscall(SYS_gettid);
    window->base_ticket = self->base_ticket = ticket;
    window->base_ticks = self->base_ticks = ticks;
    name_window(window);
    atomic_signal_fence(memory_order_seq_cst);
    *(volatile uint32_t *)&window->magic = RECORD_CHUNK_MAGIC;
}

/* Room in this thread's window, with a new base. False: the recording has stopped. */
static bool make_room(struct log_thread *self, uint64_t *ticket, uint64_t *ticks)
{
    uint32_t epoch = *log_process.epoch;
    if (self->epoch != epoch) { /* the thread's first entry in this process */
        drop_window(self);
        self->epoch = epoch;
        self->number = atomic_fetch_add(&thread_count, 1);
        *ticket = log_ticket();
        *ticks = record_ticks();
    }
    if (atomic_load(&stopped) != RECORD_RUNNING) {
        return false;
    }
    if (entry_limit != 0 && atomic_load(&log_process.ticket) >= entry_limit) {
        stop(RECORD_LIMIT);
        return false;
    }
    if (!(self->window == NULL ? map_window(self) : flush_window(self))) {
        stop(RECORD_NO_SPACE);
        return false;
    }
    begin_window(self, *ticket, *ticks);
    return true;
}

struct record_entry *log_take_slow(uint64_t *ticket, uint64_t *ticks)
{
    int saved = errno;
    struct log_thread *self = &log_self;
    bool was_inside = self->inside;
    self->inside = true;
    struct record_entry *entry = process_ready() && make_room(self, ticket, ticks) ? self->next++ : NULL;
    self->inside = was_inside;
    errno = saved;
    return entry;
}

/* A process that never allocates has a log too: it was recorded, and asked for nothing. */
__attribute__((constructor)) static void begin_early(void)
{
    int saved = errno;
    log_self.inside = true;
    have_thread_key = pthread_key_create(&thread_key, end_thread) == 0;
    pthread_atfork(before_fork, after_fork_here, after_fork_in_child); /* refused: forks are a little less safe, no more */
    process_ready();
    log_self.inside = false;
    errno = saved;
}
