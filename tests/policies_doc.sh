#!/usr/bin/env bash
# docs/POLICIES.md is what the command writes. Usage: policies_doc.sh BIN_FOLDER
set -u
if ! "$1/heaplab" policies --markdown | diff -u "$(dirname "$0")/../docs/POLICIES.md" - | head -40 | { ! grep .; }; then
  echo "FAILED: docs/POLICIES.md is not what 'heaplab policies --markdown' writes: run it again into that file"
  exit 1
fi
echo "docs/POLICIES.md is what the command writes"
