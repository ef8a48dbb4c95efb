/* test_trace_encodings.c: one model, three encodings: nothing is lost between them, damage is found and named, and a failed write leaves
 * the old file. */
#include <sys/stat.h>
#include <zlib.h>

#include "test_trace_support.h"
#include "trace_hlt_decode.h"

/* Every member, every op, every edge that one trace can hold. */
static const char everything[] =
    "{\"version\":1,\"format\":\"heaplab-trace\",\"meta\":{\"name\":\"all \xC3\xA9 \\\"q\\\"\",\"source\":\"s\",\"note\":\"n\",\"time_unit\":\"us\",\"word_bits\":32,\"own\":[1,2.5,-3e400]},"
    "\"sites\":[\"a.c:1 f\",\"b\"],\"threads\":[\"main\",{\"name\":\"rx\",\"priority\":-5}],\"heaps\":[{\"name\":\"d\"},{\"name\":\"p\",\"pool\":{\"block\":128,\"count\":16}}],"
    "\"vendor\":{\"x\":{\"y\":[null,true,\"\\u00e9\"]},\"big\":12345678901234567890123},\"empty\":{}}\n"
    "{\"op\":\"mark\",\"name\":\"start \\\"\\\\ \\u0001 \xE2\x82\xAC\"}\n"
    "{\"op\":\"alloc\",\"id\":1,\"size\":8}\n"
    "{\"op\":\"alloc\",\"id\":2,\"size\":9007199254740991,\"align\":4503599627370496,\"t\":5,\"site\":1,\"thread\":1,\"heap\":1,\"wait\":-1}\n"
    "{\"op\":\"calloc\",\"id\":9007199254740991,\"size\":4294967296,\"count\":3,\"t\":5,\"wait\":9007199254740991}\n"
    "{\"op\":\"realloc\",\"id\":1,\"size\":16,\"t\":1000000}\n"
    "{\"op\":\"realloc\",\"id\":77,\"size\":16}\n"
    "{\"op\":\"realloc\",\"id\":78,\"size\":0}\n"
    "{\"op\":\"realloc\",\"id\":79,\"size\":4,\"failed\":true}\n"
    "{\"op\":\"realloc\",\"id\":1,\"size\":99,\"failed\":true}\n"
    "{\"op\":\"alloc\",\"id\":80,\"size\":99,\"failed\":true}\n"
    "{\"op\":\"calloc\",\"id\":81,\"size\":9007199254740991,\"count\":9007199254740991,\"failed\":true}\n"
    "{\"op\":\"free\",\"id\":77,\"site\":0,\"thread\":1,\"heap\":1}\n"
    "{\"op\":\"realloc\",\"id\":1,\"size\":0}\n"
    "{\"op\":\"free\",\"id\":0,\"t\":9007199254740991}\n"
    "{\"op\":\"alloc\",\"id\":1,\"size\":0,\"wait\":7}\n"
    "{\"op\":\"mark\",\"name\":\"\",\"site\":0}\n";

static const char *const endings[] = {".json", ".jsonl", ".hlt", ".json.gz", ".jsonl.gz"};

static struct trace *load_text(const char *text, size_t count)
{
    char path[64];
    write_file(temporary_path(path, sizeof path, "-text"), text, count);
    struct trace *trace = load(path);
    unlink(path);
    return trace;
}

START_TEST(nothing_is_lost_through_any_encoding)
{
    char first[64], second[64], back[64];
    struct trace *trace = load_text(everything, sizeof everything - 1);
    temporary_path(first, sizeof first, "-0.jsonl");
    temporary_path(second, sizeof second, endings[_i]);
    temporary_path(back, sizeof back, "-1.jsonl");
    write_trace(trace, first);
    write_trace(trace, second);
    struct trace *again = load(second);
    assert_same_trace(trace, again);
    write_trace(again, back);
    size_t a, b;
    char *before = slurp(first, &a), *after = slurp(back, &b);
    ck_assert_uint_eq(a, b);
    ck_assert_mem_eq(before, after, a);
    ck_assert_ptr_nonnull(strstr(before, "\"big\": 12345678901234567890123") ? before : strstr(before, "12345678901234567890123"));
    ck_assert_ptr_nonnull(strstr(before, "-3e400"));
    ck_assert_ptr_nonnull(strstr(before, "\"empty\": {}"));
    const struct trace_header *header = trace_header_of(again);
    ck_assert_str_eq(header->sites[0], "a.c:1 f");
    ck_assert(header->threads[1].priority == -5 && header->heaps[1].pool_block == 128 && header->heaps[1].pool_count == 16);
    ck_assert(header->word_bits == 32 && strcmp(header->time_unit, "us") == 0 && strcmp(header->name, "all \xC3\xA9 \"q\"") == 0);
    free(before);
    free(after);
    trace_free(trace);
    trace_free(again);
    unlink(first);
    unlink(second);
    unlink(back);
}
END_TEST

