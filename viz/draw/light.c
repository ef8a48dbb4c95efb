/* light.c: the two tables. */
#include "light.h"

#include <math.h>

void light_init(struct light *light)
{
    for (int i = 0; i < 256; i++) {
        light->linear[i] = powf((float)i / 255.0f, 2.2f);
    }
    for (int i = 0; i <= LIGHT_STEPS; i++) {
        light->channel[i] = (uint8_t)(powf((float)i / LIGHT_STEPS, 1 / 2.2f) * 255.0f + 0.5f);
    }
}
