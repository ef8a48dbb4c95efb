/* player.h: playing as a pure function of the time that has passed: no clock is read here. */
#ifndef HEAPLAB_VIZ_PLAYER_H
#define HEAPLAB_VIZ_PLAYER_H

#include <stdbool.h>
#include <stdint.h>

#define PLAYER_SPEED_MAX 1000000u

struct player {
    bool playing;
    uint32_t speed; /* events a second; 0: the slowest */
    double carry;   /* events that are due but not whole yet, below 1 */
};

/* Events a second; slower and faster go by 1, 3, 10, 30 … 1,000,000. */
uint32_t player_speed(const struct player *player);
void player_slower(struct player *player);
void player_faster(struct player *player);

/* The step of that ladder at which `count` events take about a minute. */
void player_fit(struct player *player, uint32_t count);

/* The speed of two digits at which `count` events take about `seconds` (> 0), within the ladder's ends. */
void player_last(struct player *player, uint32_t count, uint32_t seconds);

/* Whole events that are due after `seconds` more; 0 while paused. The rest is carried on, so no time is lost. */
uint32_t player_advance(struct player *player, double seconds);

#endif