START_TEST(events_may_stand_before_the_other_members)
{
    static const char text[] = "{\"events\": [\n  {\"op\": \"alloc\", \"id\": 1, \"size\": 8, \"site\": 1, \"thread\": 0},\n  {\n    \"op\": \"free\",\n    \"id\": 1\n  }\n],\n"
                               "\"sites\": [\"x\", \"y\"], \"later\": 1, \"version\": 1, \"format\": \"heaplab-trace\"}\n";
    struct trace_error error;
    struct trace_event event;
    struct trace_reader *reader = trace_reader_open_memory(text, sizeof text - 1, NULL, &error);
    ck_assert_ptr_nonnull(reader);
    ck_assert(!trace_reader_header_complete(reader));
    ck_assert_int_eq(trace_reader_next(reader, &event), 1);
    ck_assert_uint_eq(event.site, 1);
    ck_assert_uint_eq(trace_reader_header(reader)->site_count, 0);
    ck_assert_int_eq(trace_reader_next(reader, &event), 1);
    ck_assert_int_eq(trace_reader_next(reader, &event), 0);
    ck_assert(trace_reader_header_complete(reader));
    ck_assert_str_eq(trace_reader_header(reader)->sites[1], "y");
    trace_reader_close(reader);
}
END_TEST

START_TEST(a_second_pass_brings_the_whole_header_first)
{
    static const char text[] = "{\"events\":[{\"op\":\"alloc\",\"id\":1,\"size\":8,\"site\":1}],\"sites\":[\"x\",\"y\"],\"version\":1,\"format\":\"heaplab-trace\"}";
    static const char outside[] = "{\"events\":[{\"op\":\"alloc\",\"id\":1,\"size\":8,\"site\":2}],\"sites\":[\"x\",\"y\"],\"version\":1,\"format\":\"heaplab-trace\"}";
    const struct trace_options options = {.whole_header = true};
    char path[64];
    struct trace_error error;
    struct trace_event event;
    write_file(temporary_path(path, sizeof path, "-whole"), text, sizeof text - 1);
    struct trace_reader *reader = trace_reader_open(path, &options, &error);
    ck_assert_ptr_nonnull(reader);
    ck_assert(trace_reader_header_complete(reader));
    ck_assert_uint_eq(trace_reader_header(reader)->site_count, 2);
    ck_assert_int_eq(trace_reader_next(reader, &event), 1);
    ck_assert_int_eq(trace_reader_next(reader, &event), 0);
    trace_reader_close(reader);
    write_file(path, outside, sizeof outside - 1);
    ck_assert_ptr_null(trace_reader_open(path, &options, &error));
    ck_assert(error.code == TRACE_E_INDEX && error.line == 1 && error.column == 49);
    unlink(path);
}
END_TEST

START_TEST(a_lenient_load_drops_indexes_outside_later_lists)
{
    static const char text[] = "{\"events\":[{\"op\":\"alloc\",\"id\":1,\"size\":8,\"site\":1},{\"op\":\"alloc\",\"id\":2,\"size\":8,\"site\":0,\"thread\":9}],"
                               "\"sites\":[\"x\"],\"version\":1,\"format\":\"heaplab-trace\"}";
    char path[64];
    struct trace_error error;
    struct trace_event event;
    write_file(temporary_path(path, sizeof path, "-later"), text, sizeof text - 1);
    struct trace *trace = trace_load(path, &(struct trace_options){.lenient = true}, NULL, NULL, &error);
    ck_assert_ptr_nonnull(trace);
    trace_get(trace, 0, &event);
    ck_assert_uint_eq(event.site, TRACE_NO_SITE);
    trace_get(trace, 1, &event);
    ck_assert(event.site == 0 && event.thread == 0);
    ck_assert_uint_ge(trace_anomalies(trace, NULL, NULL), 1);
    trace_free(trace);
    unlink(path);
}
END_TEST

START_TEST(empty_traces_survive)
{
    char path[64];
    struct trace *trace = trace_new("none");
    temporary_path(path, sizeof path, endings[_i]);
    write_trace(trace, path);
    struct trace *again = load(path);
    ck_assert_uint_eq(trace_count(again), 0);
    trace_free(trace);
    trace_free(again);
    unlink(path);
}
END_TEST

/* ---- damage ---- */

/* The small trace in an encoding, as bytes; the caller frees them. */
static char *encoded(const char *ending, size_t *count)
{
    char path[64];
    struct trace *trace = load_text(everything, sizeof everything - 1);
    write_trace(trace, temporary_path(path, sizeof path, ending));
    char *bytes = slurp(path, count);
    unlink(path);
    trace_free(trace);
    return bytes;
}

