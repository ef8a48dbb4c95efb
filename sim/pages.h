/* pages.h: copies of a memory that share with each other what is the same in them: what keyframes are made of. See pages.c. */
#ifndef HEAPLAB_SIM_PAGES_H
#define HEAPLAB_SIM_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGES_BYTES 4096u

struct page;

/* A memory as it was at one moment. All zero: nothing is kept, as if of a memory of 0 bytes. */
struct pages {
    struct page **items; /* NULL: all of the page is 0 */
    size_t count;
};

/* Keeps `bytes` bytes at `memory`, which is aligned to 8. What is as in `like` (NULL: like nothing) is shared with it, and `like` may end before the copy
 * does. What is not shared is added to *held, in bytes. False without memory: then nothing is kept, and *held is as before.
 * O(bytes). */
bool pages_save(struct pages *pages, const void *memory, size_t bytes, const struct pages *like, size_t *held);

/* Writes it back. What `memory` has beyond the bytes that were kept becomes 0; `bytes` is at least as many as were kept. Pages that
 * are 0 here and there are read only, so that the system need not give memory for them. O(bytes). */
void pages_restore(const struct pages *pages, void *memory, size_t bytes);

/* What it would hold if it shared nothing: its pages that are not 0. */
size_t pages_alone(const struct pages *pages);

/* Ends it, and takes from *held, the counter that it was saved with, what nobody else shares. */
void pages_end(struct pages *pages, size_t *held);

#endif
