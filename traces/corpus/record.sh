#!/bin/sh
# Records the corpus anew: traces/corpus/record.sh HEAPLAB I386_DIR [NAME…]
#   HEAPLAB   the command, built (its recorder for 32-bit programs too: gcc-multilib)
#   I386_DIR  a directory with the i386 programs unpacked; filled from the distribution's archive if it is not there. They are
#             not installed: the machine's own programs stay as they are. Needs: dpkg --add-architecture i386 && apt-get update
set -eu
[ $# -ge 2 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2; }
corpus=$(cd "$(dirname "$0")" && pwd)
heaplab=$(realpath "$1")
root=$(realpath -m "$2")
shift 2
wanted=" $* "
packages="lua5.4 jq bc gawk sqlite3 libxml2-utils openssl mosquitto mosquitto-clients pigz m4 python3.11-minimal"

fetch() {
    mkdir -p "$root/packages"
    cd "$root/packages"
    # libc6 and the base system come from libc6-i386 or the machine itself; the rest is unpacked.
    # shellcheck disable=SC2046,SC2086
    apt-get download $(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
        $(printf '%s:i386 ' $packages) | grep -E '^(lua|jq|bc|gawk|sqlite3|openssl|mosquitto|pigz|m4|python3|zlib1g|lib)[^ ]*:i386$' |
        grep -v -E '^(libc6|libpam|libperl)' | sort -u)
    for package in *.deb; do dpkg -x "$package" "$root"; done
    cd "$corpus"
}
[ -d "$root" ] || fetch

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$corpus"
export LD_LIBRARY_PATH="$root/lib/i386-linux-gnu:$root/usr/lib/i386-linux-gnu" LC_ALL=C

programs=$root/usr/bin:$root/usr/sbin:$work:$PATH

# record NAME PROGRAM ARGUMENT…: into NAME.jsonl.gz, at most 100,000 events
record() {
    name=$1
    shift
    case $wanted in "  " | *" $name "*) ;; *) return 0 ;; esac
    PATH=$programs "$heaplab" record -o "$corpus/$name.jsonl.gz" --program-only --events 100000 -- "$@" > "$work/$name.out"
}

record lua lua5.4 inputs/workload.lua
record jq jq 'group_by(.customer.town) | map({town: .[0].customer.town, sum: (map(.items[] | .count * .price) | add)})' inputs/orders.json
record sqlite3 sqlite3 :memory: ".read inputs/shop.sql"
record gawk gawk -f inputs/words.awk inputs/words.txt
record bc bc -q inputs/pi.bc < /dev/null
record xmllint xmllint --format --xpath '//book[copy]/title/text()' inputs/library.xml
record openssl openssl genrsa -out /dev/null 1024
PYTHONHOME="$root/usr" PYTHONMALLOC=malloc PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1 record python python3.11 -S inputs/classes.py
record m4 m4 inputs/tables.m4
i=0
while [ $i -lt 16 ]; do cat inputs/words.txt inputs/library.xml inputs/orders.json; i=$((i + 1)); done > "$work/pigz.in"
record pigz pigz -c -b 128 -p 4 < "$work/pigz.in"

case $wanted in "  " | *" hub "*)
    gcc -m32 -g -O1 -fno-inline -D_GNU_SOURCE -pthread inputs/hub.c -o "$work/hub"
    record hub hub ;;
esac

# The broker runs in the background, takes 150 messages for three subscribers, and is then told to end.
case $wanted in "  " | *" mosquitto "*)
    printf 'listener 18830 127.0.0.1\nallow_anonymous true\nuser root\n' > "$work/broker.conf"
    cd "$work"
    PATH=$programs "$heaplab" record -o "$corpus/mosquitto.jsonl.gz" --program-only --events 100000 -- mosquitto -c broker.conf 2> broker.out &
    broker=$!
    until "$root/usr/bin/mosquitto_pub" -p 18830 -t start -n 2> /dev/null; do sleep 0.1; done
    for topic in 'hall/+/light' 'hall/#' '#'; do
        "$root/usr/bin/mosquitto_sub" -p 18830 -t "$topic" -W 8 > /dev/null 2>&1 &
    done
    i=0
    while [ $i -lt 150 ]; do
        "$root/usr/bin/mosquitto_pub" -p 18830 -q $((i % 3)) -r -t "hall/$((i % 7))/light" -m "lamp $i is $((i * 37 % 100)) percent"
        i=$((i + 1))
    done
    kill -TERM $broker
    wait $broker
    tail -1 broker.out >&2 ;;
esac
