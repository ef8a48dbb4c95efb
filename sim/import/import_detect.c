/* import_detect.c: which recording is it? By content: what only this format has. And the ones that are known but cannot be replayed. */
#include <string.h>

#include "import_internal.h"

static const struct import_refusal dhat = {"a DHAT profile",
                                         "single calls: a profile adds them up for each place in the program, so no order of calls is left"};
static const struct import_refusal massif = {"a Massif profile", "single calls: a profile has a few moments of the heap, not what came between"};
static const struct import_refusal heapprofd = {"a Perfetto trace (heapprofd)",
                                              "single calls: heapprofd takes samples and adds them up for each place in the program"};
static const struct import_refusal pprof = {"a pprof profile", "single calls: pprof takes samples and adds them up for each place in the program"};
static const struct import_refusal interpreted = {"heaptrack's interpreted form", "the raw form, which has the addresses: heaptrack --raw"};
static const struct import_refusal zstd = {"zstd-compressed data", "plain or gzip-compressed input: zstd -dc FILE | heaplab ... -"};

static bool has(struct import_scan text, const char *what)
{
    return import_scan_find(&text, what);
}

static bool begins(struct import_scan text, const char *what)
{
    return import_scan_text(&text, what);
}

/* The value of a protocol buffer's variable-length number. */
static bool varint(struct import_scan *scan, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; scan->at < scan->end && shift < 35; shift += 7) {
        const unsigned byte = (unsigned char)*scan->at++;
        *value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            return true;
        }
    }
    return false;
}

/* Both are protocol buffers that begin with field 1, a message. pprof's is a pair of small numbers (a value's type and unit); Perfetto's
 * is a packet. */
static const struct import_refusal *detect_protobuf(struct import_scan text)
{
    uint64_t bytes = 0, number = 0;
    struct import_scan scan = text;
    if (!begins(scan, "\x0A")) {
        return NULL;
    }
    scan.at++;
    if (!varint(&scan, &bytes) || scan.at == scan.end || (unsigned char)*scan.at >= 0x80) {
        return NULL;
    }
    struct import_scan inner = scan;
    inner.at++;
    if (bytes <= 8 && *scan.at == 0x08 && varint(&inner, &number) && inner.at < inner.end && *inner.at == 0x10) {
        return &pprof;
    }
    const bool binary = memchr(text.at, 0, (size_t)(text.end - text.at)) != NULL;
    return binary || has(text, "heapprofd") || has(text, "perfetto") || has(text, "traced") ? &heapprofd : NULL;
}

static bool is_interpreted_line(struct import_scan line)
{
    return begins(line, "s ") || begins(line, "i ") || begins(line, "a ");
}

static const struct import_refusal *detect_refusal(struct import_scan text, bool whole)
{
    if (begins(text, "\x28\xB5\x2F\xFD")) {
        return &zstd;
    }
    if (begins(text, "{") || has((struct import_scan){text.at, text.end - text.at > 64 ? text.at + 64 : text.end}, "\"dhatFileVersion\"")) {
        return has(text, "\"dhatFileVersion\"") ? &dhat : NULL;
    }
    if (begins(text, "desc:") && has(text, "\ncmd:")) {
        return &massif;
    }
    if (begins(text, "heap profile:") || begins(text, "heap_v2/") || begins(text, "--- heap")) {
        return &pprof;
    }
    if (begins(text, "v ") && import_any_line(text, whole, is_interpreted_line)) {
        return &interpreted;
    }
    return detect_protobuf(text);
}

const struct import_format *import_detect(struct import_scan text, bool whole, const struct import_refusal **refusal)
{
    static const struct import_format *const formats[] = {&import_rep, &import_heaptrack, &import_mtrace, &import_android, &import_mbed,
                                                          &import_esp, &import_ltrace, &import_freertos, &import_zephyr};
    *refusal = detect_refusal(text, whole);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0] && !*refusal; i++) {
        if (formats[i]->detect(text, whole)) {
            return formats[i];
        }
    }
    return NULL;
}
