/* light.h: mixing colours by share in linear light (gamma 2.2), as the eye mixes dots that are too small to see.
 *
 * Tables instead of powf: a mixed map or a strip asks for a million conversions. */
#ifndef HEAPLAB_VIZ_LIGHT_H
#define HEAPLAB_VIZ_LIGHT_H

#include <stdint.h>

#define LIGHT_STEPS 4096

struct light { float linear[256]; uint8_t channel[LIGHT_STEPS + 1]; };

struct light_rgb { float r, g, b; };

void light_init(struct light *light);

static inline struct light_rgb light_of(const struct light *light, uint32_t argb)
{
    return (struct light_rgb){light->linear[argb >> 16 & 0xFF], light->linear[argb >> 8 & 0xFF], light->linear[argb & 0xFF]};
}

static inline void light_add(struct light_rgb *sum, struct light_rgb colour, float share)
{
    sum->r += colour.r * share;
    sum->g += colour.g * share;
    sum->b += colour.b * share;
}

static inline uint32_t light_step(float value)
{
    return value <= 0 ? 0 : value >= 1 ? LIGHT_STEPS : (uint32_t)(value * LIGHT_STEPS + 0.5f);
}

static inline uint32_t light_pack(const struct light *light, struct light_rgb c)
{
    return 0xFF000000u | (uint32_t)light->channel[light_step(c.r)] << 16 | (uint32_t)light->channel[light_step(c.g)] << 8 |
           light->channel[light_step(c.b)];
}

#endif
