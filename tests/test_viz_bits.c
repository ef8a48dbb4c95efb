/* A policy that keeps a bitmap of its heap: what is told of it is what lies in the memory, and the views show that, bit by bit. */
#include "format.h"
#include "options.h"
#include "screen.h"
#include "theme.h"
#include "viz_check.h"
#include "viz_fixture.h"
#include "why.h"
#include "words.h"

static struct fixture f;

/* Sizes up to 6,000 bytes: some blocks are large enough for a size in the map. */
static void setup(void) { fixture_open(&f, fixture_trace(3, 20, 5), "bitmap_fit", 45056); }
static void teardown(void) { fixture_close(&f); }

static const struct model *model(void) { return source_model(f.source); }

static bool says(const struct drawlist *list, const char *part)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->ops[i].type == DRAW_TEXT && strstr(drawlist_text(list, &list->ops[i]), part)) {
            return true;
        }
    }
    return false;
}

static bool bit_at(const struct model_map *map, uint32_t off)
{
    uint32_t word, bit;
    return model_map_bit(model(), map, off, &word, &bit);
}

static uint32_t picture_hash(const struct fixture *of)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < (size_t)of->raster.w * (size_t)of->raster.h; i++) {
        hash = (hash ^ of->raster.pixels[i]) * 16777619u;
    }
    return hash;
}

/* ---- what is told ---- */

/* The rules that the policy tells, of one block or hole. Returns whether a word of the map has its size. */
static bool follows_its_rule(const struct model_map *map, uint32_t off, uint32_t size, bool used)
{
    uint32_t count = size / map->granule, from = 0, word, bit;
    bool sized = used && model_map_size_word(map, off, size, &from);
    ck_assert_uint_eq(size % map->granule, 0);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = off + i * map->granule;
        bool ends = !used && (i == 1 || i == count - 1), told = sized && at >= from && at - from < 32 * map->granule;
        ck_assert_msg(told || bit_at(map, at) == (i == 0 || ends), "bit %u of %u at %u", i, count, off);
    }
    if (sized) {
        ck_assert(from > off && from + 32 * map->granule <= off + size);
        model_map_bit(model(), map, from, &word, &bit);
        ck_assert_uint_eq(bit, 0);
        ck_assert_uint_eq((model_word(model(), word) >> map->size_shift) * map->granule, size);
    }
    return sized;
}

START_TEST(the_map_is_told_as_it_lies_in_the_memory)
{
    uint32_t sized = 0, blocks = 0, holes = 0;
    source_want(f.source, MODEL_WANT_BYTES);
    for (uint32_t event = 0; event < model()->count; event += 61) {
        ck_assert(source_seek(f.source, event));
        ck_assert_uint_eq(model()->map_count, 1);
        const struct model_map *map = &model()->maps[0];
        ck_assert_int_eq(model()->spans[model_span_at(model(), map->off)].kind, KIND_CONTROL);
        for (uint32_t i = 0; i < model()->block_count; i++) {
            sized += follows_its_rule(map, model()->blocks[i].off, model()->blocks[i].size, true);
            blocks++;
        }
        for (uint32_t i = 0; i < model()->span_count; i++) {
            const struct model_span *span = &model()->spans[i];
            if (span->kind == KIND_FREE) {
                follows_its_rule(map, span->off, span->size, false);
                holes++;
            }
        }
    }
    ck_assert(blocks > 500 && holes > 100 && sized > 100);
    struct fixture none;
    fixture_open(&none, fixture_trace(3, 4, 1), "tlsf", 40000);
    ck_assert_uint_eq(source_model(none.source)->map_count, 0);
    fixture_close(&none);
}
END_TEST

/* ---- the layout ---- */

