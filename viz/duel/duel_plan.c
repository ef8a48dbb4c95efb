/* duel_plan.c: which lanes stand where. Pure functions of the window's size, the heaps' sizes and what the person hides.
 *
 * Two columns of maps with the address spine between; below them strips and chart, and at their right the score; of three lanes the
 * score takes the fourth cell. One row length for all maps. What the rows leave goes to strips and chart, 55 to 45.
 */
#include "duel.h"

#define HEAD 24
#define GAP 10         /* between cells, and under the maps */
#define SPINE 80
#define GUTTER 76
#define MARKS 12
#define AXIS 18
#define STRIP_LEAST 34
#define STRIP_BETWEEN 3
#define CHART_BEFORE 8
#define SCORE_WANTED 220 /* of three lanes: the fourth cell holds all rows and the verdict … */
#define SCORE_LEAST 144  /* … at least all rows, close; the verdict stands beside the strips' title then */
#define SCORE_BESIDE 262 /* all rows, the verdict and the legend */

bool duel_shown(const struct view_state *state, int lane_count, int lane)
{
    unsigned all = (1u << lane_count) - 1, hidden = state->duel.hidden & all;
    return hidden == all || !(hidden >> lane & 1);
}

bool duel_better(const struct model *a, const struct model *b)
{
    const struct model_scores *x = &a->scores, *y = &b->scores;
    if (x->failures != y->failures) {
        return x->failures < y->failures;
    }
    if (x->first_failure != y->first_failure) {
        return x->first_failure > y->first_failure;
    }
    if (x->least_largest != y->least_largest) {
        return x->least_largest > y->least_largest;
    }
    return x->external_mean < y->external_mean;
}

static void choose_lanes(struct duel_plan *plan, const struct model *models, int lane_count, const struct view_state *state)
{
    for (int lane = 0; lane < lane_count; lane++) {
        if (!duel_shown(state, lane_count, lane)) {
            continue;
        }
        int at = plan->count++;
        while (state->duel.sorted && at > 0 && duel_better(&models[lane], &models[plan->lanes[at - 1]])) {
            plan->lanes[at] = plan->lanes[at - 1];
            at--;
        }
        plan->lanes[at] = lane;
        plan->arena_most = models[lane].arena_bytes > plan->arena_most ? models[lane].arena_bytes : plan->arena_most;
    }
}

static int at_least(int value, int least) { return value > least ? value : least; }

/* Heights of the part below the maps. */
struct foot { int strips, chart, all; };

static struct foot foot_make(const struct duel_plan *plan)
{
    const struct screen *l = &plan->screen;
    int n = plan->count, share = (int)(0.115 * l->content.h);
    struct foot foot;
    foot.strips = at_least(n == 3 ? 0 : screen_strip_height(l), n * screen_px(l, STRIP_LEAST) + (n - 1) * screen_px(l, STRIP_BETWEEN));
    foot.chart = n == 3 ? screen_px(l, l->low ? 48 : 60) : at_least(share, screen_px(l, l->low ? 52 : 72));
    int fixed = screen_px(l, 2 * HEAD + MARKS + CHART_BEFORE + AXIS), beside = n == 3 ? 0 : screen_px(l, SCORE_BESIDE);
    foot.chart = at_least(foot.chart, beside - fixed - foot.strips);
    foot.all = fixed + foot.strips + foot.chart;
    return foot;
}

static void place_maps(struct duel_plan *plan, const struct model *models, const struct map_grid *grid)
{
    struct screen *l = &plan->screen;
    int head = screen_px(l, HEAD), cell_h = head + grid->rows * grid->pitch + screen_px(l, GAP);
    int right = l->content.x + l->content.w - grid->width;
    for (int i = 0; i < plan->count; i++) {
        int x = i % 2 ? right : l->content.x, y = l->content.y + i / 2 * cell_h, lane = plan->lanes[i];
        struct map_grid own = screen_grid_like(grid, models[lane].arena_bytes, x, y + head);
        plan->heads[i] = rect_make(x, y, grid->width, head);
        plan->maps[i] = rect_make(x, y + head, grid->width, own.rows * own.pitch);
        if (lane == 0) {
            l->grid = own;
        } else {
            l->more_grids[lane - 1] = own;
        }
    }
    l->map_head = plan->heads[0];
    l->map = plan->maps[0];
    plan->spine_x = l->content.x + grid->width;
    plan->spine_w = right - plan->spine_x;
}

