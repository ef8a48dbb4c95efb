# expect.sh: what the tests of commands share. They source it first, before they leave their folder.
failures=0 checks=0

fail() {
  printf 'FAILED: %s\n' "$*"
  failures=$((failures + 1))
}

# expect CODE PATTERN COMMAND…: the exit code, and a line of stdout or stderr that matches (extended regular expression; . for any)
expect() {
  local code=$1 pattern=$2 output got
  shift 2
  output=$("$@" 2>&1 </dev/null)
  got=$?
  checks=$((checks + 1))
  if [ "$got" -ne "$code" ] || ! grep -qE -- "$pattern" <<<"$output"; then
    fail "$*: exit code $got, expected $code; expected a line like: $pattern"
    head -8 <<<"$output" | sed 's/^/  | /'
  fi
}
