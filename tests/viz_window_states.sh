#!/bin/sh
# The real window under Xvfb with real keys and a real mouse, through every view: after each step the window must show, pixel for pixel,
# what the image back end draws for the command line that K prints. usage: viz_window_states.sh HEAPLAB-VIEW XDND_DROP FOLDER
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
view=$1 xdnd_drop=$2 work=$3
[ -x "$xdnd_drop" ] || { echo "skipped: xdnd_drop is not built (package libx11-dev)"; exit 77; }
. "$root/tests/viz_window_parts.sh"
trace=$root/traces/corpus/m4.jsonl.gz

begin -p first_fit,tlsf -s 100K --size 1280x800 "$trace"

# Duel
same duel '--view duel --at'
key s
same duel-sorted '--sorted'
key b
same duel-hidden '--hide B'
key b plus Home
same duel-add '--open add,1'
key Return
same duel-added '-p first_fit,tlsf,best_fit -s 102400 .*--lane C'
key minus
same duel-removed '-p first_fit,tlsf -s 102400 '
key b b v
same duel-divergence '--at [0-9]+'
key Return
same duel-opened '--view map'
key 2

# Map: keys, time, marks
key 1 f
same map-failure '--view map --at [1-9]'
key Left shift+Left
same map-steps
key Home
same map-first '--at 0 '
key End
same map-last
key w
same map-worst
key shift+p
same map-peak
key comma comma
same map-slower '--speed'
key period period
key c
same map-size '--colour size'
key c c
same map-site '--colour (site|thread|kind)'
key plus plus
same map-zoomed '--zoom'
key Escape

# the mouse: pins, points, scrubs, zooms where it is
f_pins() { mouse 300 200; xdotool click 1; rest; }
f_pins
same mouse-pin '--pin [0-9]+'
mouse 400 230
same mouse-points '--point 400,230'
xdotool click 4 click 4
same wheel-zooms '--zoom [0-9]+,[0-9]+ .*--point 400,230'
xdotool click 5 click 5 click 5
rest
mouse 400 560
xdotool mousedown 1
mouse 600 560
mouse 700 540
xdotool mouseup 1
rest
same drag-scrubs "--at ([2-9][0-9]{3}|1[5-9][0-9]{2})"
mouse 500 520
same points-at-time '--point 500,520'
rest

# ranges
key shift+Left a
same range-from '--range [0-9]+, '
key shift+Right shift+Right b
same range-both '--range [0-9]+,[0-9]+ '
key Escape Escape
same range-away

# prompts, menus, help
key g
same go-open "--open go,"
type_words '#12'
same go-typed "--open 'go,#12'"
key Return
same go-done '--pin 12'
key g
type_words '#99999999'
key Return
same go-refused "--go '#99999999'"
key Escape
key m Down Down
same menu '--open menu,[0-9]+'
key Escape
key F1
same help '--keys'
key question
same help-away

# what-if: policy, heap, alignment, hardening of the chosen lane
key m Down Return
same what-if-policy '-p next_fit,tlsf'
key ctrl+Up
same what-if-heap '-s 106496,102400'
key i
same what-if-alignment 'align='
key H
same what-if-hardening 'checks='

# Why
key 3 f
same why '--view why --at'
key b
same why-bins '--bins'
key b bracketright
same why-next

# Bytes
key 4
same bytes '--view bytes'
key h
same bytes-hex '--bytes hex'
key Down Down
same bytes-down '--bytes hex,[0-9]+'
key j
same bytes-next '--pin'

# Lesson
key 5
same lesson '--view lesson'
key 1

# how it looks
key t
same theme-light '--theme light'
key p
same projector '--theme projector'
key 3
same projector-why '--view why'
key 1 p t
same theme-dark '--theme dark'
key l
same chinese '--lang zh'
key 2
same chinese-duel '--view duel.*--lang zh'
key 1 l
key ctrl+plus
same larger '--scale 125'
key ctrl+minus
same smaller '--scale 100'
key ctrl+0
same auto-size '--scale auto'
xdotool windowsize --sync "$window" 1600 1000
same resized-large '--size 1600x1000'
xdotool windowsize --sync "$window" 1024 640
same resized-small '--size 1024x640'
key 3
same small-why '--view why.*--size 1024x640'
key 1
xdotool windowsize --sync "$window" 1440 900
same resized '--size 1440x900'

# dropped files: good ones, a name with spaces and quotes, cut, partly bad, none at all
"$xdnd_drop" "$window" "$root/traces/corpus/pigz.jsonl.gz"
same drop '--at [1-9][0-9]* .*pigz.jsonl.gz'
key 1 c
same drop-thread '--colour thread'
zcat "$trace" | head -n 500 >"$work/it's a trace.jsonl"
"$xdnd_drop" "$window" "$work/it's a trace.jsonl"
same drop-quoted "it'"
{ zcat "$trace" | head -n 300; echo '{"op":"free","id":987654}'; echo '{"op":"alloc","id":'; } >"$work/cut.jsonl"
"$xdnd_drop" "$window" "$work/cut.jsonl"
same drop-cut 'cut.jsonl'
key shift+a
same anomalies '--open anomalies'
key Escape
head -c 1000 "$trace" >"$work/cut.jsonl.gz"
"$xdnd_drop" "$window" "$work/cut.jsonl.gz"
same drop-cut-gz 'cut.jsonl.gz'
echo nothing >"$work/bad.jsonl"
"$xdnd_drop" "$window" "$work/bad.jsonl"
until_true "a bad file changes nothing" line_says 'bad.jsonl'
import -silent -window "$window" "$work/error.png"
{
    echo '{"format":"heaplab-trace","version":1,"heaps":[{"name":"default"},{"name":"rx-pool"}]}'
    echo '{"op":"alloc","id":1,"size":200}'
    echo '{"op":"alloc","id":2,"size":100,"heap":1}'
} >"$work/heaps.jsonl"
"$xdnd_drop" "$window" "$work/heaps.jsonl"
until_true "a trace of several heaps is not taken" line_says 'heaps.jsonl'
key Down Return
same drop-heap '--heap rx-pool .*heaps.jsonl'
"$xdnd_drop" "$window" "$trace"
same drop-again 'm4.jsonl.gz'
end
echo "ok: the window and the image back end agree in $checks states"
