#!/bin/sh
# package.sh BUILD - is what cpack makes a good package? It is installed into a
# folder of its own and removed again; the system knows nothing of it.
set -eu
build=$1
LIMIT=1200000 # bytes of the program

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
root=$scratch/root

fail() {
    echo "package: $*" >&2
    exit 1
}

(cd "$build" && cpack -G DEB -B "$scratch/made" >"$scratch/log") || fail "$(cat "$scratch/log")"
deb=$(echo "$scratch"/made/*.deb)

# Whoever uploads to Debian names the bug that asked for a package.
lintian --allow-root --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs "$deb"

# What is opened at run time is not found by dpkg-shlibdeps.
dpkg-deb -f "$deb" Depends Recommends >"$scratch/needed"
grep -q 'libc6' "$scratch/needed" || fail "the linked libraries are not among its dependencies"
for package in $(grep -rhoE '"lib[a-z0-9-]+[0-9]"' src | tr -d '"' | sort -u); do
    grep -qF "$package" "$scratch/needed" || fail "does not depend on $package, which src opens"
done

as_root=
[ "$(id -u)" -eq 0 ] || as_root=fakeroot
mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates"
: >"$root/var/lib/dpkg/status"
package() {
    $as_root dpkg --root="$root" --log="$scratch/log" --force-not-root --force-depends "$@" \
        >"$scratch/out" 2>&1 || fail "dpkg $*: $(cat "$scratch/out")"
}
package -i "$deb"
package --verify lash
[ ! -s "$scratch/out" ] || fail "$(cat "$scratch/out")"

lash=$root/usr/bin/lash
size=$(stat -c %s "$lash")
[ "$size" -le "$LIMIT" ] || fail "the program has $size bytes, more than $LIMIT"
cd /
run() {
    env -i HOME="$scratch" "$lash" "$@"
}
run --version | grep -q '^lash [0-9]' || fail "no --version"
[ "$(run -e 'print(1 + 1)')" = 2 ] || fail "runs no code"
[ "$(run "$root/usr/share/lash/scripts/hello.lua" --help | head -c 6)" = usage: ] || fail "no hello.lua"
run init "$scratch/project" >/dev/null 2>&1
grep -qF "$root/usr/share/lash/meta" "$scratch/project/.luarc.json" || fail "editors find no stubs"

for paper in "$root"/usr/share/doc/lash/*.md; do
    # shellcheck disable=SC2013 # no name has a space
    for link in $(grep -ohE '\]\([A-Za-z0-9._-]+' "$paper" | sed 's/^](//' | grep -v '^http'); do
        [ -e "$root/usr/share/doc/lash/$link" ] || fail "${paper##*/} speaks of $link, which is not there"
    done
done

package --purge lash
[ -z "$(find "$root" -name '*lash*' ! -path '*/dpkg/*')" ] || fail "something is left behind"
echo "package: $size bytes of program"