/* Cut anywhere, a trace is an error, but where a line of .jsonl has just ended; lenient, it yields whole events. */
START_TEST(every_truncation_is_told)
{
    size_t count;
    char *bytes = encoded(endings[_i], &count);
    bool lines = strcmp(endings[_i], ".jsonl") == 0, document = strcmp(endings[_i], ".json") == 0;
    uint64_t whole = read_bytes(bytes, count, false).events, before = 0;
    ck_assert_uint_eq(whole, 16);
    for (size_t cut = 0; cut < count; cut++) {
        struct outcome strict = read_bytes_twice(bytes, cut, false, 5), lenient = read_bytes_twice(bytes, cut, true, 5);
        bool line_end = lines && cut && (bytes[cut - 1] == '\n' || bytes[cut] == '\n') && cut > 100;
        if (document && cut == count - 1) {
            continue; /* only the last line break is missing */
        }
        ck_assert_msg((strict.code == 0) == line_end, "%s cut at %zu: %d", endings[_i], cut, strict.code);
        if (strict.code) {
            ck_assert_msg(strict.code == TRACE_E_TRUNCATED || cut < 8, "%s cut at %zu: %s", endings[_i], cut, trace_error_name(strict.code));
        }
        ck_assert_uint_eq(strict.error.events, strict.code ? strict.events : 0);
        ck_assert_uint_ge(strict.events, before);
        ck_assert_uint_eq(lenient.events, strict.events);
        before = strict.events;
    }
    free(bytes);
}
END_TEST

/* One byte changed: an error or another legal trace; where there are checksums, an error. */
START_TEST(every_flip_is_an_error_or_a_legal_trace)
{
    size_t count;
    char *bytes = encoded(endings[_i], &count);
    bool checked = strstr(endings[_i], ".hlt") || strstr(endings[_i], ".gz");
    const unsigned char flips[] = {0x01, 0x10, 0x80, 0xFF};
    uint64_t whole = read_bytes(bytes, count, false).events;
    for (size_t at = 0; at < count; at++) {
        for (size_t flip = 0; flip < sizeof flips; flip++) {
            bytes[at] = (char)((unsigned char)bytes[at] ^ flips[flip]);
            struct outcome strict = _i == 2 ? read_bytes_twice(bytes, count, false, 256) : read_bytes(bytes, count, false);
            /* gzip does not guard its own header's time, and deflate can say the same in two ways */
            bool same = strstr(endings[_i], ".gz") && strict.events == whole;
            if (checked && !same) {
                ck_assert_msg(strict.code < 0, "%s byte %zu ^ %02x", endings[_i], at, flips[flip]);
            }
            read_bytes(bytes, count, true);
            bytes[at] = (char)((unsigned char)bytes[at] ^ flips[flip]);
        }
    }
    free(bytes);
}
END_TEST

START_TEST(gzip_members_make_one_trace_and_garbage_behind_is_told)
{
    size_t count;
    char *bytes = encoded(".jsonl", &count), path[64];
    temporary_path(path, sizeof path, "-members.gz");
    for (int part = 0; part < 2; part++) {
        gzFile file = gzopen(path, part ? "ab" : "wb");
        size_t half = count / 2;
        ck_assert_int_gt(gzwrite(file, part ? bytes + half : bytes, (unsigned)(part ? count - half : half)), 0);
        gzclose(file);
    }
    free(bytes);
    bytes = slurp(path, &count);
    ck_assert_int_eq(read_bytes(bytes, count, false).code, 0);
    char *longer = malloc(count + 7);
    memcpy(longer, bytes, count);
    memcpy(longer + count, "garbage", 7);
    ck_assert_int_eq(read_bytes(longer, count + 7, false).code, TRACE_E_GZIP);
    free(longer);
    free(bytes);
    unlink(path);
}
END_TEST

/* ---- .hlt ---- */

/* A trace of many blocks: the caller frees it. */
static struct trace *many_events(uint32_t count)
{
    struct trace *trace = trace_new("many");
    uint64_t state = 1, live[512] = {0}, id = 0;
    for (uint32_t i = 0; i < count; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t *place = &live[state >> 33 & 511];
        struct trace_event event = *place ? trace_event_make(TRACE_FREE, *place, 0) : trace_event_make(TRACE_ALLOC, ++id, state >> 50);
        *place = *place ? 0 : id;
        ck_assert_int_eq(trace_append(trace, &event), 0);
    }
    return trace;
}

