/* input.c: the table of keys. A shifted character (`?`) is matched by the character, letters with Shift by letter and MOD_SHIFT. */
#include "input.h"

#include <stddef.h>

const struct key_binding input_keys[] = {
    {KEY_SPACE, 0, ACTION_PLAY, "Space", "play, pause", "Time"},
    {KEY_RIGHT, 0, ACTION_STEP, "\u2190 \u2192", "one event back, on", NULL},
    {KEY_LEFT, 0, ACTION_BACK, NULL, NULL, NULL},
    {KEY_RIGHT, MOD_SHIFT, ACTION_STEP_100, "Shift \u2190 \u2192", "100 events", NULL},
    {KEY_LEFT, MOD_SHIFT, ACTION_BACK_100, NULL, NULL, NULL},
    {KEY_RIGHT, MOD_CTRL, ACTION_STEP_10000, "Ctrl \u2190 \u2192", "10,000 events", NULL},
    {KEY_LEFT, MOD_CTRL, ACTION_BACK_10000, NULL, NULL, NULL},
    {KEY_HOME, 0, ACTION_FIRST, "Home End", "first, last event", NULL},
    {KEY_END, 0, ACTION_LAST, NULL, NULL, NULL},
    {',', 0, ACTION_SLOWER, ", .", "slower, faster", NULL},
    {'.', 0, ACTION_FASTER, NULL, NULL, NULL},
    {'n', 0, ACTION_NEXT_MARK, "N", "next mark", "Marks"},
    {'n', MOD_SHIFT, ACTION_PREVIOUS_MARK, "Shift N", "previous mark", NULL},
    {'f', 0, ACTION_FAILURE, "F", "first failure", NULL},
    {'[', 0, ACTION_PREVIOUS_FAILURE, "[ ]", "other failures", NULL},
    {']', 0, ACTION_NEXT_FAILURE, NULL, NULL, NULL},
    {'p', MOD_SHIFT, ACTION_PEAK, "Shift P", "peak payload", NULL},
    {'m', 0, ACTION_POLICY, "M", "choose the policy", "Run"},
    {KEY_TAB, 0, ACTION_POLICY_NEXT, "Tab", "next policy", NULL},
    {KEY_TAB, MOD_SHIFT, ACTION_POLICY_PREVIOUS, "Shift Tab", "previous policy", NULL},
    {'+', 0, ACTION_ZOOM_IN, "+ \u2212", "map closer, farther", "Picture"},
    {'=', 0, ACTION_ZOOM_IN, NULL, NULL, NULL},
    {'-', 0, ACTION_ZOOM_OUT, NULL, NULL, NULL},
    {'c', 0, ACTION_COLOUR, "C", "colour by kind, size, age \u2026", NULL},
    {'t', 0, ACTION_THEME, "T", "dark, light", NULL},
    {'+', MOD_CTRL, ACTION_LARGER, "Ctrl + \u2212", "larger, smaller", NULL},
    {'=', MOD_CTRL, ACTION_LARGER, NULL, NULL, NULL},
    {'-', MOD_CTRL, ACTION_SMALLER, NULL, NULL, NULL},
    {'0', MOD_CTRL, ACTION_AUTO_SIZE, "Ctrl 0", "size by the window", NULL},
    {KEY_F11, 0, ACTION_FULL_SCREEN, "F11", "full screen", NULL},
    {'1', 0, ACTION_TAB_MAP, "1 \u2026 5", "views: only Map is there yet", NULL},
    {'2', 0, ACTION_TAB_DUEL, NULL, NULL, NULL},
    {'3', 0, ACTION_TAB_WHY, NULL, NULL, NULL},
    {'4', 0, ACTION_TAB_BYTES, NULL, NULL, NULL},
    {'5', 0, ACTION_TAB_LESSON, NULL, NULL, NULL},
    {'?', 0, ACTION_HELP, "? F1", "this help", "Window"},
    {KEY_F1, 0, ACTION_HELP, NULL, NULL, NULL},
    {KEY_ESCAPE, 0, ACTION_CLOSE, "Esc", "close, unpin, whole map", NULL},
    {'q', MOD_CTRL, ACTION_QUIT, "Ctrl Q", "quit", NULL},
};
const uint32_t input_key_count = sizeof input_keys / sizeof *input_keys;

const struct key_hint input_hints[] = {
    {"Space", "play", ACTION_PLAY, 0},       {"\u2190\u2192", "event", ACTION_STEP, 0}, {"\u21e7\u2190\u2192", "100 events", ACTION_STEP_100, 0},
    {"N", "next mark", ACTION_NEXT_MARK, 0}, {"F", "failure", ACTION_FAILURE, 0},       {"C", "colour", ACTION_COLOUR, 0},
    {"Click", "pin block", ACTION_NONE, 0},  {"M", "policy", ACTION_POLICY, 0},         {", .", "speed", ACTION_FASTER, 0},
    {"T", "theme", ACTION_THEME, 1},         {"?", "all keys", ACTION_HELP, 1},
};
const uint32_t input_hint_count = sizeof input_hints / sizeof *input_hints;

static enum action bound_action(uint32_t key, uint32_t mods)
{
    for (uint32_t i = 0; i < input_key_count; i++) {
        if (input_keys[i].key == key && input_keys[i].mods == mods) {
            return (enum action)input_keys[i].action;
        }
    }
    return ACTION_NONE;
}

static enum action menu_action(uint32_t key, uint32_t mods)
{
    switch (mods ? KEY_NONE : key) {
    case KEY_UP: return ACTION_UP;
    case KEY_DOWN: return ACTION_DOWN;
    case KEY_PAGE_UP: return ACTION_PAGE_UP;
    case KEY_PAGE_DOWN: return ACTION_PAGE_DOWN;
    case KEY_HOME: return ACTION_TOP;
    case KEY_END: return ACTION_BOTTOM;
    case KEY_ENTER:
    case KEY_SPACE: return ACTION_CHOOSE;
    default: break;
    }
    enum action bound = bound_action(key, mods);
    return bound == ACTION_CLOSE || bound == ACTION_POLICY || bound == ACTION_QUIT ? bound : ACTION_NONE;
}

enum action input_action(uint32_t key, uint32_t mods, int in_menu) { return in_menu ? menu_action(key, mods) : bound_action(key, mods); }
