/* pages.c: a copy of a memory is a table of its pages; a page that did not change is the same page in both copies:
 *
 *     copy A  [ a | 0 | c | d ]
 *               |       |   |                 a, c, d   pages, each with a count of those who use it
 *     copy B  [ a | 0 | C | d ]               0         nothing but zeros: no page at all
 *                       |
 *                       C = c but for 3 words
 *
 * A page that changed is kept as the words that differ from the page it was before (which it then uses, too), unless these are so
 * many that a whole page is as good. An allocator that is at work everywhere in a heap changes every page of it, but only a few
 * words of each: headers and links. A page is read by going down to a whole one (or to the zeros) and writing the differences on
 * top of it, so the depth is bounded; it stays small by whoever chooses what a copy is `like` (session.c).
 *
 * Copies may end in any order: a page ends with its last user. */
#include "pages.h"

#include <stdlib.h>
#include <string.h>

enum {
    WORD = 8,                         /* what is compared and kept: two links or a header */
    WORDS = PAGES_BYTES / WORD,
    MAP = WORDS / 64,                 /* words of a bitmap of the words */
    MOST_CHANGED = WORDS * 3 / 4,     /* of a difference */
    MOST_DEPTH = 24
};

typedef uint64_t __attribute__((may_alias)) word; /* the memory is somebody's structs */

struct page {
    struct page *base;  /* NULL: zeros */
    uint32_t users;     /* tables and pages */
    uint16_t changed;   /* words that differ from `base`; WORDS: all are here, and no map */
    uint16_t depth;     /* differences from here to a whole page, this one included */
    word data[];        /* the map of the words that differ, then these; or the whole page */
};

/* A page's content. */
struct content {
    word words[WORDS];
};

static const struct content zeros;

/* With what malloc adds. */
static size_t page_size(uint16_t changed)
{
    const size_t bytes = sizeof(struct page) + (changed == WORDS ? 0 : MAP * WORD) + (size_t)changed * WORD;
    return (bytes + 8 + 15) / 16 * 16;
}

static void leave(struct page *page, size_t *held)
{
    while (page != NULL && --page->users == 0) {
        struct page *base = page->base;
        *held -= page_size(page->changed);
        free(page);
        page = base;
    }
}

/* ---- reading ---- */

static void apply(const struct page *page, struct content *to)
{
    const word *next = page->data + MAP;
    for (unsigned i = 0; i < MAP; i++) {
        for (uint64_t map = page->data[i]; map != 0; map &= map - 1) {
            to->words[i * 64 + (unsigned)__builtin_ctzll(map)] = *next++;
        }
    }
}

static void read_page(const struct page *page, struct content *to)
{
    const struct page *differences[MOST_DEPTH];
    unsigned count = 0;
    for (; page != NULL && page->changed != WORDS; page = page->base) {
        differences[count++] = page;
    }
    memcpy(to, page == NULL ? zeros.words : page->data, sizeof *to);
    while (count-- > 0) {
        apply(differences[count], to);
    }
}

/* The page's words: its own where they are whole, or put together in *room. */
static const word *words_of(const struct page *page, struct content *room)
{
    if (page == NULL) {
        return zeros.words;
    }
    if (page->changed == WORDS) {
        return page->data;
    }
    read_page(page, room);
    return room->words;
}

/* ---- writing ---- */

/* Marks the words that differ; returns how many. Branches would be guessed wrong: where a page changed, it did here and there. */
static unsigned compare(const word *a, const word *b, uint64_t map[MAP])
{
    unsigned changed = 0;
    for (unsigned i = 0; i < MAP; i++) {
        map[i] = 0;
        for (unsigned at = 0; at < 64; at++) {
            map[i] |= (uint64_t)(a[i * 64 + at] != b[i * 64 + at]) << at;
        }
        changed += (unsigned)__builtin_popcountll(map[i]);
    }
    return changed;
}

static struct page *new_page(uint16_t changed, size_t *held)
{
    const size_t bytes = page_size(changed);
    struct page *page = malloc(bytes);
    if (page != NULL) {
        *page = (struct page){.users = 1, .changed = changed};
        *held += bytes;
    }
    return page;
}

