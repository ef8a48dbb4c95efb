#!/usr/bin/env bash
# Every view in every theme on three recorded programs (hub with call sites and threads, lua, mosquitto), as the command draws them: the same
# bytes as tests/gallery/NAME.png. Usage: viz_gallery.sh BIN_FOLDER OUTPUT_FOLDER. HEAPLAB_UPDATE_GOLDEN=1 draws them anew: look at each one
# before committing. The fonts and libpng are Debian 12's; with others the letters and the files differ.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
view=$(realpath "$1")/heaplab-view
mkdir -p "$2" "$root/tests/gallery"
output=$(cd "$2" && pwd)
cd "$root"
drawn=0
wrong=0

# draw NAME OPTION…
draw() {
  local name=$1
  shift
  if ! "$view" "$@" --png "$output/$name.png"; then
    echo "$name: not drawn"
    wrong=$((wrong + 1))
  elif [ -n "${HEAPLAB_UPDATE_GOLDEN:-}" ]; then
    cp "$output/$name.png" tests/gallery/
  elif ! cmp -s "$output/$name.png" "tests/gallery/$name.png"; then
    echo "$name: $output/$name.png is not tests/gallery/$name.png; the command: heaplab-view $*"
    wrong=$((wrong + 1))
  fi
  drawn=$((drawn + 1))
}

for theme in dark light projector; do
  case $theme in dark) colour=kind ;; light) colour=site ;; projector) colour=thread ;; esac
  hub="traces/corpus/hub.jsonl.gz -s 43K --at failure --size 1280x800 --theme $theme"
  lua="traces/corpus/lua.jsonl.gz --at 41000 --pin 15025 --size 1024x640 --theme $theme"
  mosquitto="traces/corpus/mosquitto.jsonl.gz --size 1920x1080 --lang zh --theme $theme"
  # shellcheck disable=SC2086
  {
    draw "hub-map-$theme" $hub -p first_fit --view map --colour $colour
    draw "hub-duel-$theme" $hub -p first_fit,tlsf --view duel
    draw "hub-why-$theme" $hub -p first_fit --view why
    draw "hub-bytes-$theme" $hub -p first_fit --view bytes --pin 974
    draw "lua-map-$theme" $lua -p tlsf --view map --range 30000,41000
    draw "lua-duel-$theme" $lua -p tlsf,buddy,rtthread_slab -s 512K --view duel
    draw "lua-why-$theme" $lua -p tlsf --view why
    draw "lua-bytes-$theme" $lua -p tlsf --view bytes --bytes hex
    draw "mosquitto-map-$theme" $mosquitto -p freertos_heap_4 --at peak --view map --colour age
    draw "mosquitto-duel-$theme" $mosquitto --at peak -p best_fit,first_fit,next_fit,buddy --view duel
    draw "mosquitto-why-$theme" $mosquitto -p buddy --view why --at failure
    draw "mosquitto-bytes-$theme" $mosquitto -p freertos_heap_4 --at peak --view bytes
  }
done
echo "$drawn pictures, $wrong not as they should be"
[ "$wrong" -eq 0 ]