/* Where event blocks begin and what each holds, told by the blocks themselves: block, byte, first event (from 1), last event. */
START_TEST(a_damaged_block_is_named_with_number_offset_and_events)
{
    char path[64], wanted[160];
    struct trace *trace = many_events(20000);
    size_t count, offset = TRACE_HLT_FILE_HEADER;
    uint64_t before = 0;
    write_trace(trace, temporary_path(path, sizeof path, "-damage.hlt"));
    char *bytes = slurp(path, &count);
    for (int block = 0; offset < count; block++) {
        const unsigned char *header = (unsigned char *)bytes + offset;
        const size_t payload = header[6] | (size_t)header[7] << 8;
        const unsigned events = header[8] | (unsigned)header[9] << 8;
        const int length = snprintf(wanted, sizeof wanted, "block %d at byte %zu: its checksum does not match", block, offset);
        if (events) {
            snprintf(wanted + length, sizeof wanted - (size_t)length, "; it held events %llu to %llu", (unsigned long long)before + 1,
                     (unsigned long long)before + events);
        } else if (before) {
            snprintf(wanted + length, sizeof wanted - (size_t)length, "; what follows event %llu is lost", (unsigned long long)before);
        }
        bytes[offset + TRACE_HLT_BLOCK_HEADER + payload / 2] ^= 4;
        struct outcome outcome = read_bytes_twice(bytes, count, false, 256), lenient = read_bytes_twice(bytes, count, true, 1000);
        bytes[offset + TRACE_HLT_BLOCK_HEADER + payload / 2] ^= 4;
        ck_assert_int_eq(outcome.code, TRACE_E_CHECKSUM);
        ck_assert_str_eq(outcome.error.found, wanted);
        ck_assert_uint_eq(outcome.error.column, offset + 1);
        ck_assert_int_eq(lenient.code, TRACE_E_CHECKSUM);
        ck_assert(outcome.events == before && lenient.events == before);
        before += events;
        offset += TRACE_HLT_BLOCK_HEADER + payload;
    }
    ck_assert_uint_eq(before, 20000);
    free(bytes);
    trace_free(trace);
    unlink(path);
}
END_TEST

/* Where the next block cannot be found, that is told: nothing is known of its events. */
START_TEST(a_damaged_length_loses_what_follows)
{
    char path[64], wanted[160];
    struct trace *trace = many_events(20000);
    size_t count, offset = TRACE_HLT_FILE_HEADER;
    write_trace(trace, temporary_path(path, sizeof path, "-length.hlt"));
    char *bytes = slurp(path, &count);
    uint64_t before = 0;
    for (int block = 0; block < 3; block++) {
        const unsigned char *header = (unsigned char *)bytes + offset;
        before += header[8] | (unsigned)header[9] << 8;
        offset += TRACE_HLT_BLOCK_HEADER + (header[6] | (size_t)header[7] << 8);
    }
    bytes[offset + 6] ^= 1;
    snprintf(wanted, sizeof wanted, "block 3 at byte %zu: its checksum does not match; what follows event %llu is lost", offset, (unsigned long long)before);
    const struct outcome outcome = read_bytes_twice(bytes, count, false, 256);
    ck_assert_str_eq(outcome.error.found, wanted);
    ck_assert(outcome.events == before && before > 0);
    free(bytes);
    trace_free(trace);
    unlink(path);
}
END_TEST

/* Events of every form at random, the usual ones most: what a block of them decodes is what one by one decodes. `form` bits: 1 with time,
 * 2 with sites, 4 with threads and heaps; 5: ids that go down, so that a table of them is needed. */
static char *any_events(const char *path, int form, size_t *count)
{
    struct trace_header *header = trace_header_new("any", NULL, NULL, "us", 32);
    struct trace_error error;
    for (int i = 0; i < 300; i++) {
        char text[16];
        snprintf(text, sizeof text, "s%d", i);
        ck_assert(!(form & 2) || trace_header_add_site(header, text) == (uint32_t)i);
        ck_assert(!(form & 4) || i > 2 || (trace_header_add_thread(header, text) == (uint32_t)i && trace_header_add_heap(header, text) == (uint32_t)i));
    }
    struct trace_writer *writer = trace_writer_open(path, TRACE_HLT, false, header, &error);
    uint64_t state = (uint64_t)form + 1, live[700] = {0}, id = 0, t = 0;
    for (int i = 0; i < 8000; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        const uint32_t random = (uint32_t)(state >> 33), rare = random >> 10 & 63;
        uint64_t *place = &live[random % 700];
        if (rare == 60) {
            struct trace_event mark = trace_event_make(TRACE_MARK, 0, 0);
            mark.name = "phase";
            ck_assert_int_eq(trace_writer_put(writer, &mark), 0);
            continue;
        }
        struct trace_event event = trace_event_make(*place ? rare < 12 ? TRACE_REALLOC : TRACE_FREE : rare < 6 ? TRACE_CALLOC : TRACE_ALLOC, *place, 0);
        if (!*place) {
            id += rare == 7 ? 2 : 1;
            event.id = form == 5 ? id * 7919 % (1 << 20) + 1 : id;
        }
        event.size = event.op == TRACE_FREE ? 0 : rare == 1 ? 0 : state >> (44 + rare % 20);
        event.count = event.op == TRACE_CALLOC && rare < 3 ? random % 5 : 1;
        event.align = rare == 9 && event.op == TRACE_ALLOC ? 64 : 0;
        event.failed = rare == 11 && event.op != TRACE_FREE;
        *place = event.op == TRACE_FREE || event.failed || (event.op == TRACE_REALLOC && event.size == 0) ? event.failed ? *place : 0 : event.id;
        t += form & 1 ? random % 3 ? 0 : UINT64_C(1) << random % 25 : 0;
        event.t = form & 1 && (i > 2000 || rare == 2) ? t + 30000 : TRACE_NO_TIME;
        event.site = form & 2 && rare % 5 ? random % 300 : TRACE_NO_SITE;
        event.thread = form & 4 ? random % 3 : 0;
        event.heap = form & 4 ? (random >> 3) % 3 : 0;
        event.wait = form & 4 && rare == 13 && event.op != TRACE_FREE ? 7 : 0;
        ck_assert_int_eq(trace_writer_put(writer, &event), 0);
    }
    ck_assert_int_eq(trace_writer_close(writer, &error), 0);
    trace_header_free(header);
    return slurp(path, count);
}

