/* The colours are what the design says of them: contrast of text (WCAG 2), and the distance (CIEDE2000) of kinds that touch, seen with
 * full colour vision and with simulated deuteranopia, protanopia and tritanopia (Machado, Oliveira and Fernandes 2009, severity 1). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <check.h>

#include "theme.h"

struct rgb { double c[3]; }; /* linear light, red first */
struct lab { double l, a, b; };

static const double pi = 3.14159265358979323846;

enum vision { VISION_FULL, VISION_PROTAN, VISION_DEUTAN, VISION_TRITAN, VISION_COUNT };
static const char *const vision_names[VISION_COUNT] = {"full", "protanopia", "deuteranopia", "tritanopia"};
static const double simulations[VISION_COUNT][3][3] = {
    {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
    {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
    {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
    {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
};

static struct rgb seen(uint32_t argb, enum vision vision)
{
    struct rgb in, out;
    for (int i = 0; i < 3; i++) {
        double c = (argb >> (16 - 8 * i) & 0xFF) / 255.0;
        in.c[i] = c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
    }
    for (int i = 0; i < 3; i++) {
        double sum = 0;
        for (int k = 0; k < 3; k++) {
            sum += simulations[vision][i][k] * in.c[k];
        }
        out.c[i] = sum < 0 ? 0 : sum > 1 ? 1 : sum;
    }
    return out;
}

static double lab_curve(double t) { return t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116; }

static struct lab lab_of(struct rgb rgb) /* sRGB's primaries, white D65 */
{
    const double *c = rgb.c;
    double x = lab_curve((0.4124564 * c[0] + 0.3575761 * c[1] + 0.1804375 * c[2]) / 0.95047);
    double y = lab_curve(0.2126729 * c[0] + 0.7151522 * c[1] + 0.0721750 * c[2]);
    double z = lab_curve((0.0193339 * c[0] + 0.1191920 * c[1] + 0.9503041 * c[2]) / 1.08883);
    return (struct lab){116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

static double degrees(double radians) { return radians * 180 / pi; }
static double radians(double angle) { return angle * pi / 180; }

static double hue_of(double a, double b)
{
    double hue = a == 0 && b == 0 ? 0 : degrees(atan2(b, a));
    return hue < 0 ? hue + 360 : hue;
}

/* CIEDE2000 with all weights 1 (Sharma, Wu and Dalal 2005). */
static double distance(struct lab p, struct lab q)
{
    double c_mean = (hypot(p.a, p.b) + hypot(q.a, q.b)) / 2, c7 = pow(c_mean, 7), g = 0.5 * (1 - sqrt(c7 / (c7 + pow(25, 7))));
    double a1 = (1 + g) * p.a, a2 = (1 + g) * q.a, c1 = hypot(a1, p.b), c2 = hypot(a2, q.b), h1 = hue_of(a1, p.b), h2 = hue_of(a2, q.b);
    double dh = c1 * c2 == 0 ? 0 : h2 - h1, sum = h1 + h2;
    bool far = fabs(h1 - h2) > 180;
    dh = dh > 180 ? dh - 360 : dh < -180 ? dh + 360 : dh;
    double hue = c1 * c2 == 0 ? sum : !far ? sum / 2 : sum < 360 ? (sum + 360) / 2 : (sum - 360) / 2;
    double l = (p.l + q.l) / 2, c = (c1 + c2) / 2, dl = q.l - p.l, dc = c2 - c1, dhue = 2 * sqrt(c1 * c2) * sin(radians(dh / 2));
    double t = 1 - 0.17 * cos(radians(hue - 30)) + 0.24 * cos(radians(2 * hue)) + 0.32 * cos(radians(3 * hue + 6)) - 0.20 * cos(radians(4 * hue - 63));
    double sl = 1 + 0.015 * (l - 50) * (l - 50) / sqrt(20 + (l - 50) * (l - 50)), sc = 1 + 0.045 * c, sh = 1 + 0.015 * c * t;
    double turn = 30 * exp(-pow((hue - 275) / 25, 2)), r7 = pow(c, 7), rt = -sin(radians(2 * turn)) * 2 * sqrt(r7 / (r7 + pow(25, 7)));
    return sqrt(pow(dl / sl, 2) + pow(dc / sc, 2) + pow(dhue / sh, 2) + rt * dc / sc * dhue / sh);
}

/* Published pairs of the paper. */
START_TEST(the_distance_is_ciede2000)
{
    static const struct { struct lab p, q; double distance; } pairs[] = {
        {{50, 2.6772, -79.7751}, {50, 0, -82.7485}, 2.0425},       {{50, -1.3802, -84.2814}, {50, 0, -82.7485}, 1.0000},
        {{50, 2.4900, -0.0010}, {50, -2.4900, 0.0011}, 7.2195},    {{50, 2.5, 0}, {73, 25, -18}, 27.1492},
        {{60.2574, -34.0099, 36.2677}, {60.4626, -34.1751, 39.4387}, 1.2644}, {{2.0776, 0.0795, -1.1350}, {0.9033, -0.0636, -0.5514}, 0.9082}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        ck_assert_double_eq_tol(distance(pairs[i].p, pairs[i].q), pairs[i].distance, 0.0001);
        ck_assert_double_eq_tol(distance(pairs[i].q, pairs[i].p), pairs[i].distance, 0.0001);
    }
}
END_TEST

/* ΔE of two colours, the least of all visions. */
static double least_distance(uint32_t a, uint32_t b, enum vision *worst)
{
    double least = 1e9;
    for (int vision = 0; vision < VISION_COUNT; vision++) {
        double found = distance(lab_of(seen(a, (enum vision)vision)), lab_of(seen(b, (enum vision)vision)));
        if (found < least) {
            least = found;
            *worst = (enum vision)vision;
        }
    }
    return least;
}

/* Every two kinds touch somewhere: control lies beside reserved bytes (first_fit), payload (bump) and slack (buddy), reserved bytes beside
 * all others. So the design's figures hold for all fifteen pairs. */
static const double touching[THEME_COUNT] = {[THEME_DARK] = 14, [THEME_LIGHT] = 12, [THEME_PROJECTOR] = 18};

START_TEST(kinds_that_touch_are_told_apart_by_anybody)
{
    for (int id = 0; id < THEME_COUNT; id++) {
        for (int a = 0; a < KIND_COUNT; a++) {
            for (int b = a + 1; b < KIND_COUNT; b++) {
                enum vision worst = VISION_FULL;
                double found = least_distance(themes[id].kinds[a].fill, themes[id].kinds[b].fill, &worst);
                ck_assert_msg(found >= touching[id], "%s: %s and %s: %.2f with %s", themes[id].name,
                              kind_names[a], kind_names[b], found, vision_names[worst]);
            }
        }
    }
}
END_TEST

START_TEST(text_has_the_contrast_that_the_design_says)
{
    for (int id = 0; id < THEME_COUNT; id++) {
        const struct theme *t = &themes[id];
        const struct { const char *name; uint32_t colour; double least; } tokens[] = {
            {"ink", t->ink, 14.85}, {"ink2", t->ink2, 7.25}, {"ink3", t->ink3, 4.75}, {"fail", t->fail, 4.65}, {"ok", t->ok, 4.65}};
        const uint32_t grounds[] = {t->bg, t->surface, t->well};
        for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
            for (int g = 0; g < 3; g++) {
                double found = theme_contrast(tokens[i].colour, grounds[g]);
                ck_assert_msg(found >= tokens[i].least, "%s %s on ground %d: %.2f", t->name, tokens[i].name, g, found);
            }
        }
        ck_assert_double_ge(theme_contrast(0xFFFFFFFF, t->kinds[KIND_PAYLOAD].fill), 4.5);
        ck_assert_double_ge(theme_contrast(t->ink, t->failbg), 4.5);
        ck_assert_double_ge(theme_contrast(t->ink2, t->failbg), 4.5);
    }
}
END_TEST

/* A label on any payload that a colour mode can give. */
#define LABEL_LEAST 4.5
START_TEST(labels_can_be_read_on_every_fill)
{
    for (int id = 0; id < THEME_COUNT; id++) {
        for (int i = 0; i < RAMP_STEPS; i++) {
            ck_assert_double_ge(theme_contrast(theme_label_ink(themes[id].ramp[i]), themes[id].ramp[i]), LABEL_LEAST);
        }
        for (int i = 0; i < CATEGORIES; i++) {
            ck_assert_double_ge(theme_contrast(theme_label_ink(themes[id].category[i]), themes[id].category[i]), LABEL_LEAST);
        }
    }
}
END_TEST

/* Sites, threads and policies: of the sheet's eight, and each against the free bytes beside it. */
#define CATEGORY_LEAST 14.0
START_TEST(categories_are_told_apart_by_anybody)
{
    for (int id = 0; id < THEME_COUNT; id++) {
        const struct theme *t = &themes[id];
        enum vision worst = VISION_FULL;
        for (int a = 0; a < CATEGORIES; a++) {
            for (int b = a + 1; b < CATEGORIES; b++) {
                double found = least_distance(t->category[a], t->category[b], &worst);
                ck_assert_msg(found >= CATEGORY_LEAST, "%s: %d and %d: %.2f with %s", t->name, a, b, found, vision_names[worst]);
            }
            ck_assert_double_ge(least_distance(t->category[a], t->kinds[KIND_FREE].fill, &worst), CATEGORY_LEAST);
        }
    }
}
END_TEST

static double lightness(uint32_t colour) { return lab_of(seen(colour, VISION_FULL)).l; }

/* In greyscale the kinds are a ladder of lightness: as all of them touch, each two are 12 L* apart. */
START_TEST(the_kinds_are_a_ladder_of_lightness)
{
    for (int id = 0; id < THEME_COUNT; id++) {
        for (int a = 0; a < KIND_COUNT; a++) {
            for (int b = a + 1; b < KIND_COUNT; b++) {
                double found = fabs(lightness(themes[id].kinds[a].fill) - lightness(themes[id].kinds[b].fill));
                ck_assert_msg(found >= 12, "%s: %s and %s: %.1f L*", themes[id].name, kind_names[a], kind_names[b], found);
            }
        }
    }
}
END_TEST

/* More stands further from the ground, and each step of a ramp is seen. */
START_TEST(ramps_rise_away_from_the_ground)
{
    for (int id = 0; id < THEME_COUNT; id++) {
        const struct theme *t = &themes[id];
        enum vision worst = VISION_FULL;
        for (int i = 1; i < RAMP_STEPS; i++) {
            double away = fabs(lightness(t->ramp[i]) - lightness(t->well)), before = fabs(lightness(t->ramp[i - 1]) - lightness(t->well));
            ck_assert_double_gt(away, before + 4);
            ck_assert_double_ge(least_distance(t->ramp[i], t->ramp[i - 1], &worst), 5.5);
        }
    }
}
END_TEST

/* A pattern's marks are seen on their fill: without them small swatches would be told by colour alone. */
START_TEST(marks_are_seen_on_their_fill)
{
    for (int id = 0; id < THEME_COUNT; id++) {
        for (int k = 0; k < KIND_COUNT; k++) {
            const struct draw_style *kind = &themes[id].kinds[k];
            double found = fabs(lightness(kind->fill) - lightness(kind->mark));
            ck_assert_msg(kind->tile == TILE_SOLID || found >= 18, "%s %s: %.1f L*", themes[id].name, kind_names[k], found);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_colours");
    TCase *cases = tcase_create("colours");
    tcase_add_test(cases, the_distance_is_ciede2000);
    tcase_add_test(cases, kinds_that_touch_are_told_apart_by_anybody);
    tcase_add_test(cases, text_has_the_contrast_that_the_design_says);
    tcase_add_test(cases, labels_can_be_read_on_every_fill);
    tcase_add_test(cases, categories_are_told_apart_by_anybody);
    tcase_add_test(cases, the_kinds_are_a_ladder_of_lightness);
    tcase_add_test(cases, ramps_rise_away_from_the_ground);
    tcase_add_test(cases, marks_are_seen_on_their_fill);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
