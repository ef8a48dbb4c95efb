/* player.c: see player.h. */
#include "player.h"

static const uint32_t speeds[] = {1, 3, 10, 30, 100, 300, 1000, 3000, 10000, 30000, 100000, 300000, 1000000};
#define SPEEDS ((uint32_t)(sizeof speeds / sizeof *speeds))
#define PLAY_SECONDS 60u

uint32_t player_speed(const struct player *player) { return speeds[player->step < SPEEDS ? player->step : SPEEDS - 1]; }

void player_slower(struct player *player)
{
    if (player->step > 0) {
        player->step--;
    }
}

void player_faster(struct player *player)
{
    if (player->step + 1 < SPEEDS) {
        player->step++;
    }
}

void player_fit(struct player *player, uint32_t count)
{
    player->step = 0;
    while (player->step + 1 < SPEEDS && (uint64_t)speeds[player->step + 1] * PLAY_SECONDS <= count) {
        player->step++;
    }
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
