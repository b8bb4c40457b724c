#!/bin/sh
# try.sh - runs scripts/try in a fresh copy of the sources, from another folder:
# without a key, with one in .env.local, with a bad one, and stopped half-way.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd -P)
copy=$(mktemp -d "${TMPDIR:-/tmp}/lash try.XXXXXX") # a space is allowed
lash=$copy/build/release/lash
fake=
unset DASHSCOPE_API_KEY DASHSCOPE_API_BASE LASH_CONFIG LASH_LUA_DIR
finish() {
    [ -z "$fake" ] || kill "$fake" 2>/dev/null || :
    rm -rf "$copy"
}
trap finish EXIT

# try STATUS PATTERN - its exit status, and a line that it prints.
try() {
    status=0
    (cd / && "$copy/scripts/try") >"$copy/out" 2>&1 || status=$?
    if [ "$status" -ne "$1" ] || ! grep -q "$2" "$copy/out"; then
        echo "try.sh: expected status $1 and '$2', got $status and:"
        cat "$copy/out"
        exit 1
    fi
}

# Which processes run the copy's program?
running() {
    for exe in /proc/[0-9]*/exe; do
        [ "$(readlink "$exe" 2>/dev/null)" != "$lash" ] || printf '%s ' "$exe"
    done
}

cp -R "$root/CMakeLists.txt" "$root/CMakePresets.json" "$root/cmake" "$root/src" "$root/lua" \
    "$root/scripts" "$root/LICENSE" "$root/CHANGELOG.md" "$copy"
! [ -d "$root/docs" ] || cp -R "$root/docs" "$copy"

try 0 'simulated service'
try 0 'Hanoi'

"$lash" fake --port 0 >"$copy/env" 2>/dev/null &
fake=$!
while ! grep -q DASHSCOPE_API_KEY "$copy/env"; do kill -0 "$fake"; done
cp "$copy/env" "$copy/.env.local"
try 0 'asking DashScope'
try 0 'Hanoi'
echo 'DASHSCOPE_API_KEY=sk-bad' >>"$copy/.env.local"
try 77 'lash: auth:'
kill "$fake"
wait "$fake" || :
fake=
rm "$copy/.env.local"

echo 'print("a key of " .. #os.getenv "DASHSCOPE_API_KEY")' >"$copy/scripts/hello.lua"
echo 'DASHSCOPE_API_KEY=sk-0123456789abcde' >"$copy/.env.local"
try 0 'a key of 18' # as it is, not as it is shown
export DASHSCOPE_API_KEY=sk-0123456789abcdef
try 0 'a key of 19'
unset DASHSCOPE_API_KEY
rm "$copy/.env.local"

cat >"$copy/scripts/hello.lua" <<'END'
local ppid = io.open "/proc/self/stat":read "a":match "%) %S (%d+)"
os.execute("kill -TERM " .. ppid)
END
try 143 'simulated service'

left=$(running)
if [ -n "$left" ]; then
    echo "try.sh: still running: $left"
    exit 1
fi
left=$(ls "$copy/build")
if [ "$left" != "quietly.log
release" ]; then
    echo "try.sh: left behind: $left"
    exit 1
fi