/* Bits stand only where one can be told from the next and a label still fits its row; elsewhere the map is as it is without them. */
START_TEST(bits_have_room_or_cost_nothing)
{
    static const int sizes[][2] = {{1024, 640}, {1280, 800}, {1440, 900}, {1920, 1080}, {3840, 2160}};
    uint32_t with = 0, without = 0;
    for (size_t i = 0; i < 5; i++) {
        for (uint32_t bytes = 64; bytes <= 1u << 24; bytes *= 2) {
            const struct screen s = screen_make_bits(sizes[i][0], sizes[i][1], 0, 0, bytes);
            const struct screen plain = screen_make(sizes[i][0], sizes[i][1], 0, 0, bytes);
            const struct map_grid *grid = &s.grid;
            ck_assert_int_eq(plain.grid.bits, 0);
            ck_assert_int_le(s.map.y + s.map.h, s.strip_head.y);
            if (grid->bits > 0) {
                with++;
                ck_assert(grid->granule_px >= 8.0 * (double)s.scale && grid->bits >= (int)(5 * s.scale));
                ck_assert_int_ge(grid->pitch - grid->gap, (int)(13 * s.scale));
                ck_assert_int_gt(grid->gap, grid->bits);
                ck_assert_uint_eq(s.bits_from, 0);
            } else {
                without++;
                ck_assert(grid->row_bytes == plain.grid.row_bytes && grid->pitch == plain.grid.pitch && grid->gap == plain.grid.gap);
                ck_assert(grid->width == plain.grid.width && s.strip.y == plain.strip.y);
                ck_assert(s.bits_from > 0 && s.bits_from < bytes);
                ck_assert_int_gt(screen_make_bits(sizes[i][0], sizes[i][1], 0, 0, s.bits_from).grid.bits, 0);
                ck_assert_int_eq(screen_make_bits(sizes[i][0], sizes[i][1], 0, 0, 2 * s.bits_from).grid.bits, 0);
            }
        }
    }
    ck_assert(with > 20 && without > 20);
}
END_TEST

/* ---- the map ---- */

static void zoom(uint32_t first, uint32_t bytes)
{
    app_state(f.app)->view = VIEW_MAP;
    app_state(f.app)->map_first = first;
    app_state(f.app)->map_bytes = bytes;
}

/* The colour of what is drawn in the middle of a granule's cell. */
static uint32_t pixel_below(uint32_t off)
{
    const struct map_grid *grid = &app_screen(f.app)->grid;
    uint32_t in_row = (off - grid->first) % grid->row_bytes;
    int x0 = grid_x(grid, in_row), x1 = grid_x(grid, in_row + 8), y = grid->y + grid_row(grid, off) * grid->pitch + grid->pitch - grid->gap;
    y += (grid->gap - grid->bits) / 2 + 2;
    return f.raster.pixels[(size_t)y * (size_t)f.raster.w + (size_t)(x0 + (x1 - x0) / 4 + 1)] & 0xFFFFFF;
}

static bool in_size_word(const struct model_map *map, uint32_t off)
{
    uint32_t from, block = model()->spans[model_span_at(model(), off)].block;
    return block != MODEL_NONE && model_map_size_word(map, model()->blocks[block].off, model()->blocks[block].size, &from) && off >= from &&
           off - from < 32 * map->granule;
}

/* A part anywhere, in each theme: a cell is filled if and only if the memory's bit is 1. */
START_TEST(the_cells_are_the_memorys_bits)
{
    uint32_t set = 0, clear = 0, sized = 0;
    for (uint32_t i = 0; i < 30; i++) {
        app_state(f.app)->theme = i % 2 ? THEME_LIGHT : THEME_DARK;
        const struct theme *theme = &themes[app_state(f.app)->theme];
        app_seek(f.app, 100 + 60 * i);
        zoom(i * 1024, i % 3 ? 4096 : 1024);
        fixture_raster(&f);
        const struct map_grid *grid = &app_screen(f.app)->grid;
        const struct model_map *map = &model()->maps[0];
        ck_assert_int_gt(grid->bits, 0);
        app_state(f.app)->pinned = false;
        for (uint32_t off = grid->first; off < grid->first + grid->bytes; off += 8) {
            bool bit = bit_at(map, off), size = in_size_word(map, off);
            uint32_t pixel = pixel_below(off), fill = bit ? size ? theme->line2 : theme->ink2 : theme->well;
            bool tagged = model()->failure.at_cursor; /* tags lie over some cells */
            ck_assert_msg(tagged || pixel == (fill & 0xFFFFFF), "event %u, offset %u: %06X, not %06X", model()->event, off, pixel, fill);
            set += bit && !size;
            clear += !bit;
            sized += size;
        }
    }
    ck_assert(set > 100 && clear > 1000 && sized > 100);
}
END_TEST