static struct page *new_whole(const word *now, size_t *held)
{
    struct page *page = new_page(WORDS, held);
    if (page != NULL) {
        memcpy(page->data, now, PAGES_BYTES);
    }
    return page;
}

static struct page *new_difference(const word *now, const uint64_t map[MAP], unsigned changed, struct page *base, size_t *held)
{
    struct page *page = new_page((uint16_t)changed, held);
    if (page == NULL) {
        return NULL;
    }
    word *next = page->data + MAP;
    memcpy(page->data, map, MAP * sizeof *map);
    for (unsigned i = 0; i < MAP; i++) {
        for (uint64_t left = map[i]; left != 0; left &= left - 1) {
            *next++ = now[i * 64 + (unsigned)__builtin_ctzll(left)];
        }
    }
    page->base = base;
    page->depth = base == NULL ? 1 : base->depth + 1;
    if (base != NULL) {
        base->users++;
    }
    return page;
}

/* The page for what is there now, which was `before`. False without memory. */
static bool save_page(struct page **page, const word *now, struct page *before, size_t *held)
{
    struct content room;
    uint64_t map[MAP];
    const word *then = words_of(before, &room);
    *page = NULL;
    if (memcmp(now, then, PAGES_BYTES) == 0) {
        *page = before;
        if (before != NULL) {
            before->users++;
        }
        return true;
    }
    if (memcmp(now, &zeros, PAGES_BYTES) == 0) {
        return true;
    }
    const unsigned changed = compare(now, then, map);
    const bool whole = changed > MOST_CHANGED || (before != NULL && before->depth == MOST_DEPTH);
    *page = whole ? new_whole(now, held) : new_difference(now, map, changed, before, held);
    return *page != NULL;
}

bool pages_save(struct pages *pages, const void *memory, size_t bytes, const struct pages *like, size_t *held)
{
    const size_t count = (bytes + PAGES_BYTES - 1) / PAGES_BYTES;
    pages->items = calloc(count + 1, sizeof *pages->items);
    pages->count = 0;
    if (pages->items == NULL) {
        return false;
    }
    *held += (count + 1) * sizeof *pages->items;
    pages->count = count;
    bool ok = true;
    for (size_t i = 0; i < count && ok; i++) {
        const word *now = (const word *)memory + i * WORDS;
        const size_t left = bytes - i * PAGES_BYTES;
        struct content last;
        if (left < PAGES_BYTES) {
            memset(&last, 0, sizeof last);
            now = memcpy(&last, now, left);
        }
        ok = save_page(&pages->items[i], now, like != NULL && i < like->count ? like->items[i] : NULL, held);
    }
    if (!ok) {
        pages_end(pages, held);
    }
    return ok;
}

/* ---- the rest ---- */

void pages_restore(const struct pages *pages, void *memory, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += PAGES_BYTES) {
        const struct page *page = at / PAGES_BYTES < pages->count ? pages->items[at / PAGES_BYTES] : NULL;
        const size_t left = bytes - at, length = left < PAGES_BYTES ? left : PAGES_BYTES;
        uint8_t *to = (uint8_t *)memory + at;
        struct content room;
        if (page != NULL || memcmp(to, &zeros, length) != 0) {
            memcpy(to, words_of(page, &room), length);
        }
    }
}

size_t pages_alone(const struct pages *pages)
{
    size_t bytes = 0;
    for (size_t i = 0; i < pages->count; i++) {
        bytes += sizeof *pages->items + (pages->items[i] != NULL ? PAGES_BYTES : 0);
    }
    return bytes;
}

void pages_end(struct pages *pages, size_t *held)
{
    if (pages->items != NULL) {
        for (size_t i = 0; i < pages->count; i++) {
            leave(pages->items[i], held);
        }
        *held -= (pages->count + 1) * sizeof *pages->items;
        free(pages->items);
    }
    *pages = (struct pages){NULL, 0};
}
