/* test_trace_documents.c: traces/FORMAT.md and traces/schema.json say what the code does. */
#include <cjson/cJSON.h>

#include "test_trace_support.h"
#include "trace_hlt_decode.h"
#include "trace_meaning.h"

#define DOCUMENT HEAPLAB_SOURCE_DIR "/traces/FORMAT.md"
#define SCHEMA HEAPLAB_SOURCE_DIR "/traces/schema.json"

START_TEST(the_error_table_is_the_codes_list)
{
    size_t count;
    char *text = slurp(DOCUMENT, &count), row[128];
    const char *at = strstr(text, "| code | name | text |");
    ck_assert_ptr_nonnull(at);
#define X(code, name, words)                                                    \
    snprintf(row, sizeof row, "\n| %d | %s | %s |", code, #name, words);        \
    at = strstr(at, row);                                                       \
    ck_assert_msg(at != NULL, "no row (or not in order):%s", row);              \
    at += strlen(row);                                                          \
    ck_assert_msg((strncmp(at, " *lenient*", 10) == 0) == ((code) <= TRACE_E_MEMBER || (code) == TRACE_E_TRUNCATED), "row%s", row);
    TRACE_ERRORS(X)
#undef X
    free(text);
}
END_TEST

START_TEST(every_member_and_op_is_documented_and_in_the_schema)
{
    size_t count;
    char *text = slurp(DOCUMENT, &count), *schema_text = slurp(SCHEMA, &count), wanted[64];
    cJSON *schema = cJSON_Parse(schema_text);
    ck_assert_ptr_nonnull(schema);
    const cJSON *event = cJSON_GetObjectItem(cJSON_GetObjectItem(schema, "$defs"), "event"), *members = cJSON_GetObjectItem(event, "properties");
    ck_assert_int_eq(cJSON_GetArraySize(members), TRACE_MEMBERS);
    for (int i = 0; i < TRACE_MEMBERS; i++) {
        snprintf(wanted, sizeof wanted, "\n| `%s` |", trace_member_names[i]);
        ck_assert_msg(strstr(text, wanted) != NULL, "not documented: %s", trace_member_names[i]);
        ck_assert_ptr_nonnull(cJSON_GetObjectItem(members, trace_member_names[i]));
    }
    const cJSON *ops = cJSON_GetObjectItem(cJSON_GetObjectItem(members, "op"), "enum");
    ck_assert_int_eq(cJSON_GetArraySize(ops), TRACE_MARK + 1);
    for (int i = 0; i <= TRACE_MARK; i++) {
        ck_assert_str_eq(cJSON_GetArrayItem(ops, i)->valuestring, trace_op_names[i]);
    }
    cJSON_Delete(schema);
    free(schema_text);
    free(text);
}
END_TEST

/* The example stands indented by four spaces behind the words about it. */
START_TEST(the_example_can_be_read)
{
    size_t count, used = 0;
    char *text = slurp(DOCUMENT, &count), *example = malloc(count + 1);
    for (char *line = strstr(text, "    {\"format\""); line && strncmp(line, "    ", 4) == 0; line = strchr(line, '\n') + 1) {
        size_t length = (size_t)(strchr(line, '\n') - line) - 3;
        memcpy(example + used, line + 4, length);
        used += length;
    }
    struct outcome outcome = read_bytes(example, used, false);
    ck_assert_int_eq(outcome.code, 0);
    ck_assert_uint_eq(outcome.events, 4);
    free(example);
    free(text);
}
END_TEST

/* A file made by hand from FORMAT.md alone. */
START_TEST(the_binary_layout_is_as_documented)
{
    static const char header[] = "{\"format\":\"heaplab-trace\",\"version\":1}";
    static const uint8_t events[] = {0, 1, 0, 0,             /* first event 0, next id 1, untimed, no slots yet */
                                     0x10, 24,               /* alloc, new slot, size 24: id 1 */
                                     0x18, 8, 100,           /* alloc, stated id 2 + 4 = 6, new slot, size 100 */
                                     0xA3, 0x04, 6,          /* free of the slot last given, t 1 + 6 = 7 */
                                     0x33, 0};               /* free of slot 0 */
    uint8_t file[256] = TRACE_HLT_MAGIC, *at = file + TRACE_HLT_FILE_HEADER;
    memset(file + 8, 0, 24);
    file[8] = 1;
    memset(file + 12, 0xFF, 16);
    uint32_t crc = trace_hlt_crc(0, file, 28);
    for (int i = 0; i < 4; i++) {
        file[28 + i] = (uint8_t)(crc >> 8 * i);
    }
    const uint8_t end[12] = {4, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0};
    const struct { const void *bytes; uint8_t count, kind, events; } blocks[] = {{header, sizeof header - 1, 1, 0}, {events, sizeof events, 2, 4}, {end, 12, 3, 0}};
    for (uint8_t block = 0; block < 3; block++) {
        memset(at, 0, 16);
        at[0] = block;
        at[4] = blocks[block].kind;
        at[6] = blocks[block].count;
        at[8] = blocks[block].events;
        memcpy(at + 16, blocks[block].bytes, blocks[block].count);
        crc = trace_hlt_crc(trace_hlt_crc(0, at, 12), at + 16, blocks[block].count);
        for (int i = 0; i < 4; i++) {
            at[12 + i] = (uint8_t)(crc >> 8 * i);
        }
        at += 16 + blocks[block].count;
    }
    struct trace_error error;
    struct trace_event event;
    struct trace_reader *reader = trace_reader_open_memory(file, (size_t)(at - file), NULL, &error);
    ck_assert_msg(reader != NULL, "%s", error.found);
    const struct { uint64_t id, size, t; uint32_t slot; } wanted[] = {{1, 24, 0, 0}, {6, 100, 1, 1}, {6, 0, 7, 1}, {1, 0, 7, 0}};
    for (int i = 0; i < 4; i++) {
        int code = trace_reader_next(reader, &event);
        ck_assert_msg(code == 1, "event %d: %s", i, trace_reader_error(reader)->found);
        ck_assert(event.id == wanted[i].id && event.size == wanted[i].size && event.t == wanted[i].t && event.slot == wanted[i].slot);
    }
    ck_assert_int_eq(trace_reader_next(reader, &event), 0);
    trace_reader_close(reader);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trace documents");
    TCase *documents = tcase_create("documents");
    tcase_add_test(documents, the_error_table_is_the_codes_list);
    tcase_add_test(documents, every_member_and_op_is_documented_and_in_the_schema);
    tcase_add_test(documents, the_example_can_be_read);
    tcase_add_test(documents, the_binary_layout_is_as_documented);
    suite_add_tcase(suite, documents);
    return run_suite(suite);
}