START_TEST(the_head_says_what_bits_are_and_from_which_zoom_on)
{
    char words[80];
    zoom(0, 0);
    ck_assert(says(fixture_draw(&f), "bits of its map from 8 KiB on"));
    ck_assert(!says(fixture_draw(&f), "bits of the policy's map"));
    zoom(8192, app_screen(f.app)->bits_from);
    ck_assert(says(fixture_draw(&f), "bits of the policy's map") && says(fixture_draw(&f), "a large block's size"));
    ck_assert(!says(fixture_draw(&f), "bits of its map from"));
    app_state(f.app)->language = LANGUAGE_CHINESE;
    snprintf(words, sizeof words, "%s", words_get(LANGUAGE_CHINESE, WORD_MAP_BIT_CLEAR));
    ck_assert(says(fixture_draw(&f), words) && strcmp(words, words_get(LANGUAGE_ENGLISH, WORD_MAP_BIT_CLEAR)) != 0);
    teardown();
    fixture_open(&f, fixture_trace(3, 20, 5), "first_fit", 45056);
    zoom(8192, 4096);
    ck_assert(!says(fixture_draw(&f), "bits of"));
    ck_assert_int_eq(app_screen(f.app)->grid.bits, 0);
    zoom(0, 0);
    ck_assert(!says(fixture_draw(&f), "bits of"));
}
END_TEST

START_TEST(every_text_can_be_read)
{
    static const uint32_t parts[] = {0, 8192, 4096, 1024, 256};
    for (int i = 0; i < 40; i++) {
        static const int sizes[][2] = {{1024, 640}, {1280, 800}, {1920, 1080}, {3840, 2160}};
        app_resize(f.app, sizes[i % 4][0], sizes[i % 4][1]);
        app_state(f.app)->language = i / 4 % 2 ? LANGUAGE_CHINESE : LANGUAGE_ENGLISH;
        zoom(9000 / 8 * 8, parts[i / 8]);
        app_state(f.app)->colour = i % 3 == 0 ? COLOUR_KIND : i % 3 == 1 ? COLOUR_SIZE : COLOUR_AGE;
        app_seek(f.app, 500 + (uint32_t)i * 20);
        const struct drawlist *list = fixture_raster(&f);
        char why[300];
        ck_assert_msg(check_list(list, f.raster.w, f.raster.h, 11, why, sizeof why), "picture %d: %s", i, why);
    }
}
END_TEST

/* ---- the other views ---- */

START_TEST(a_block_tells_its_bits_and_the_word_with_its_size)
{
    uint32_t sized = 0;
    char words[80];
    app_state(f.app)->view = VIEW_BYTES;
    app_seek(f.app, 700);
    fixture_draw(&f);
    const struct model_map *map = &model()->maps[0];
    for (uint32_t i = 0; i < model()->block_count; i++) {
        const struct model_block block = model()->blocks[i];
        uint32_t from, word, bit;
        app_pin(f.app, block.id);
        app_state(f.app)->bytes.first = VIEW_NO_OFF;
        const struct drawlist *list = fixture_draw(&f);
        model_map_bit(model(), map, block.off, &word, &bit);
        snprintf(words, sizeof words, "%u of %s", (unsigned)bit, format_address(model()->arena_base + word).s);
        ck_assert_msg(says(list, words) && says(list, "In the map") && says(list, "a used block"), "%s", words);
        ck_assert(says(list, block.size == 16 ? "1 0" : "1 0 0"));
        bool size = model_map_size_word(map, block.off, block.size, &from);
        ck_assert(says(list, "size word") == size);
        snprintf(words, sizeof words, "\u00d7 8 = %s", format_bytes(block.size).s);
        ck_assert(says(list, words) == size);
        sized += size;
    }
    ck_assert(sized > 3 && sized < model()->block_count);
}
END_TEST

/* Above the bins their word: as many filled cells as there are lists with blocks. */
START_TEST(why_shows_the_bins_and_their_one_word)
{
    app_state(f.app)->view = VIEW_WHY;
    app_seek(f.app, model_next_mark(model(), 0, 1, true));
    const struct drawlist *list = fixture_draw(&f);
    const struct model_bins *bins = &model()->bins;
    uint32_t set = 0, named = 0, ranges = 0;
    ck_assert_int_eq(bins->kind, MODEL_BINS_CLASSES);
    for (uint32_t i = 0; i < bins->bin_count; i++) {
        set += bins->bins[i].bit;
        ck_assert_uint_eq(bins->bins[i].bit, bins->bins[i].count > 0);
    }
    for (uint32_t i = 0; i < app_hits(f.app)->count; i++) {
        named += app_hits(f.app)->list[i].kind == HIT_PART;
    }
    ck_assert(says(list, "one word") && says(list, "The policy's bins") && set > 0);
    ck_assert_uint_gt(named, bins->bin_count); /* each in the word, and those of the rows that have blocks again */
    for (size_t i = 0; i < list->count; i++) {
        ranges += list->ops[i].type == DRAW_TEXT && strcmp(drawlist_text(list, &list->ops[i]), "128\u2013191") == 0;
    }
    ck_assert_uint_eq(ranges, 1);
}
END_TEST

