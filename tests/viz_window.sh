#!/bin/sh
# Opens the real window under Xvfb, sends real keys and a click, and looks at screenshots: each key must change the picture, and
# the window must show exactly the pixels that --png writes. usage: viz_window.sh HEAPLAB-VIEW FOLDER. Exit 77: tools are missing.
set -eu
view=$1
work=$2
for tool in Xvfb xdotool import compare; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is missing (packages xvfb, xdotool, imagemagick)"; exit 77; }
done
mkdir -p "$work"
rm -f "$work/display"
trace=$work/window.jsonl
awk 'BEGIN {
    print "{\"format\":\"heaplab-trace\",\"version\":1,\"meta\":{\"name\":\"window\"}}"
    for (i = 1; i <= 400; i++) {
        printf "{\"op\":\"alloc\",\"id\":%d,\"size\":%d}\n", i, 16 + (i * 37) % 200
        if (i > 20 && i % 3) printf "{\"op\":\"free\",\"id\":%d}\n", i - 20
    }
}' > "$trace"

Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp 3>"$work/display" 2>/dev/null &
xvfb=$!
app=
trap 'kill $xvfb $app 2>/dev/null || true' EXIT
tries=0
until [ -s "$work/display" ]; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || { echo "Xvfb does not start"; exit 1; }
    sleep 0.1
done
DISPLAY=:$(cat "$work/display")
XDG_CONFIG_HOME=$work/config
rm -rf "$XDG_CONFIG_HOME"
export DISPLAY SDL_VIDEODRIVER=x11 XDG_CONFIG_HOME
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" # the display's libraries leak; the Check suites look for ours

shot() { import -silent -window root "$work/$1.png"; }
pixels_changed() { compare -metric AE "$work/$1.png" "$work/$2.png" null: 2>&1 || true; }

# Waits until a screenshot differs from the one before and stays so (with a fourth argument: it may go on changing);
# fails after ten seconds.
expect_change() {
    tries=0
    while :; do
        shot again
        shot "$2"
        changed=$(pixels_changed "$1" "$2")
        moving=$(pixels_changed again "$2")
        [ "${changed%%.*}" = 0 ] || { [ "${moving%%.*}" != 0 ] && [ -z "${4-}" ]; } || break
        tries=$((tries + 1))
        [ $tries -lt 50 ] || { echo "FAIL: $3 changes nothing"; exit 1; }
        sleep 0.2
    done
    echo "ok: $3 changes $changed pixels"
}

shot empty
"$view" --still --at 100 "$trace" &
app=$!
xdotool search --sync --onlyvisible --name Heaplab >/dev/null
window=$(xdotool search --onlyvisible --name Heaplab | head -n 1)
expect_change empty start "opening the window"
xdotool mousemove 640 22 windowfocus "$window"
"$view" --at 100 --png "$work/expected.png" "$trace"
tries=0
while :; do # the first picture may still be on its way
    shot start
    changed=$(pixels_changed start expected)
    [ "${changed%%.*}" != 0 ] || break
    tries=$((tries + 1))
    [ $tries -lt 50 ] || { echo "FAIL: $changed pixels of the window differ from --png"; exit 1; }
    sleep 0.2
done
echo "ok: the window shows the pixels of --png"

xdotool key Right
expect_change start step "the arrow key"
xdotool key F1
expect_change step help "F1"
xdotool key Escape
expect_change help closed "Escape"
xdotool key t
expect_change closed light "T"
xdotool key question
expect_change light question "?"
xdotool key Escape
expect_change question light2 "Escape"
xdotool mousemove 500 520 click 1
expect_change light2 scrubbed "a click on the strip"
xdotool key space
expect_change scrubbed playing "Space" moving
xdotool key space
xdotool windowsize "$window" 1100 700
expect_change playing resized "resizing"
xdotool key ctrl+q
wait "$app" || { echo "FAIL: the viewer ends with $?"; exit 1; }
app=
echo "ok: Ctrl Q ends the viewer"

# The next window is as the last one was left; what the command line says once is not remembered.
for line in "window = 1100x700" "theme = light" "language = en" "scale = auto"; do
    grep -qx "$line" "$XDG_CONFIG_HOME/heaplab/viewer" || { echo "FAIL: the settings do not say '$line'"; cat "$XDG_CONFIG_HOME/heaplab/viewer"; exit 1; }
done
cp "$XDG_CONFIG_HOME/heaplab/viewer" "$work/settings"
"$view" --still --at 100 --lang zh "$trace" &
app=$!
xdotool search --sync --onlyvisible --name Heaplab >/dev/null
window=$(xdotool search --onlyvisible --name Heaplab | head -n 1)
size=$(xdotool getwindowgeometry "$window" | sed -n 's/.*Geometry: //p')
[ "$size" = 1100x700 ] || { echo "FAIL: the next window has $size"; exit 1; }
xdotool mousemove 640 22 windowfocus "$window"
sleep 1
xdotool key ctrl+q
wait "$app" || { echo "FAIL: the viewer ends with $?"; exit 1; }
app=
cmp "$XDG_CONFIG_HOME/heaplab/viewer" "$work/settings" || { echo "FAIL: --lang zh was remembered"; exit 1; }
echo "ok: the window remembers"
