#!/bin/sh
# heaplab-view without a display: what it writes, what it says where something asked for is not to be had, and its exit codes.
# usage: viz_command.sh HEAPLAB-VIEW FOLDER
set -eu
view=$1
work=$2
root=$(cd "$(dirname "$0")/.." && pwd)
rm -rf "$work"
mkdir -p "$work"
trace=$work/small.jsonl
png=$work/out.png

fail() { echo "FAIL: $*"; cat "$work/err"; exit 1; }
# expect CODE WORDS ARGUMENTS…: the exit code, and what standard error holds (none: nothing).
expect() {
    wanted=$1 words=$2 code=0
    shift 2
    "$view" "$@" >"$work/out" 2>"$work/err" || code=$?
    [ "$code" = "$wanted" ] || fail "$*: exit $code, not $wanted"
    if [ -z "$words" ]; then
        [ ! -s "$work/err" ] || fail "$*: says something"
    else
        grep -qF -- "$words" "$work/err" || fail "$*: does not say '$words'"
    fi
}
is_png() { [ "$(head -c 4 "$1" | tail -c 3)" = PNG ] || fail "$1 is no PNG"; }

awk 'BEGIN {
    print "{\"format\":\"heaplab-trace\",\"version\":1,\"meta\":{\"name\":\"small\"}}"
    for (i = 1; i <= 60; i++) {
        printf "{\"op\":\"alloc\",\"id\":%d,\"size\":%d}\n", i, 16 + (i * 37) % 200
        if (i > 20) printf "{\"op\":\"free\",\"id\":%d}\n", i - 20
    }
}' >"$trace"

expect 0 "" --png "$png" "$trace"
is_png "$png"
expect 0 "" --png - "$trace"
cmp "$png" "$work/out" || fail "--png - writes something else"

# A picture that cannot be written destroys nothing.
cp "$png" "$work/before.png"
if [ -c /dev/full ]; then
    ln -s /dev/full "$work/full.png"
    expect 4 "No space left on device" --png "$work/full.png" "$trace"
    [ -L "$work/full.png" ] && [ -c /dev/full ] || fail "the device is gone"
fi
(ulimit -f 1 && trap '' XFSZ && "$view" --png "$png" "$trace" 2>"$work/err") && fail "a file that is too large was written"
grep -qF "File too large" "$work/err" || fail "does not say that the file is too large"
cmp "$png" "$work/before.png" || fail "the good picture was touched"
[ "$(find "$work" -name '*.tmp')" = "" ] || fail "a temporary file is left"
expect 4 "No such file or directory" --png "$work/none/out.png" "$trace"
expect 4 "Is a directory" --png "$work" "$trace"

# Settings: only where they are asked for; what is wrong with them is one line; nothing is written.
mkdir -p "$work/config/heaplab"
printf 'theme = light\nwindow = 1100x700\nnew = thing\n' >"$work/config/heaplab/viewer"
XDG_CONFIG_HOME="$work/config" expect 0 "" --png "$work/plain.png" "$trace"
cmp "$png" "$work/plain.png" || fail "a picture without a window reads the settings"
expect 0 "" --settings "$work/config/heaplab/viewer" --png "$work/light.png" "$trace"
expect 0 "" --theme light --size 1100x700 --png "$png" "$trace"
cmp "$png" "$work/light.png" || fail "--settings does not set the theme and the size"
expect 0 "" --settings "$work/config/heaplab/viewer" --theme dark --size 1280x800 --png "$work/over.png" "$trace"
cmp "$work/over.png" "$work/plain.png" || fail "the command line does not go before the settings"
echo 'theme = loud' >"$work/config/heaplab/viewer"
expect 0 'ignored: line 1: theme: found `loud`, expected dark or light' --settings "$work/config/heaplab/viewer" --png "$png" "$trace"
[ "$(wc -l <"$work/err")" = 1 ] || fail "more than one line about the settings"
cmp "$png" "$work/plain.png" || fail "bad settings change the picture"
expect 0 "" --settings "$work/none" --png "$png" "$trace"
[ ! -e "$work/none" ] || fail "settings are written without a window"
expect 0 "" --scale auto --png "$png" "$trace"

