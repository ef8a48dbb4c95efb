#!/bin/sh
# The real window's life under Xvfb: empty, opened by a drop, playing, resized, remembered; damaged and bad traces and settings.
# usage: viz_window.sh HEAPLAB-VIEW XDND_DROP FOLDER. Exit 77: tools are missing.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
view=$1 xdnd_drop=$2 work=$3
[ -x "$xdnd_drop" ] || { echo "skipped: xdnd_drop is not built (package libx11-dev)"; exit 77; }
. "$root/tests/viz_window_parts.sh"
trace=$work/window.jsonl
settings=$XDG_CONFIG_HOME/heaplab/viewer
awk 'BEGIN {
    print "{\"format\":\"heaplab-trace\",\"version\":1,\"meta\":{\"name\":\"window\"}}"
    for (i = 1; i <= 400; i++) {
        printf "{\"op\":\"alloc\",\"id\":%d,\"size\":%d}\n", i, 16 + (i * 37) % 200
        if (i > 20 && i % 3) printf "{\"op\":\"free\",\"id\":%d}\n", i - 20
    }
}' >"$trace"

colours() { [ "$(import -silent -window "$window" -format %k info:)" -gt "$1" ]; }
at() { printf '%s\n' "$line" | sed -n 's/.* --at \([0-9]*\).*/\1/p'; }
past() { ask && [ "$(at)" -gt "$1" ]; }

# Without a trace: a window that says what to do, and takes a file that is dropped on it.
begin
until_true "the empty window stays blank" colours 20
line_says '^heaplab-view --view map --theme dark --lang en --scale auto --size 1280x800$' || fail "without a trace K prints: $line"
"$xdnd_drop" "$window" "$trace"
same dropped 'window.jsonl'

# Space plays and pauses.
key Home period period period
same start '--at 0 '
key space
until_true "Space does not play" past 3
key space
same paused
stopped=$(at)
ask
[ "$(at)" = "$stopped" ] || fail "Space does not pause"
echo "ok: Space plays and pauses"

# What was changed is remembered; what the command line says once is not.
key t
xdotool windowsize --sync "$window" 1100 700
same resized '--theme light .*--size 1100x700'
end
for words in "window = 1100x700" "theme = light" "language = en" "scale = auto"; do
    grep -qx "$words" "$settings" || fail "the settings do not say '$words': $(cat "$settings")"
done
cp "$settings" "$work/settings"
begin --at 100 --lang zh "$trace"
same next-window '--at 100 .*--theme light --lang zh .*--size 1100x700'
end
cmp "$settings" "$work/settings" || fail "--lang zh was remembered"
printf 'theme = loud\nwindow = 9x9\n' >"$settings"
begin "$trace"
same bad-settings '--at [0-9]+ .*--theme dark --lang en --scale auto --size 1280x800'
grep -q "settings in $settings are ignored: line 1: theme" "$work/err" || fail "bad settings: $(cat "$work/err")"
end
[ "$(head -n 1 "$settings")" = "theme = loud" ] || fail "settings that cannot be read were overwritten though nothing was changed"
rm "$settings"
echo "ok: the window remembers"

# A damaged trace is shown as far as it can be read, lists what is wrong, and ends the command with exit code 3; so does a bad one.
{ head -n 300 "$trace"; echo '{"op":"free","id":987654}'; echo '{"op":"alloc","id":'; } >"$work/cut.jsonl"
begin --at 40 "$work/cut.jsonl"
same damaged '--at 40 '
grep -qF "cut.jsonl:301" "$work/err" || fail "does not say where the trace is damaged: $(cat "$work/err")"
key shift+a
same damaged-list '--open anomalies,1 '
key Escape
end 3
for bad in "$work/none.jsonl" "$work" "$work/err"; do
    begin "$bad"
    until_true "$bad: the window stays blank" colours 20
    line_says "^heaplab-view --view map .* $bad\$" || fail "with a bad trace K prints: $line"
    "$xdnd_drop" "$window" "$trace"
    same "after-a-bad-one" 'window.jsonl'
    end 3
    grep -q '^heaplab-view: ' "$work/err" || fail "$bad: standard error does not say what is wrong"
done
echo "ok: bad traces are shown for what they are"
