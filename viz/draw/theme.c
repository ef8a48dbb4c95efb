/* theme.c: the colour tokens and the arithmetic of light. */
#include "theme.h"

#include <math.h>
#include <string.h>

#define C(rgb) (0xFF000000u | 0x##rgb##u)

const char *const kind_names[KIND_COUNT] = {"payload", "slack", "header", "control", "free", "reserved"};

const struct theme themes[THEME_COUNT] = {
    [THEME_DARK] = {
        .name = "dark", .bg = C(0F1318), .surface = C(171D25), .well = C(0A0D12), .line = C(2B3440), .line2 = C(566374),
        .ink = C(EDF1F5), .ink2 = C(B4BFCA), .ink3 = C(8794A2), .focus = C(FFFFFF),
        .fail = C(FF7A4D), .failbg = C(3A1A10), .ok = C(3ED0A6), .okbg = C(0E2F28), .internal = C(F2C24E),
        .life_short = C(1E4365), .life_mid = C(2B67A3), .life_long = C(4F86BA), .life_pin = C(B9DAF8),
        .kinds = {{C(2977C0), C(2977C0), TILE_SOLID}, {C(F2C24E), C(7A5200), TILE_RISING4}, {C(929FAC), C(4E5B67), TILE_BARS3},
                  {C(670F6B), C(F0B5E0), TILE_GRID4}, {C(1A212A), C(4A586A), TILE_DOTS4}, {C(505761), C(808A96), TILE_FALLING6}},
        .scattered = {C(3A1A10), C(BA5838), TILE_FALLING4},
        .ramp = {C(2C4A7C), C(35639A), C(457BA4), C(6496A6), C(8BAE9C), C(B8C486), C(E2D56C), C(FFF07A)},
        .category = {C(56B4E9), C(ED930C), C(EFE0A4), C(287767), C(B34D09), C(B125D4), C(7CF8F8), C(8C97A3)},
    },
    [THEME_LIGHT] = {
        .name = "light", .bg = C(F4F6F8), .surface = C(FFFFFF), .well = C(E6EAEF), .line = C(D3D9E0), .line2 = C(8A95A2),
        .ink = C(12171D), .ink2 = C(414B57), .ink3 = C(5C6773), .focus = C(000000),
        .fail = C(B93A00), .failbg = C(FCE9E1), .ok = C(007558), .okbg = C(E0F3ED), .internal = C(8F6400),
        .life_short = C(CBE0F4), .life_mid = C(90BFEA), .life_long = C(4C8FD0), .life_pin = C(07408F),
        .kinds = {{C(2874BC), C(2874BC), TILE_SOLID}, {C(F9C74F), C(7A4E00), TILE_RISING4}, {C(2D3945), C(93A0AD), TILE_BARS3},
                  {C(813778), C(E3B8DB), TILE_GRID4}, {C(FFFFFF), C(A3AFBC), TILE_DOTS4}, {C(A4ADB8), C(6E7985), TILE_FALLING6}},
        .scattered = {C(FCE9E1), C(D0774F), TILE_FALLING4},
        .ramp = {C(B9D08A), C(93C296), C(6BB3A2), C(47A0AC), C(3384AC), C(2B66A2), C(2A468B), C(27296B)},
        .category = {C(2A8FCC), C(B39109), C(790606), C(206046), C(D00B5A), C(372877), C(4E25F4), C(77828E)},
    },
    [THEME_PROJECTOR] = {
        .name = "projector", .bg = C(FFFFFF), .surface = C(FFFFFF), .well = C(E3E8ED), .line = C(B4BDC8), .line2 = C(5C6773),
        .ink = C(000000), .ink2 = C(222A33), .ink3 = C(3C4752), .focus = C(000000),
        .fail = C(B02E00), .failbg = C(FCE9E1), .ok = C(006B50), .okbg = C(E0F3ED), .internal = C(8F6400),
        .life_short = C(CBE0F4), .life_mid = C(90BFEA), .life_long = C(4C8FD0), .life_pin = C(07408F),
        .kinds = {{C(2272BD), C(2272BD), TILE_SOLID}, {C(FFC53D), C(5E3A00), TILE_RISING4}, {C(161C21), C(9AA6B3), TILE_BARS3},
                  {C(8A2F68), C(E6BEDF), TILE_GRID4}, {C(FFFFFF), C(8D99A6), TILE_DOTS4}, {C(9AA3AE), C(5F6A76), TILE_FALLING6}},
        .scattered = {C(FCE9E1), C(CB6F4F), TILE_FALLING4},
        .ramp = {C(B9D08A), C(93C296), C(6BB3A2), C(47A0AC), C(3384AC), C(2B66A2), C(2A468B), C(27296B)},
        .category = {C(2A8FCC), C(B39109), C(790606), C(206046), C(D00B5A), C(372877), C(4E25F4), C(77828E)},
    },
};

enum theme_id theme_find(const char *name)
{
    int id = 0;
    while (id < THEME_COUNT && strcmp(themes[id].name, name) != 0) {
        id++;
    }
    return (enum theme_id)id;
}

static double luminance(uint32_t argb)
{
    static const double weights[3] = {0.0722, 0.7152, 0.2126}; /* blue, green, red */
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        double c = (argb >> (8 * i) & 0xFF) / 255.0;
        sum += weights[i] * (c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
}

double theme_contrast(uint32_t a, uint32_t b)
{
    double la = luminance(a), lb = luminance(b);
    return la > lb ? (la + 0.05) / (lb + 0.05) : (lb + 0.05) / (la + 0.05);
}

uint32_t theme_label_ink(uint32_t fill) { return theme_contrast(C(FFFFFF), fill) >= 4.5 ? C(FFFFFF) : C(0A0D12); }