# A vector drawing, beside a picture; the same each time.
expect 0 "" --svg "$work/one.svg" --png "$png" "$trace"
expect 0 "" --svg "$work/two.svg" "$trace"
cmp "$work/one.svg" "$work/two.svg" || fail "two drawings of the same differ"
grep -q '^</svg>$' "$work/one.svg" || fail "the drawing has no end"
expect 4 "No such file or directory" --svg "$work/none/out.svg" "$trace"
expect 2 "a picture needs a trace" --svg "$work/x.svg"

# A video goes through ffmpeg; here one that counts what it gets, one that fails, and none.
mkdir -p "$work/bin"
cat >"$work/bin/ffmpeg" <<'FFMPEG'
#!/bin/sh
for last; do :; done
cksum >"$last"
FFMPEG
chmod +x "$work/bin/ffmpeg"
PATH="$work/bin:$PATH" expect 0 "" --video "$work/run.mp4" --frame-count 3 --size 1025x641 "$trace"
[ "$(cut -d' ' -f2 "$work/run.mp4")" = $((3 * 1025 * 641 * 4)) ] || fail "the video has other pixels than 3 pictures"
cp "$work/run.mp4" "$work/before.mp4"
PATH="$work/bin:$PATH" expect 0 "" --video "$work/run.mp4" --frame-count 3 --size 1025x641 "$trace"
cmp "$work/run.mp4" "$work/before.mp4" || fail "two videos of the same differ"
printf '#!/bin/sh\necho no such codec >&2\nexit 1\n' >"$work/bin/ffmpeg"
PATH="$work/bin:$PATH" expect 4 "ffmpeg failed" --video "$work/run.mp4" --frame-count 3 "$trace"
cmp "$work/run.mp4" "$work/before.mp4" || fail "a failed video destroyed the good one"
[ "$(find "$work" -name '.run*')" = "" ] || fail "a part of a video is left"
rm "$work/bin/ffmpeg"
code=0
PATH="$work/bin" "$view" --video "$work/run.mp4" "$trace" >"$work/out" 2>"$work/err" || code=$?
[ "$code" = 4 ] || fail "--video without ffmpeg: exit $code"
grep -qF "needs the program ffmpeg" "$work/err" || fail "does not say that ffmpeg is missing"

# A video by the real ffmpeg: as many frames as were asked for, 30 a second, an even size, the pictures' own pixels as far as a video keeps
# them, and the same file each time.
if command -v ffmpeg >/dev/null && command -v ffprobe >/dev/null && command -v compare >/dev/null; then
    for name in one two; do
        expect 0 "" --video "$work/$name.mp4" --frame-count 7 --size 1025x641 "$trace"
    done
    cmp "$work/one.mp4" "$work/two.mp4" || fail "two videos of the same differ"
    probed=$(ffprobe -v error -count_frames -show_entries stream=width,height,r_frame_rate,nb_read_frames,color_space -of default=nk=1:nw=1 \
        "$work/one.mp4" | tr '\n' ' ')
    [ "$probed" = "1026 642 bt709 30/1 7 " ] || fail "the video is $probed"
    expect 0 "" --frames "$work/pictures" --frame-count 7 --size 1025x641 "$trace"
    ffmpeg -v error -i "$work/one.mp4" -vf crop=1025:641:0:0 "$work/decoded-%d.png"
    for i in 1 4 7; do
        far=$(compare -metric PSNR "$work/decoded-$i.png" "$work/pictures/frame-00000$((i - 1)).png" null: 2>&1 || true)
        [ "${far%%.*}" -ge 25 ] || fail "frame $i of the video is not the picture: $far dB"
        other=$(compare -metric PSNR "$work/decoded-$i.png" "$work/pictures/frame-00000$(((i + 2) % 7)).png" null: 2>&1 || true)
        [ "${far%%.*}" -gt "${other%%.*}" ] || fail "frame $i of the video is nearer to another picture: $far dB, $other dB"
    done
    expect 0 "" --video "$work/one.webm" --frame-count 2 "$trace"
    expect 4 "ffmpeg failed" --video "$work/one.nothing" --frame-count 2 "$trace"
    [ ! -e "$work/one.nothing" ] || fail "a failed video is left"
    echo "ok: videos by $(ffmpeg -version | head -n 1 | cut -d' ' -f1-3)"