static void place_foot(struct duel_plan *plan, struct foot foot, int top)
{
    struct screen *l = &plan->screen;
    int head = screen_px(l, HEAD), x = l->content.x + screen_px(l, GUTTER), end = l->content.y + l->content.h;
    bool many = plan->count > 2;
    int table = screen_px(l, plan->count == 3 ? 0 : l->compact ? (many ? 470 : 372) : many ? 560 : 436);
    int w = l->content.x + l->content.w - x - (table ? table + screen_px(l, 28) : 0);
    l->strip_parts = plan->count;
    l->strip_gap = screen_px(l, STRIP_BETWEEN);
    l->strip_head = rect_make(x, top, w, head);
    l->marks = rect_make(x, top + head, w, screen_px(l, MARKS));
    l->strip = rect_make(x, l->marks.y + l->marks.h, w, foot.strips);
    l->budget_head = rect_make(x, l->strip.y + l->strip.h + screen_px(l, CHART_BEFORE), w, head);
    l->axis = rect_make(x, end - screen_px(l, AXIS), w, screen_px(l, AXIS));
    l->budget = rect_make(x, l->budget_head.y + head, w, l->axis.y - l->budget_head.y - head);
    if (table) {
        plan->score = rect_make(l->content.x + l->content.w - table, top, table, end - top);
    } else {
        int y = plan->heads[2].y;
        plan->score = rect_make(plan->heads[1].x, y, plan->heads[1].w, top - screen_px(l, GAP) - y);
    }
    l->side_x = plan->score.x;
    l->side_w = plan->score.w;
}

struct duel_plan duel_plan_make(const struct screen *begun, const struct model *models, int lane_count, const struct view_state *state)
{
    struct duel_plan plan = {.screen = *begun};
    struct screen *l = &plan.screen;
    choose_lanes(&plan, models, lane_count, state);
    int rows = plan.count > 2 ? 2 : 1, head = screen_px(l, HEAD), gap = screen_px(l, GAP);
    struct foot foot = foot_make(&plan);
    int room = (l->content.h - foot.all - rows * gap) / rows - head, w = (l->content.w - screen_px(l, SPINE)) / 2;
    int both = head + 2 * room; /* of three lanes: what a map gives up, the fourth cell gets twice, under the map's own foot */
    if (plan.count == 3 && room > both - screen_px(l, SCORE_LEAST)) {
        room = both - screen_px(l, SCORE_LEAST);
    }
    int given = both - head - 2 * room;
    struct map_grid grid = screen_grid_make(l, 0, plan.arena_most ? plan.arena_most : 8, rect_make(l->content.x, l->content.y, w, room));
    int least = screen_px(l, SCORE_WANTED) - head;
    if (plan.count == 3 && grid.rows * grid.pitch < least) { /* a small heap: its rows grow until the score has room beside them */
        grid.pitch = (least < room ? least : room) / grid.rows;
    }
    place_maps(&plan, models, &grid);
    int spare = given + rows * (room - grid.rows * grid.pitch);
    int lack = plan.count == 3 ? screen_px(l, SCORE_WANTED) - head - grid.rows * grid.pitch : 0;
    lack = lack < 0 ? 0 : lack < spare ? lack : spare;
    spare -= lack;
    foot.strips += spare * 55 / 100;
    foot.strips -= (foot.strips - (plan.count - 1) * screen_px(l, STRIP_BETWEEN)) % plan.count; /* all strips alike */
    int top = l->content.y + rows * (head + grid.rows * grid.pitch + gap) + lack;
    place_foot(&plan, foot, top);
    return plan;
}

/* A lane's first event that lies elsewhere than in lane 0 is known; so is that of two others, unless both part from lane 0 at once. */
static uint32_t parting_of(const struct model *models, int a, int b)
{
    const struct model *x = &models[a], *y = &models[b];
    uint32_t dx = a ? x->divergence : 0, dy = b ? y->divergence : 0, from = dx;
    if (dx != dy) {
        return dx == 0 || (dy > 0 && dy < dx) ? dy : dx;
    }
    for (; from > 0 && from <= x->count; from++) {
        if (x->history.placed[from - 1] != y->history.placed[from - 1]) {
            return from;
        }
    }
    return 0;
}

bool duel_find_parting(const struct model *models, const int *lanes, int count, struct duel_parting *parting)
{
    *parting = (struct duel_parting){0, 0, 0};
    for (int i = 0; i < count; i++) {
        for (int k = i + 1; k < count; k++) {
            int a = lanes[i] < lanes[k] ? lanes[i] : lanes[k], b = lanes[i] < lanes[k] ? lanes[k] : lanes[i];
            uint32_t event = parting_of(models, a, b);
            if (event > 0 && (parting->event == 0 || event < parting->event)) {
                *parting = (struct duel_parting){event, a, b};
            }
        }
    }
    return parting->event > 0;
}