START_TEST(blocks_of_events_are_the_events_one_by_one)
{
    static const int forms[] = {0, 1, 2, 3, 7, 5};
    static const size_t rooms[] = {1, 2, 3, 100, 256, 10000};
    char path[64];
    size_t count;
    char *bytes = any_events(temporary_path(path, sizeof path, "-any.hlt"), forms[_i], &count);
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) {
        const struct outcome outcome = read_bytes_twice(bytes, count, false, rooms[i]);
        ck_assert_msg(outcome.code == 0 && outcome.events == 8000, "%s", outcome.error.found);
    }
    free(bytes);
    unlink(path);
}
END_TEST

struct memory { const char *bytes; size_t left; };

static int32_t read_memory(void *ctx, void *into, uint32_t bytes)
{
    struct memory *memory = ctx;
    uint32_t part = memory->left < bytes ? (uint32_t)memory->left : bytes;
    memcpy(into, memory->bytes, part);
    memory->bytes += part;
    memory->left -= part;
    return (int32_t)part;
}

START_TEST(the_board_decoder_brings_the_same_events_with_one_block_of_memory)
{
    char path[64];
    static uint8_t buffer[TRACE_HLT_BLOCK_TARGET];
    struct trace *trace = many_events(20000);
    size_t count;
    write_trace(trace, temporary_path(path, sizeof path, "-board.hlt"));
    char *bytes = slurp(path, &count);
    struct memory memory = {bytes, count};
    struct trace_hlt_decoder decoder;
    struct trace_event event, wanted;
    ck_assert_int_eq(trace_hlt_decode_begin(&decoder, read_memory, &memory, buffer, sizeof buffer), 0);
    ck_assert_uint_eq(decoder.slot_count, trace_slot_count(trace));
    ck_assert_uint_eq(decoder.event_count, trace_count(trace));
    ck_assert_uint_le(decoder.block_bytes, sizeof buffer);
    for (uint64_t i = 0; i < trace_count(trace); i++) {
        ck_assert_int_eq(trace_hlt_decode_next(&decoder, &event), 1);
        trace_get(trace, i, &wanted);
        if (!wanted.fresh) {
            event.id = wanted.id;
        }
        assert_same_event(&event, &wanted, i);
    }
    ck_assert_int_eq(trace_hlt_decode_next(&decoder, &event), 0);
    double per_event = (double)count / (double)trace_count(trace);
    ck_assert_msg(per_event < 6, "%.2f bytes an event", per_event);
    free(bytes);
    trace_free(trace);
    unlink(path);
}
END_TEST

START_TEST(a_small_buffer_is_an_error_not_an_overrun)
{
    size_t count;
    char *bytes = encoded(".hlt", &count);
    struct memory memory = {bytes, count};
    uint8_t buffer[64];
    struct trace_hlt_decoder decoder;
    struct trace_event event;
    ck_assert_int_eq(trace_hlt_decode_begin(&decoder, read_memory, &memory, buffer, sizeof buffer), 0);
    ck_assert_int_eq(trace_hlt_decode_next(&decoder, &event), TRACE_E_CAP);
    free(bytes);
}
END_TEST

START_TEST(the_checksum_is_zlibs)
{
    uint8_t bytes[300];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 7);
    }
    for (uint32_t count = 0; count <= sizeof bytes; count += 13) {
        uint32_t whole = trace_hlt_crc(0, bytes, count);
        ck_assert_uint_eq(whole, crc32(0, bytes, count));
        ck_assert_uint_eq(trace_hlt_crc(trace_hlt_crc(0, bytes, count / 3), bytes + count / 3, count - count / 3), whole);
    }
}
END_TEST

