#!/bin/sh
# Counts the instructions of two commits on the same questions and fails on a slowdown of more than 20 %.
#
#   benches/compare.sh OLD NEW [THEME]...
#
# OLD and NEW are commits; THEME is families, full or parse (all three). Needs valgrind. Each commit is built in a
# checkout of its own under target/compare. The questions are those of NEW for both, so a commit that is older than the
# questions is measured with NEW's benches and corpus put over it.
set -eu
[ $# -ge 2 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2; }
old=$(git rev-parse --verify "$1^{commit}")
new=$(git rev-parse --verify "$2^{commit}")
shift 2
[ $# -gt 0 ] || set -- families full parse
command -v valgrind > /dev/null || { echo 'compare.sh: valgrind is needed' >&2; exit 2; }
root=$(git rev-parse --show-toplevel)
work=$root/target/compare
mkdir -p "$work"

build() { # NAME COMMIT: leaves the counting program as $work/NAME.bin
    tree=$work/$1
    rm -rf "$tree"
    mkdir -p "$tree"
    # Files are as old as their checkout (-m), not as their commit: a build that finds them older than what it has built
    # would take the other commit's program for this one's.
    git -C "$root" archive "$2" | tar -x -m -C "$tree"
    rm -rf "$tree/benches" "$tree/corpus"
    git -C "$root" archive "$new" benches corpus | tar -x -m -C "$tree"
    # One target folder for both, so that dependencies are built once; a part of the optimizations is left out, which
    # changes counts alike in both and halves the time.
    (cd "$tree" && CARGO_TARGET_DIR="$work/build" CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
        cargo build --quiet --release -p keyaki-benches --bin count)
    cp "$work/build/release/count" "$work/$1.bin"
}

count() { # NAME THEME: instructions; a program that fails, or that nothing was counted of, ends the comparison
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$work/$1.bin" "$2" > "$work/$1.log" 2>&1 ||
        { cat "$work/$1.log" >&2; echo "compare.sh: \`$1.bin $2\` failed" >&2; return 2; }
    counted=$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$work/$1.log")
    [ -n "$counted" ] || { echo "compare.sh: nothing was counted of \`$1.bin $2\`" >&2; return 2; }
    echo "$counted"
}

build old "$old"
build new "$new"
! cmp -s "$work/old.bin" "$work/new.bin" || echo 'the programs of both commits are the same'
status=0
for theme in "$@"; do
    before=$(count old "$theme")
    after=$(count new "$theme")
    percent=$((100 * after / before))
    verdict=ok
    # Compared without rounding: 120.9 % is more than 120 %.
    [ $((100 * after)) -le $((120 * before)) ] || { verdict='slower by more than 20 %'; status=1; }
    printf '%-10s %15s %15s %5s %%  %s\n' "$theme" "$before" "$after" "$percent" "$verdict"
done
exit $status
