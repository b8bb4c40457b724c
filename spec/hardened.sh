#!/bin/sh
# hardened.sh PROGRAM - is the executable as hard as the release preset promises?
set -eu
program=$1
failures=0

# expect WHAT PATTERN READELF-OPTION: a line of readelf's output matches.
expect() {
    if ! readelf -W "$3" "$program" | grep -Eq -- "$2"; then
        echo "$program: no $1"
        failures=$((failures + 1))
    fi
}

expect "position independence" 'FLAGS_1.*PIE' -d
expect "read-only relocations" 'GNU_RELRO' -l
expect "immediate binding" 'FLAGS_1.*NOW' -d
expect "non-executable stack" 'GNU_STACK.* RW +0x' -l
expect "stack protector" '__stack_chk_fail' --dyn-syms
expect "fortified functions" '__[a-z]+_chk@' --dyn-syms

# What else it needs is opened when it is: each library costs a start.
others=$(readelf -Wd "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -v '^libc\.' | tr '\n' ' ' || true)
if [ -n "$others" ]; then
    echo "$program: is linked with $others"
    failures=$((failures + 1))
fi
exit "$failures"