/* A mark's name that is no UTF-8, in a block whose checksum is right, is found while reading, not when it is written again. */
START_TEST(a_forged_name_is_refused)
{
    size_t count, offset = TRACE_HLT_FILE_HEADER;
    char *bytes = encoded(".hlt", &count);
    offset += TRACE_HLT_BLOCK_HEADER + ((unsigned char)bytes[offset + 6] | (size_t)(unsigned char)bytes[offset + 7] << 8);
    uint8_t *block = (uint8_t *)bytes + offset;
    const uint32_t payload = (uint32_t)block[6] | (uint32_t)block[7] << 8;
    char *name = memmem(block, TRACE_HLT_BLOCK_HEADER + payload, "start ", 6);
    ck_assert_ptr_nonnull(name);
    name[2] = (char)0xFF;
    const uint32_t crc = trace_hlt_crc(trace_hlt_crc(0, block, 12), block + TRACE_HLT_BLOCK_HEADER, payload);
    for (int i = 0; i < 4; i++) {
        block[12 + i] = (uint8_t)(crc >> (8 * i));
    }
    ck_assert_int_eq(read_bytes(bytes, count, false).code, TRACE_E_UTF8);
    free(bytes);
}
END_TEST

/* A realloc that names an id that is dead, in a block whose checksum is right: no reader may take it for a new one. */
START_TEST(a_forged_realloc_of_a_dead_id_is_refused)
{
    struct trace *trace = trace_new("x");
    const struct trace_event events[] = {trace_event_make(TRACE_ALLOC, 1, 8), trace_event_make(TRACE_FREE, 1, 0), trace_event_make(TRACE_REALLOC, 2, 100)};
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        ck_assert_int_eq(trace_append(trace, &events[i]), 0);
    }
    char path[64];
    size_t count, offset = TRACE_HLT_FILE_HEADER;
    write_trace(trace, temporary_path(path, sizeof path, "-dead.hlt"));
    char *bytes = slurp(path, &count);
    offset += TRACE_HLT_BLOCK_HEADER + ((unsigned char)bytes[offset + 6] | (size_t)(unsigned char)bytes[offset + 7] << 8);
    uint8_t *block = (uint8_t *)bytes + offset;
    const uint32_t payload = (uint32_t)block[6] | (uint32_t)block[7] << 8;
    uint8_t *last = block + TRACE_HLT_BLOCK_HEADER + payload - 3; /* its first byte, the id's difference, the size */
    ck_assert_uint_eq(last[0] & (TRACE_HLT_OP | TRACE_HLT_ID), TRACE_REALLOC | TRACE_HLT_ID);
    ck_assert_uint_eq(last[1], 0);
    last[1] = 1; /* one id back */
    const uint32_t crc = trace_hlt_crc(trace_hlt_crc(0, block, 12), block + TRACE_HLT_BLOCK_HEADER, payload);
    for (int i = 0; i < 4; i++) {
        block[12 + i] = (uint8_t)(crc >> (8 * i));
    }
    ck_assert_int_eq(read_bytes(bytes, count, false).code, TRACE_E_ID_DEAD);
    free(bytes);
    trace_free(trace);
    unlink(path);
}
END_TEST

/* Payloads with a right checksum and any bytes: no crash, no bad slot (read_bytes checks), an error in nearly all. */
START_TEST(forged_payloads_are_refused)
{
    size_t count, offset = TRACE_HLT_FILE_HEADER;
    char *bytes = encoded(".hlt", &count);
    offset += TRACE_HLT_BLOCK_HEADER + ((unsigned char)bytes[offset + 6] | (size_t)(unsigned char)bytes[offset + 7] << 8);
    uint8_t *block = (uint8_t *)bytes + offset;
    uint32_t payload = (uint32_t)block[6] | (uint32_t)block[7] << 8;
    uint64_t state = 99;
    for (int round = 0; round < 5000; round++) {
        uint8_t saved[2];
        size_t at[2];
        for (int i = 0; i < 2; i++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            at[i] = TRACE_HLT_BLOCK_HEADER + (size_t)(state >> 33) % payload;
            saved[i] = block[at[i]];
            block[at[i]] = (uint8_t)(state >> 56);
        }
        uint32_t crc = trace_hlt_crc(trace_hlt_crc(0, block, 12), block + TRACE_HLT_BLOCK_HEADER, payload);
        for (int i = 0; i < 4; i++) {
            block[12 + i] = (uint8_t)(crc >> (8 * i));
        }
        (void)(round % 8 ? read_bytes(bytes, count, round % 2) : read_bytes_twice(bytes, count, round % 2, 256));
        block[at[1]] = saved[1];
        block[at[0]] = saved[0];
    }
    free(bytes);
}
END_TEST

