/* histogram.h: how often which number of instructions: mean and maximum exact, percentiles exact below 4,096 and to 1 part in 256
 * above (the upper edge of the bin is given). 36 KiB each; no division, constant time to add. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_EXACT 4096u        /* bins of width 1 */
#define HISTOGRAM_PARTS 256u         /* bins an octave above that */
#define HISTOGRAM_OCTAVES 20u        /* 2^12 … 2^32 */
#define HISTOGRAM_BINS (HISTOGRAM_EXACT + HISTOGRAM_OCTAVES * HISTOGRAM_PARTS)

struct histogram {
    uint64_t sum;
    uint32_t count, max;
    uint32_t bins[HISTOGRAM_BINS];
};

void histogram_add(struct histogram *histogram, uint32_t value);

/* The smallest bin such that at least `percent` (1 … 100) of the values are not above it; 0 without values. */
uint32_t histogram_percentile(const struct histogram *histogram, uint32_t percent);

#endif