else
    echo "skipped: no video by the real ffmpeg (packages ffmpeg, imagemagick)"
fi

# Pictures one by one: as many as were asked for, from the first event to the last, and the same each time.
expect 0 "" --frames "$work/again" --frame-count 3 "$trace"
expect 0 "" --frames "$work/first" --frame-count 3 "$trace"
for i in 0 1 2; do
    cmp "$work/again/frame-00000$i.png" "$work/first/frame-00000$i.png" || fail "two pictures of the same differ"
done
[ "$(find "$work/first" -name '*.png' | wc -l)" = 3 ] || fail "--frame-count 3 writes another number"
expect 0 "" --at 0 --png "$work/start.png" "$trace"
cmp "$work/start.png" "$work/first/frame-000000.png" || fail "the first picture is not the first event's"

# A damaged trace: the picture of what can be read, and exit 3.
{ head -n 30 "$trace"; echo '{"op":"alloc","id":'; } >"$work/damaged.jsonl"
rm "$png"
expect 3 "the file ends early" --png "$png" "$work/damaged.jsonl"
is_png "$png"
expect 3 "the file ends early" --frames "$work/frames" --frame-count 2 "$work/damaged.jsonl"
is_png "$work/frames/frame-000001.png"

# What is asked for and not to be had is said.
expect 0 "note: --at failure" --at failure --png "$png" "$trace"
expect 0 "note: --at 99999999" --at 99999999 --png "$png" "$trace"
expect 0 "note: --pin 77" --pin 77 --png "$png" "$trace"
expect 0 "note: --colour thread" --colour thread --png "$png" "$trace"
expect 0 "note: --scale 300" --scale 300 --png "$png" "$trace"
expect 0 "" --at 40 --pin 7 --colour size --scale 100 --png "$png" "$trace"

# A part of the trace.
expect 0 "note: events 30 … 50 of $trace, after the 21 blocks (2,391 bytes) alive before them" --from 30 --to 50 --png "$png" "$trace"
expect 3 "not in this trace: --from 1000: it has 100 events" --from 1000 --png "$png" "$trace"
sed -e '1s/"version":1,/"version":1,"heaps":[{"name":"default"},{"name":"dma"}],/' -e '2s/}$/,"heap":1}/' "$trace" >"$work/heaps.jsonl"
expect 2 "choose one with --heap NAME" --png "$png" "$work/heaps.jsonl"
expect 0 "those of heap 1 (dma)" --heap dma --png "$png" "$work/heaps.jsonl"
expect 3 "--heap dma: it names no heaps" --heap=dma --png "$png" "$trace"
expect 2 'heaplab-view: --to: found `later`, expected an event' --to later --png "$png" "$trace"

expect 2 "talc, wee_alloc" -p nosuch --png "$png" "$trace"
! grep -q "or all" "$work/err" || fail "more policies are offered than run side by side"
expect 2 "heaplab-view: tlsf: unknown parameter" -p tlsf:nothing=1 --png "$png" "$trace"
expect 2 "64 to 2147483647" -s 2G --png "$png" "$trace"
expect 0 "" --version
grep -q '^heaplab-view [0-9]' "$work/out" || fail "--version prints $(cat "$work/out")"

# The example of --help runs as it stands there.
"$view" --help >"$work/help"
example=$(sed -n 's/^example: heaplab-view //p' "$work/help")
[ -n "$example" ] || fail "--help has no example"
cd "$work"
ln -s "$root/traces" traces
# shellcheck disable=SC2086
expect 0 "" $example
is_png failure.png
echo "ok: the command writes, notes and fails as it says"