/* The same in a block of usual events, which are decoded many at once: nothing wrong comes through that does not one by one. */
START_TEST(forged_usual_events_are_refused_as_one_by_one)
{
    static const int forms[] = {0, 1, 2, 3, 7, 5};
    char path[64];
    size_t count, offset = TRACE_HLT_FILE_HEADER;
    char *bytes = any_events(temporary_path(path, sizeof path, "-forged.hlt"), forms[_i], &count);
    for (int i = 0; i < 4; i++) {
        offset += TRACE_HLT_BLOCK_HEADER + ((unsigned char)bytes[offset + 6] | (size_t)(unsigned char)bytes[offset + 7] << 8);
    }
    uint8_t *block = (uint8_t *)bytes + offset;
    const uint32_t payload = (uint32_t)block[6] | (uint32_t)block[7] << 8;
    uint64_t state = 7;
    int refused = 0;
    for (int round = 0; round < 60; round++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint8_t *at = block + TRACE_HLT_BLOCK_HEADER + (state >> 33) % payload;
        const uint8_t saved = *at;
        *at ^= (uint8_t)(1 << (state >> 61));
        const uint32_t crc = trace_hlt_crc(trace_hlt_crc(0, block, 12), block + TRACE_HLT_BLOCK_HEADER, payload);
        for (int i = 0; i < 4; i++) {
            block[12 + i] = (uint8_t)(crc >> (8 * i));
        }
        refused += read_bytes_twice(bytes, count, false, 256).code < 0;
        *at = saved;
    }
    ck_assert_int_gt(refused, 10);
    free(bytes);
    unlink(path);
}
END_TEST

/* The recorded corpus as .hlt, its header and all: at most six bytes an event. */
START_TEST(the_corpus_takes_at_most_six_bytes_an_event)
{
    static const char *const names[] = {"bc", "gawk", "hub", "jq", "lua", "m4", "mosquitto", "openssl", "pigz", "python", "sqlite3", "xmllint"};
    uint64_t bytes = 0, events = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char from[512], path[64];
        struct stat status;
        snprintf(from, sizeof from, HEAPLAB_SOURCE_DIR "/traces/corpus/%s.jsonl.gz", names[i]);
        struct trace *trace = load(from);
        write_trace(trace, temporary_path(path, sizeof path, "-size.hlt"));
        ck_assert_int_eq(stat(path, &status), 0);
        bytes += (uint64_t)status.st_size;
        events += trace_count(trace);
        trace_free(trace);
        unlink(path);
    }
    ck_assert_msg(bytes <= 6 * events, "%llu bytes, %llu events", (unsigned long long)bytes, (unsigned long long)events);
}
END_TEST

/* ---- writing ---- */

START_TEST(a_failed_write_leaves_the_old_file)
{
    char path[64];
    struct trace_error error;
    struct trace *trace = trace_new("x");
    struct trace_event event = trace_event_make(TRACE_FREE, 5, 0);
    write_file(temporary_path(path, sizeof path, "-old.jsonl"), "old", 3);
    struct trace_writer *writer = trace_writer_open(path, TRACE_JSONL, false, trace_header_of(trace), &error);
    ck_assert_int_eq(trace_writer_put(writer, &event), TRACE_E_ID_DEAD);
    ck_assert_int_eq(trace_writer_close(writer, &error), TRACE_E_ID_DEAD);
    trace_writer_abandon(trace_writer_open(path, TRACE_HLT, false, trace_header_of(trace), &error));
    size_t count;
    char *bytes = slurp(path, &count);
    ck_assert_str_eq(bytes, "old");
    free(bytes);
    ck_assert_ptr_null(trace_writer_open("/nonexistent/x.hlt", TRACE_HLT, false, trace_header_of(trace), &error));
    ck_assert_int_eq(error.code, TRACE_E_WRITE);
    trace_free(trace);
    unlink(path);
}
END_TEST

START_TEST(a_full_disk_is_told)
{
    struct trace_error error;
    struct trace *trace = many_events(1000);
    struct trace_writer *writer = trace_writer_open("/dev/full", TRACE_JSONL, _i == 1, trace_header_of(trace), &error);
    ck_assert_ptr_nonnull(writer);
    for (uint64_t i = 0; i < trace_count(trace); i++) {
        struct trace_event event;
        trace_get(trace, i, &event);
        trace_writer_put(writer, &event);
    }
    ck_assert_int_eq(trace_writer_close(writer, &error), TRACE_E_WRITE);
    struct stat status;
    ck_assert(stat("/dev/full", &status) == 0 && S_ISCHR(status.st_mode));
    trace_free(trace);
}
END_TEST

