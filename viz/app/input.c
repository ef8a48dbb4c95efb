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
    {'g', 0, ACTION_GO, "G", "go to event, time, place", NULL},
    {'a', 0, ACTION_RANGE_FROM, "A B", "range from here, to here", NULL},
    {'b', 0, ACTION_RANGE_TO, NULL, NULL, NULL},
    {'n', 0, ACTION_NEXT_MARK, "N", "next mark", "Marks"},
    {'n', MOD_SHIFT, ACTION_PREVIOUS_MARK, "Shift N", "previous mark", NULL},
    {'f', 0, ACTION_FAILURE, "F", "first failure", NULL},
    {'[', 0, ACTION_PREVIOUS_FAILURE, "[ ]", "other failures", NULL},
    {']', 0, ACTION_NEXT_FAILURE, NULL, NULL, NULL},
    {'p', MOD_SHIFT, ACTION_PEAK, "Shift P", "peak payload", NULL},
    {'w', 0, ACTION_WORST, "W", "worst fragmentation", NULL},
    {'v', 0, ACTION_DIVERGENCE, "V", "first divergence of the lanes", NULL},
    {'m', 0, ACTION_POLICY, "M", "choose the policy", "Run"},
    {KEY_TAB, 0, ACTION_POLICY_NEXT, "Tab", "next policy", NULL},
    {KEY_TAB, MOD_SHIFT, ACTION_POLICY_PREVIOUS, "Shift Tab", "previous policy", NULL},
    {KEY_UP, MOD_CTRL, ACTION_HEAP_LARGER, "Ctrl \u2191 \u2193", "heap 4 KiB larger, smaller", NULL},
    {KEY_DOWN, MOD_CTRL, ACTION_HEAP_SMALLER, NULL, NULL, NULL},
    {'i', 0, ACTION_ALIGNMENT, "I", "alignment 4, 8, 16", NULL},
    {'h', MOD_SHIFT, ACTION_HARDENING, "Shift H", "hardening on, off", NULL},
    {'k', 0, ACTION_COMMAND, "K", "print the command line", NULL},
    {'k', MOD_CTRL, ACTION_COMMAND, NULL, NULL, NULL}, /* also while something is typed */
    {'a', MOD_SHIFT, ACTION_ANOMALIES, "Shift A", "what is wrong in the trace", NULL},
    {'t', 0, ACTION_THEME, "T", "dark, light", "Picture"}, /* first: no view has this key itself */
    {'+', 0, ACTION_ZOOM_IN, "+ \u2212", "map closer, farther", NULL},
    {'=', 0, ACTION_ZOOM_IN, NULL, NULL, NULL},
    {'-', 0, ACTION_ZOOM_OUT, NULL, NULL, NULL},
    {'c', 0, ACTION_COLOUR, "C", "colour by kind, size, age \u2026", NULL},
    {'p', 0, ACTION_PROJECTOR, "P", "projector", NULL},
    {'l', 0, ACTION_LANGUAGE, "L", "English, \u7b80\u4f53\u4e2d\u6587", NULL},
    {'+', MOD_CTRL, ACTION_LARGER, "Ctrl + \u2212", "larger, smaller", NULL},
    {'=', MOD_CTRL, ACTION_LARGER, NULL, NULL, NULL},
    {'-', MOD_CTRL, ACTION_SMALLER, NULL, NULL, NULL},
    {'0', MOD_CTRL, ACTION_AUTO_SIZE, "Ctrl 0", "size by the window", NULL},
    {KEY_F11, 0, ACTION_FULL_SCREEN, "F11", "full screen", NULL},
    {'1', 0, ACTION_TAB_MAP, "1 \u2026 5", "Map, Duel, Why, Bytes, Lesson", NULL},
    {'2', 0, ACTION_TAB_DUEL, NULL, NULL, NULL},
    {'3', 0, ACTION_TAB_WHY, NULL, NULL, NULL},
    {'4', 0, ACTION_TAB_BYTES, NULL, NULL, NULL},
    {'5', 0, ACTION_TAB_LESSON, NULL, NULL, NULL},
    {'j', 0, ACTION_BLOCK_NEXT, "J", "pin the next block", NULL},
    {'j', MOD_SHIFT, ACTION_BLOCK_PREVIOUS, "Shift J", "pin the previous block", NULL},
    {'z', 0, ACTION_BYTES, "Z", "bytes of the block, and back", NULL},
    {'?', 0, ACTION_HELP, "? F1", "this help", "Window"},
    {KEY_F1, 0, ACTION_HELP, NULL, NULL, NULL},
    {KEY_ESCAPE, 0, ACTION_CLOSE, "Esc", "cancel, close, unpin, whole map", NULL},
    {'q', MOD_CTRL, ACTION_QUIT, "Ctrl Q", "quit", NULL},
};
const uint32_t input_key_count = sizeof input_keys / sizeof *input_keys;

const struct key_hint input_help_hint = {"?", "all keys", ACTION_HELP, HINT_ALWAYS};

enum action input_own_action(const struct key_binding *keys, uint32_t count, uint32_t key, uint32_t mods)
{
    for (uint32_t i = 0; i < count; i++) {
        if (keys[i].key == key && keys[i].mods == mods) {
            return (enum action)keys[i].action;
        }
    }
    return ACTION_NONE;
}

static enum action bound_action(uint32_t key, uint32_t mods) { return input_own_action(input_keys, input_key_count, key, mods); }

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
    return bound == ACTION_CLOSE || bound == ACTION_POLICY || bound == ACTION_COMMAND || bound == ACTION_QUIT ? bound : ACTION_NONE;
}

enum action input_action(uint32_t key, uint32_t mods, int in_menu) { return in_menu ? menu_action(key, mods) : bound_action(key, mods); }
