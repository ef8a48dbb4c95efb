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
    W(LATER_WHY,      "The view Why is not there yet.",    "原因视图尚未完成。") \
    W(LATER_BYTES,    "The view Bytes is not there yet.",  "字节视图尚未完成。") \
    W(LATER_LESSON,   "The view Lesson is not there yet.", "课程视图尚未完成。") \
    W(LATER_HINT,     "The strip below moves through the run; 1 goes back to the map.", "下方的时空条可浏览整个过程；按 1 返回地图。") \
    /* Duel */ \
    W(DUEL_LOCKSTEP,  "In lockstep", "同步对比") \
    W(DUEL_PARTS,     "first divergence at event %s: #%s, %s, goes to %s in %s, %s in %s", "首次分歧在事件 %s：#%s，%s，放在 %s（%s）与 %s（%s）") \
    W(DUEL_PARTS_FAILS, "first divergence at event %s: #%s, %s, goes to %s in %s, fails in %s", "首次分歧在事件 %s：#%s，%s，放在 %s（%s），%s 失败") \
    W(DUEL_PARTS_BRIEF, "first divergence at event %s: #%s, %s", "首次分歧在事件 %s：#%s，%s") \
    W(DUEL_PARTS_AT,  "first divergence: event %s", "首次分歧：事件 %s") \
    W(DUEL_ALIKE,     "every block lies alike in all", "所有块的位置完全相同") \
    W(DUEL_CHART,     "Largest free block", "最大空闲块") \
    W(DUEL_AT,        "at event %s", "事件 %s") \
    W(DUEL_LARGEST,   "largest %s", "最大 %s") \
    W(DUEL_LARGEST_HOLE, "largest hole", "最大空洞") \
    W(DUEL_NO_FAILURE, "no failure", "无失败") \
    W(DUEL_NO_FAILURE_SO_FAR, "no failure so far", "至此无失败") \
    W(DUEL_FAILURE,   "%s failure, first at %s: %s", "%s 次失败，首次在 %s：%s") \
    W(DUEL_FAILURES,  "%s failures, first at %s: %s", "%s 次失败，首次在 %s：%s") \
    W(DUEL_FAILURE_BRIEF, "%s failure", "%s 次失败") \
    W(DUEL_FAILURES_BRIEF, "%s failures", "%s 次失败") \
    W(DUEL_SCORE,     "Score", "评分") \
    W(DUEL_BEST,      "best of each row marked", "每行最佳者已标出") \
    W(DUEL_HIDDEN,    "%s hidden", "%s 已隐藏") \
    W(DUEL_ROW_FAILURES, "failures", "失败次数") \
    W(DUEL_ROW_FIRST, "first failure at", "首次失败于") \
    W(DUEL_ROW_LEAST, "largest free, least B", "最大空闲块，最小 B") \
    W(DUEL_ROW_NOW,   "largest free, now B", "最大空闲块，当前 B") \
    W(DUEL_ROW_EXTERNAL, "external, mean %", "外部碎片，平均 %") \
    W(DUEL_ROW_INTERNAL, "internal, mean %", "内部碎片，平均 %") \
    W(DUEL_ROW_VISITS, "search visits, mean", "搜索访问，平均") \
    W(DUEL_ROW_MOST,  "search visits, most", "搜索访问，最多") \
    W(DUEL_NEVER,     "never", "从未") \
    W(DUEL_AND,       "%s and %s", "%s 和 %s") \
    W(DUEL_ONLY,      "Only %s serves every request.", "只有 %s 满足全部请求。") \
    W(DUEL_ONLY_SO_FAR, "Only %s serves every request so far.", "至此只有 %s 满足全部请求。") \
    W(DUEL_SOME,      "%s serve every request.", "%s 满足全部请求。") \
    W(DUEL_SOME_SO_FAR, "%s serve every request so far.", "至此 %s 满足全部请求。") \
    W(DUEL_ALL,       "All serve every request.", "全部策略都满足全部请求。") \
    W(DUEL_ALL_SO_FAR, "All serve every request so far.", "至此全部策略都满足全部请求。") \
    W(DUEL_SERVED,    "Every request is served.", "全部请求都得到满足。") \
    W(DUEL_SERVED_SO_FAR, "Every request is served so far.", "至此全部请求都得到满足。") \
    W(DUEL_NOT_SERVED, "Not every request is served.", "并非全部请求都得到满足。") \
    W(DUEL_SORTED,    "best first", "最佳在前") \
    W(DUEL_NONE,      "None serves every request.", "没有策略满足全部请求。") \
    W(DUEL_ITS_HOLE,  "Its largest hole is never below %s.", "其最大空洞从不低于 %s。") \
    W(DUEL_ITS_HOLE_SO_FAR, "Its largest hole so far is never below %s.", "其最大空洞至此从不低于 %s。") \
    W(DUEL_KEEPS,     "%s keeps the largest hole: never below %s.", "%s 保持最大的空洞：从不低于 %s。") \
    W(DUEL_KEEPS_SO_FAR, "%s keeps the largest hole: so far never below %s.", "%s 保持最大的空洞：至此从不低于 %s。") \
    W(DUEL_KEEP_ALIKE, "Their largest holes are alike: at least %s.", "它们的最大空洞相同：至少 %s。") \
    W(DUEL_FAILS_LEAST, "%s does best: %s, first at event %s.", "%s 最好：%s，首次在事件 %s。") \
    W(DUEL_FAIL_ALIKE, "They fail alike: %s, first at event %s.", "失败情况相同：%s，首次在事件 %s。") \
    W(DUEL_FAILS_ALONE, "%s, first at event %s.", "%s，首次在事件 %s。") \
    W(DUEL_ONE,       "One lane runs: a duel takes two to four.", "只有一个策略在运行：对比需要二至四个。") \
    W(DUEL_ALL_HIDDEN, "The others are hidden.", "其余策略已隐藏。") \
    W(DUEL_SHOW,      "A \u2013 D show them again.", "按 A \u2013 D 重新显示。") \
    W(DUEL_NO_LANE,   "No lane has this letter.", "没有使用此字母的策略。") \
    W(DUEL_LAST,      "The last one stays.", "至少保留一个。") \
    W(HINT_LOCKSTEP,  "event in lockstep", "同步单步") \
    W(HINT_PARTING,   "first divergence", "首次分歧") \
    W(HINT_HIDE,      "show or hide a policy", "显示或隐藏策略") \
    W(HINT_SORT,      "sort by score", "按评分排序") \
    W(HINT_OPEN,      "open on the map", "在地图中打开") \
    W(HINT_CHOOSE,    "choose, pin block", "选择，固定块") \
    /* chrome */ \
    W(TRACE,          "trace",  "轨迹") \
    W(POLICY,         "policy", "策略") \
    W(HEAP,           "heap",   "堆") \
    W(EVENT,          "event",  "事件") \
    /* hints and titles, known by their English */ \
    W(HINT_PLAY,      "play", "播放") \
    W(HINT_100,       "100 events", "100 个事件") \
    W(HINT_NEXT_MARK, "next mark", "下一标记") \
    W(HINT_FAILURE,   "failure", "失败") \
    W(HINT_COLOUR,    "colour", "着色") \
    W(HINT_PIN,       "pin block", "固定块") \
    W(HINT_SPEED,     "speed", "速度") \
    W(HINT_THEME,     "theme", "主题") \
    W(HINT_BYTES,     "bytes", "字节") \
    W(HINT_PROJECTOR, "projector", "投影") \
    W(HINT_ALL_KEYS,  "all keys", "全部按键") \
    W(HINT_TO_MAP,    "back to the map", "返回地图") \
    W(TITLE_MAP,      "Heap map", "堆图") \
    W(TITLE_STRIP,    "Space and time", "时空图") \
    W(STRIP_AXES,     "address down, event across", "纵轴地址，横轴事件") \
    W(LIFE_SHORT,     "life: short", "寿命：短") \
    W(LIFE_MEDIUM,    "medium", "中") \
    W(LIFE_LONG,      "long \u2265 10 %", "长 \u2265 10 %") \
    W(LIFE_PIN,       "long beside a hole", "空洞旁的长命块") \
    W(TITLE_BUDGET,   "Heap budget", "堆预算") \
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
    /* projector mode, and the tags on the map */ \
    W(STAGE_WANTED,   "wanted", "请求") \
    W(STAGE_GROSS,    "wanted, with header", "请求（含块头）") \
    W(STAGE_PAYLOAD,  "payload", "有效载荷") \
    W(STAGE_SLACK,    "slack", "余量") \
    W(STAGE_HEADER,   "header", "块头") \
    W(STAGE_CONTROL,  "control", "控制") \
    W(STAGE_FREE,     "free", "空闲") \
    W(STAGE_RESERVED, "reserved", "保留") \
    W(STAGE_LARGEST,  "largest hole", "最大空洞") \
    W(STAGE_EXTERNAL, "external", "外部碎片") \
    W(STAGE_SCATTERED, "scattered free", "零散空闲") \
    W(STAGE_WITHHELD, "control, lost", "控制、丢失") \
    W(STAGE_OVERHEAD, "overhead", "开销") \
    W(STAGE_NEW,      "new", "新") \
    W(STAGE_OLD,      "old", "旧") \
    W(TAG_PIN,        "%u block pins %s", "%u 个块钉住 %s") \
    W(TAG_PINS,       "%u blocks pin %s", "%u 个块钉住 %s") \
    W(TAG_LARGEST,    "largest hole %s", "最大空洞 %s") \
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

/* The same for a text that is known by its English: titles, legends, hints and keys stand in tables as English, and are translated
 * when they are drawn if a line of WORDS has that English. Else `english` itself. O(WORD_COUNT). */
const char *words_text(enum language language, const char *english);

/* The language of that name ("en", "zh"), or LANGUAGE_COUNT. */
enum language language_find(const char *name);
extern const char *const language_names[LANGUAGE_COUNT];

#endif