START_TEST(what_could_not_be_read_is_not_written)
{
    char path[64], longer[5001];
    struct trace_error error;
    struct trace *trace = trace_new("x");
    struct trace_event event = trace_event_make(TRACE_MARK, 0, 0);
    temporary_path(path, sizeof path, "-bad.json");
    memset(longer, 'a', 5000);
    longer[5000] = '\0';
    const char *const names[] = {"\xFF", longer};
    const int codes[] = {TRACE_E_UTF8, TRACE_E_LONG_STRING};
    for (int i = 0; i < 2; i++) {
        struct trace_writer *writer = trace_writer_open(path, TRACE_JSON, false, trace_header_of(trace), &error);
        event.name = names[i];
        ck_assert_int_eq(trace_writer_put(writer, &event), codes[i]);
        trace_writer_abandon(writer);
        struct trace_header *header = trace_header_new(names[i], NULL, NULL, NULL, 0);
        ck_assert_ptr_null(trace_writer_open(path, TRACE_HLT, false, header, &error));
        ck_assert_int_eq(error.code, codes[i]);
        trace_header_free(header);
    }
    ck_assert_int_ne(access(path, F_OK), 0);
    trace_free(trace);
}
END_TEST

START_TEST(a_programs_header_grows)
{
    struct trace_header *header = trace_header_new("n", "s", NULL, "us", 32);
    char text[32];
    for (uint32_t i = 0; i < 100; i++) {
        snprintf(text, sizeof text, "site %u", i);
        ck_assert_uint_eq(trace_header_add_site(header, text), i);
        ck_assert_uint_eq(trace_header_add_thread(header, text), i);
    }
    struct trace *trace = trace_new_like(header);
    struct trace_event event = trace_event_make(TRACE_ALLOC, 1, 8);
    event.site = event.thread = 99;
    ck_assert_int_eq(trace_append(trace, &event), 0);
    ck_assert_str_eq(trace_header_of(trace)->sites[99], "site 99");
    trace_header_free(header);
    trace_free(trace);
}
END_TEST

START_TEST(names_choose_the_encoding)
{
    static const struct { const char *name; bool known, gzip; enum trace_encoding encoding; } cases[] = {
        {"a.json", true, false, TRACE_JSON},       {"a.jsonl", true, false, TRACE_JSONL}, {"x/a.hlt", true, false, TRACE_HLT},
        {"a.json.gz", true, true, TRACE_JSON},     {"a.jsonl.gz", true, true, TRACE_JSONL}, {"a.hlt.gz", false, false, TRACE_HLT},
        {"json", false, false, TRACE_JSON},        {"a.txt", false, false, TRACE_JSON},     {".gz", false, false, TRACE_JSON},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum trace_encoding encoding;
        bool gzip, known = trace_encoding_of_name(cases[i].name, &encoding, &gzip);
        ck_assert_msg(known == cases[i].known, "%s", cases[i].name);
        if (known) {
            ck_assert(gzip == cases[i].gzip && encoding == cases[i].encoding);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trace encodings");
    TCase *all = tcase_create("encodings");
    tcase_set_timeout(all, 120);
    tcase_add_loop_test(all, nothing_is_lost_through_any_encoding, 0, 5);
    tcase_add_loop_test(all, empty_traces_survive, 0, 5);
    tcase_add_test(all, events_may_stand_before_the_other_members);
    tcase_add_test(all, a_second_pass_brings_the_whole_header_first);
    tcase_add_test(all, a_lenient_load_drops_indexes_outside_later_lists);
    tcase_add_loop_test(all, every_truncation_is_told, 0, 5);
    tcase_add_loop_test(all, every_flip_is_an_error_or_a_legal_trace, 0, 5);
    tcase_add_test(all, gzip_members_make_one_trace_and_garbage_behind_is_told);
    tcase_add_test(all, a_damaged_block_is_named_with_number_offset_and_events);
    tcase_add_test(all, a_damaged_length_loses_what_follows);
    tcase_add_loop_test(all, blocks_of_events_are_the_events_one_by_one, 0, 6);
    tcase_add_test(all, the_board_decoder_brings_the_same_events_with_one_block_of_memory);
    tcase_add_test(all, a_small_buffer_is_an_error_not_an_overrun);
    tcase_add_test(all, the_checksum_is_zlibs);
    tcase_add_test(all, a_forged_name_is_refused);
    tcase_add_test(all, a_forged_realloc_of_a_dead_id_is_refused);
    tcase_add_test(all, forged_payloads_are_refused);
    tcase_add_loop_test(all, forged_usual_events_are_refused_as_one_by_one, 0, 6);
    tcase_add_test(all, the_corpus_takes_at_most_six_bytes_an_event);
    tcase_add_test(all, a_failed_write_leaves_the_old_file);
    tcase_add_loop_test(all, a_full_disk_is_told, 0, 2);
    tcase_add_test(all, what_could_not_be_read_is_not_written);
    tcase_add_test(all, a_programs_header_grows);
    tcase_add_test(all, names_choose_the_encoding);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
