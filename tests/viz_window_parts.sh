# viz_window_parts.sh: what the tests of the real window share: a display, a viewer on it, and the question whether the window shows what
# the line that K prints shows. Source it with $view and $work set. Exit 77: tools are missing.
for tool in Xvfb xdotool import convert compare; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is missing (packages xvfb, xdotool, imagemagick)"; exit 77; }
done
rm -rf "$work"
mkdir -p "$work"
Xvfb -displayfd 3 -noreset -screen 0 1920x1200x24 -nolisten tcp 3>"$work/display" 2>/dev/null &
xvfb=$!
app=
trap 'kill $xvfb $app 2>/dev/null || true' EXIT

fail() { echo "FAIL: $*"; exit 1; }

# until_true WHAT COMMAND…: runs it until it succeeds; fails after twenty seconds.
until_true() {
    local what=$1 tries=0 # it is called within itself
    shift
    until "$@"; do
        tries=$((tries + 1))
        [ $tries -lt 200 ] || fail "$what"
        sleep 0.1
    done
}

until_true "Xvfb does not start" test -s "$work/display"
DISPLAY=:$(cat "$work/display")
XDG_CONFIG_HOME=$work/config
export DISPLAY SDL_VIDEODRIVER=x11 XDG_CONFIG_HOME
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" # the display's libraries leak; the Check suites look for ours

window_is_there() { window=$(xdotool search --onlyvisible --pid "$app" --name Heaplab 2>/dev/null | head -n 1) && [ -n "$window" ]; }

# begin ARGUMENTS…: a viewer in a window, the mouse where nothing is pointed at.
begin() {
    : >"$work/said"
    "$view" --still "$@" >"$work/said" 2>"$work/err" &
    app=$!
    until_true "no window appears" window_is_there
    xdotool windowfocus --sync "$window"
    rest
}

# With an exit code that is wanted.
end() {
    xdotool key ctrl+q
    code=0
    wait "$app" || code=$?
    app=
    [ "$code" = "${1:-0}" ] || fail "the viewer ends with $code"
}

key() { xdotool key --window 0 --delay 2 "$@"; }
type_words() { xdotool type --window 0 --delay 2 "$1"; }
mouse() { xdotool mousemove --window "$window" "$1" "$2"; }
rest() { mouse 460 4; }

said_more() { [ "$(wc -l <"$work/said")" -gt "$lines" ]; }

# The line that K prints now, in $line.
ask() {
    lines=$(wc -l <"$work/said")
    key ctrl+k
    until_true "K prints nothing" said_more
    line=$(tail -n 1 "$work/said")
    key ctrl+y # any key takes the message away; this one does nothing else
}

line_says() { ask; printf '%s\n' "$line" | grep -qE -- "$1"; }

shows_expected() {
    import -silent -window "$window" -depth 8 "rgb:$work/shot.rgb" && cmp -s "$work/shot.rgb" "$work/expected.rgb"
}

# The picture of $line, by the image back end. A damaged trace ends with exit code 3 and has its picture all the same.
draw_line() {
    code=0
    (eval "set -- $line" && shift && exec "$view" --no-settings --png "$work/$name.png" "$@" 2>"$work/$name.err") || code=$?
    [ $code = 0 ] || [ $code = 3 ] || fail "$name: cannot be repeated: $line: $(cat "$work/$name.err")"
    convert "$work/$name.png" -depth 8 "rgb:$work/expected.rgb"
}

# The keys before it may still be on their way when the line is printed: then it is asked for again.
agrees() {
    draw_line
    for again in 1 2 3 4 5; do
        if shows_expected; then
            return 0
        fi
        sleep 0.1
    done
    ask
    return 1
}

checks=0
# same NAME [PATTERN]: K prints a line with the pattern, and the window shows the pixels that the image back end writes for that line.
same() {
    local pattern=${2:-.} tries=0
    name=$1
    checks=$((checks + 1))
    until_true "$name: K prints no line with '$pattern'" line_says "$pattern"
    until agrees; do
        tries=$((tries + 1))
        if [ $tries -ge 10 ]; then
            import -silent -window "$window" "$work/$name-window.png"
            fail "$name: $(compare -metric AE "$work/$name.png" "$work/$name-window.png" null: 2>&1 || true) pixels of the window differ from: $line"
        fi
    done
    rm -f "$work/$name.png" "$work/$name.err"
    echo "ok: $name:${line#heaplab-view}"
}
