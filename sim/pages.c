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
    LINE = 8,                         /* words that are compared at once */
    MOST_CHANGED = WORDS * 5 / 8,     /* of a difference: then it is three quarters of a page */
    MOST_DEPTH = 24
};

typedef uint64_t __attribute__((may_alias)) word; /* the memory is somebody's structs */

struct page {
    struct page *base;  /* NULL: zeros */
    uint32_t users;     /* tables and pages */
    uint16_t changed;   /* words that differ from `base`; WORDS: all are here, and no places */
    uint16_t depth;     /* differences from here to a whole page, this one included */
    word data[];        /* the words that differ, then their places (uint16_t each); or the whole page */
};

/* The places of the words that differ: room for a line more, because all of a line are written before it is known which count. */
struct places {
    uint16_t at[WORDS + LINE];
    unsigned count;
};

/* A page's content. */
struct content {
    word words[WORDS];
};

static const struct content zeros;

/* With what malloc adds. */
static size_t page_size(uint16_t changed)
{
    const size_t bytes = sizeof(struct page) + changed * (size_t)WORD + (changed == WORDS ? 0 : changed * sizeof(uint16_t));
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
    const uint16_t *places = (const uint16_t *)(page->data + page->changed);
    for (unsigned i = 0; i < page->changed; i++) {
        to->words[places[i]] = page->data[i];
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

/* Finds the words that differ. Most lines are equal; in one that is not, a branch a word would be guessed wrong. */
static void compare(const word *a, const word *b, struct places *places)
{
    unsigned count = 0;
    for (unsigned at = 0; at < WORDS; at += LINE) {
        uint64_t differs = 0;
        for (unsigned i = 0; i < LINE; i++) {
            differs |= a[at + i] ^ b[at + i];
        }
        if (differs != 0) {
            for (unsigned i = 0; i < LINE; i++) {
                places->at[count] = (uint16_t)(at + i);
                count += a[at + i] != b[at + i];
            }
        }
    }
    places->count = count;
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

static struct page *new_difference(const word *now, const struct places *places, struct page *base, size_t *held)
{
    struct page *page = new_page((uint16_t)places->count, held);
    if (page == NULL) {
        return NULL;
    }
    for (unsigned i = 0; i < places->count; i++) {
        page->data[i] = now[places->at[i]];
    }
    memcpy(page->data + places->count, places->at, places->count * sizeof places->at[0]);
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
    struct places places;
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
    compare(now, then, &places);
    const bool whole = places.count > MOST_CHANGED || (before != NULL && before->depth == MOST_DEPTH);
    *page = whole ? new_whole(now, held) : new_difference(now, &places, before, held);
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
