/* words.h: everything that the viewer says, in every language it speaks.
 *
 * One line of WORDS is one sentence in all languages, so a view's author adds a line and uses `tr(frame, WORD_…)`; a translation that
 * is "" falls back to English. Sentences with numbers are printf formats: both languages take the same arguments in the same order.
 * Numbers, addresses, ids, keys and names from a trace or a policy are not translated.
 */
#ifndef HEAPLAB_VIZ_WORDS_H
#define HEAPLAB_VIZ_WORDS_H

enum language { LANGUAGE_ENGLISH, LANGUAGE_CHINESE, LANGUAGE_COUNT };

/* clang-format off */
#define WORDS(W) \
    /* the views */ \
    W(TAB_MAP,        "Map",    "地图") \
    W(TAB_DUEL,       "Duel",   "对比") \
    W(TAB_WHY,        "Why",    "原因") \
    W(TAB_BYTES,      "Bytes",  "字节") \
    W(TAB_LESSON,     "Lesson", "课程") \
    W(LATER_DUEL,     "The view Duel is not there yet.",   "对比视图尚未完成。") \
    W(LATER_WHY,      "The view Why is not there yet.",    "原因视图尚未完成。") \
    W(LATER_BYTES,    "The view Bytes is not there yet.",  "字节视图尚未完成。") \
    W(LATER_LESSON,   "The view Lesson is not there yet.", "课程视图尚未完成。") \
    W(LATER_HINT,     "The strip below moves through the run; 1 goes back to the map.", "下方的时空条可浏览整个过程；按 1 返回地图。") \
    /* chrome */ \
    W(TRACE,          "trace",  "轨迹") \
    W(POLICY,         "policy", "策略") \
    W(HEAP,           "heap",   "堆") \
    W(EVENT,          "event",  "事件") \
    /* work in the background */ \
    W(STOP_HERE,      "stop here", "到此为止") \
    W(CANCEL,         "cancel", "取消") \
    W(CANCELLED,      "Cancelled: nothing has changed.", "已取消，没有任何改变。") \
    /* go to */ \
    W(GO_TITLE,       "Go to", "跳转") \
    W(GO_HINT,        "event 9582 · time t=120 · address 0x20001000 or +offset · block #3310", "事件 9582 · 时间 t=120 · 地址 0x20001000 或 +偏移 · 块 #3310") \
    W(GO_UNKNOWN,     "This is no event, t=TIME, 0xADDRESS, +OFFSET or #ID.", "不是事件、t=时间、0x地址、+偏移或 #编号。") \
    W(GO_NO_BLOCK,    "No block of this run has the id %s.", "此次运行中没有编号为 %s 的块。") \
    W(GO_NO_ADDRESS,  "The heap has no byte there: it holds %s to %s.", "堆中没有该地址：范围为 %s 至 %s。") \
    W(GO_NO_TIME,     "The trace ends before t=%s.", "轨迹在 t=%s 之前结束。") \
    /* range */ \
    W(RANGE_FROM,     "The range begins at event %s. B sets its end.", "范围从事件 %s 开始。按 B 设定终点。") \
    W(RANGE_TO,       "The range ends at event %s. A sets its beginning.", "范围到事件 %s 结束。按 A 设定起点。") \
    W(RANGE_BOTH,     "Range: events %s to %s.", "范围：事件 %s 至 %s。") \
    /* messages */ \
    W(NO_FAILURE_THERE, "No other failure that way.", "该方向没有其他失败。") \
    W(NO_MARK_THERE,  "No other mark that way.", "该方向没有其他标记。") \
    W(NO_FAILURE,     "No request fails in this run.", "此次运行中没有请求失败。") \
    W(NO_PEAK,        "Nothing is allocated in this run.", "此次运行中没有任何分配。") \
    W(NO_DIVERGENCE,  "All lanes place every block alike.", "各策略放置的位置完全相同。") \
    W(NO_LANES,       "One lane runs: start with -p A,B for a duel.", "只有一个策略在运行：用 -p A,B 启动对比。") \
    W(STOPPED_AT_FAILURE, "Stopped at the first failure. Space plays on.", "已停在第一次失败处。按空格键继续。") \
    W(NOT_IN_TRACE,   "Colour by %s: not in trace.", "按 %s 着色：轨迹中没有。") \
    W(NOTHING_PINNED, "Pin a block first: click one on the map.", "请先点击地图上的一个块将其固定。") \
    W(LANGUAGE,       "English", "简体中文")
/* clang-format on */

enum word {
#define WORD_NAME(NAME, ENGLISH, CHINESE) WORD_##NAME,
    WORDS(WORD_NAME)
#undef WORD_NAME
    WORD_COUNT
};

/* Never NULL. */
const char *words_get(enum language language, enum word word);

/* The language of that name ("en", "zh"), or LANGUAGE_COUNT. */
enum language language_find(const char *name);
extern const char *const language_names[LANGUAGE_COUNT];

#endif
