/* player.c: see player.h. */
#include "player.h"

static const uint32_t speeds[] = {1, 3, 10, 30, 100, 300, 1000, 3000, 10000, 30000, 100000, 300000, PLAYER_SPEED_MAX};
#define SPEEDS ((uint32_t)(sizeof speeds / sizeof *speeds))
#define PLAY_SECONDS 60u

uint32_t player_speed(const struct player *player) { return player->speed ? player->speed : speeds[0]; }

void player_slower(struct player *player)
{
    uint32_t now = player_speed(player);
    for (uint32_t i = 0; i < SPEEDS && (speeds[i] < now || i == 0); i++) {
        player->speed = speeds[i];
    }
}

void player_faster(struct player *player)
{
    uint32_t i = 0, now = player_speed(player);
    while (i + 1 < SPEEDS && speeds[i] <= now) {
        i++;
    }
    player->speed = speeds[i];
}

void player_fit(struct player *player, uint32_t count)
{
    player->speed = speeds[0];
    for (uint32_t i = 1; i < SPEEDS && (uint64_t)speeds[i] * PLAY_SECONDS <= count; i++) {
        player->speed = speeds[i];
    }
}

void player_last(struct player *player, uint32_t count, uint32_t seconds)
{
    uint32_t speed = count / seconds, unit = 1;
    while (speed / unit >= 100) {
        unit *= 10;
    }
    speed = (speed + unit / 2) / unit * unit;
    player->speed = speed < speeds[0] ? speeds[0] : speed > speeds[SPEEDS - 1] ? speeds[SPEEDS - 1] : speed;
}

uint32_t player_advance(struct player *player, double seconds)
{
    if (!player->playing || seconds <= 0) {
        return 0;
    }
    double due = player->carry + seconds * player_speed(player);
    if (due > 4e9) {
        due = 4e9;
    }
    uint32_t whole = (uint32_t)due;
    player->carry = due - whole;
    return whole;
}