static uint32_t pixel_at(int x, int y) { return f.raster.pixels[(size_t)y * (size_t)f.raster.w + (size_t)x] & 0xFFFFFF; }

/* The word's cells are the bins' bits; a bin is underlined if and only if a visited block belongs to it. */
START_TEST(the_word_is_filled_and_what_was_looked_into_is_underlined)
{
    uint32_t set = 0, clear = 0, looked = 0, others = 0;
    app_state(f.app)->view = VIEW_WHY;
    app_state(f.app)->still = true;
    const struct theme *theme = &themes[app_state(f.app)->theme];
    for (uint32_t event = 600; event < 900; event += 7) {
        app_seek(f.app, event);
        fixture_raster(&f);
        const struct model_bins *bins = &model()->bins;
        const struct model_search *search = &model()->search;
        for (uint32_t i = 0, parts = 0; i < app_hits(f.app)->count; i++) {
            const struct hit hit = app_hits(f.app)->list[i];
            if (hit.kind != HIT_PART) {
                continue;
            }
            const struct model_bin *bin = &bins->bins[hit.value - WHY_PART_BIN];
            bool visited = false;
            for (uint32_t k = 0; k < search->count; k++) {
                visited |= search->steps[k].kind == MODEL_STEP_VISIT && search->steps[k].bytes >= bin->least && search->steps[k].bytes <= bin->most;
            }
            if (parts++ < bins->bin_count) {
                ck_assert_uint_eq(pixel_at(hit.area.x + 3, hit.area.y + hit.area.h / 2) == (theme->ink2 & 0xFFFFFF), bin->bit);
                set += bin->bit;
                clear += !bin->bit;
            } else {
                ck_assert_uint_eq(pixel_at(hit.area.x + 3, hit.area.y + hit.area.h) == (theme->ink & 0xFFFFFF), visited);
                looked += visited;
                others += !visited;
            }
        }
    }
    ck_assert(set > 100 && clear > 100 && looked > 5 && others > 100);
}
END_TEST

/* By whatever way one comes to an event and a part of the heap. */
START_TEST(the_same_state_is_the_same_picture)
{
    struct fixture other;
    fixture_open(&other, fixture_trace(3, 20, 5), "first_fit", 45056);
    app_seek(f.app, 700);
    zoom(8192, 4096);
    const uint32_t picture = (fixture_raster(&f), picture_hash(&f));
    app_seek(other.app, 1500);
    fixture_draw(&other);
    uint32_t policy = 0;
    while (strcmp(source_model(other.source)->policy_names[policy], "bitmap_fit") != 0) {
        policy++;
    }
    char why[240];
    ck_assert(source_change(other.source, &(struct source_change){SOURCE_POLICY, 0, policy, 0}, why, sizeof why));
    app_seek(other.app, 700);
    app_state(other.app)->map_first = 8192;
    app_state(other.app)->map_bytes = 4096;
    fixture_raster(&other);
    ck_assert_uint_eq(picture_hash(&other), picture);
    fixture_close(&other);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz bits");
    TCase *tcase = tcase_create("bits");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, the_map_is_told_as_it_lies_in_the_memory);
    tcase_add_test(tcase, bits_have_room_or_cost_nothing);
    tcase_add_test(tcase, the_cells_are_the_memorys_bits);
    tcase_add_test(tcase, the_head_says_what_bits_are_and_from_which_zoom_on);
    tcase_add_test(tcase, every_text_can_be_read);
    tcase_add_test(tcase, a_block_tells_its_bits_and_the_word_with_its_size);
    tcase_add_test(tcase, why_shows_the_bins_and_their_one_word);
    tcase_add_test(tcase, the_word_is_filled_and_what_was_looked_into_is_underlined);
    tcase_add_test(tcase, the_same_state_is_the_same_picture);
    suite_add_tcase(suite, tcase);
    return fixture_run(suite);
}
