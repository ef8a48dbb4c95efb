/* histogram.c: bins of one, then bins of 1/256 of a power of two. */
#include "histogram.h"

#define EXACT_BITS 12u /* HISTOGRAM_EXACT = 2^12 */
#define PART_BITS 8u   /* HISTOGRAM_PARTS = 2^8 */

_Static_assert(HISTOGRAM_EXACT == 1u << EXACT_BITS && HISTOGRAM_PARTS == 1u << PART_BITS, "the bits and the numbers agree");
_Static_assert(HISTOGRAM_OCTAVES == 32u - EXACT_BITS, "every 32-bit value has a bin");

static uint32_t bin_of(uint32_t value)
{
    if (value < HISTOGRAM_EXACT) {
        return value;
    }
    const uint32_t octave = 31u - (uint32_t)__builtin_clz(value);
    const uint32_t part = (value >> (octave - PART_BITS)) & (HISTOGRAM_PARTS - 1u);
    return HISTOGRAM_EXACT + (octave - EXACT_BITS) * HISTOGRAM_PARTS + part;
}

/* The largest value of a bin. */
static uint32_t edge_of(uint32_t bin)
{
    if (bin < HISTOGRAM_EXACT) {
        return bin;
    }
    const uint32_t octave = (bin - HISTOGRAM_EXACT) / HISTOGRAM_PARTS + EXACT_BITS, part = (bin - HISTOGRAM_EXACT) % HISTOGRAM_PARTS;
    const uint64_t next = (uint64_t)(HISTOGRAM_PARTS + part + 1u) << (octave - PART_BITS);
    return (uint32_t)(next - 1u);
}

void histogram_add(struct histogram *histogram, uint32_t value)
{
    histogram->sum += value;
    histogram->count++;
    histogram->bins[bin_of(value)]++;
    if (value > histogram->max) {
        histogram->max = value;
    }
}

uint32_t histogram_percentile(const struct histogram *histogram, uint32_t percent)
{
    const uint64_t wanted = ((uint64_t)histogram->count * percent + 99u) / 100u;
    uint64_t seen = 0;
    for (uint32_t bin = 0; bin < HISTOGRAM_BINS && wanted != 0; bin++) {
        seen += histogram->bins[bin];
        if (seen >= wanted) {
            const uint32_t edge = edge_of(bin);
            return edge < histogram->max ? edge : histogram->max;
        }
    }
    return 0;
}
