#!/bin/sh
# Runs fuzz targets, one after another: over what is kept in corpus/NAME, then on
# what becomes of it. New inputs that are worth keeping stay in BUILD/found/NAME,
# one that fails as BUILD/found/NAME.crash-*, .timeout-* and so on.
#
#   run.sh BUILD SECONDS NAME...
#
# With FUZZ_SEED, as in ctest, it begins from that seed, and what was found before does
# not count. It still goes a way of its own each time: by the clock, and as addresses are.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$1
seconds=$2
shift 2
cd "$here/../.." # where oracles find the modules that they require

for name; do
    if [ -x "$build/fuzz_$name" ]; then
        set -- "$build/fuzz_$name"
    else
        set -- "$build/fuzz_lua" "--oracle=$here/$name.lua"
    fi
    found=$build/found/$name
    if [ -n "${FUZZ_SEED:-}" ]; then
        found=$build/repeated/$name
        rm -rf "$found"
        set -- "$@" "-seed=$FUZZ_SEED"
    fi
    [ ! -f "$here/$name.dict" ] || set -- "$@" "-dict=$here/$name.dict"
    mkdir -p "$found" "$build/found"
    echo "== $name"
    "$@" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=1024 -max_len=4096 \
        -verbosity="${FUZZ_VERBOSITY:-0}" -artifact_prefix="$build/found/$name." \
        "$found" "$here/corpus/$name"
done
