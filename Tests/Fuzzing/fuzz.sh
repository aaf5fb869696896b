#!/usr/bin/env bash
# Fuzzes the machines that read input from outside: Tests/Fuzzing/fuzz.sh [MACHINE|all] [SECONDS|RUNSx] [-g]
#
#   Tests/Fuzzing/fuzz.sh                      every machine for a minute
#   Tests/Fuzzing/fuzz.sh json 600             one machine for ten minutes
#   Tests/Fuzzing/fuzz.sh all 5000x            5,000 inputs each
#   Tests/Fuzzing/fuzz.sh station 300 -g       a debug build with AddressSanitizer
#   Tests/Fuzzing/fuzz.sh tls 10000000x        the machine around OpenSSL, which needs libssl-dev
#
# The corpus starts with the seeds and the kept crashes, and grows in .build-fuzz/corpus/MACHINE. An input that crashes
# a machine is minimised into .build-fuzz/found/MACHINE-…. Fix the fault, and keep that file in
# Tests/FuzzTests/Found/MACHINE under a name that describes the fault: `swift test` replays it there. One process runs
# at a time, at low priority.
set -euo pipefail
cd "$(dirname "$0")/../.."

machine="${1:-all}"
bound="${2:-60}"
configuration=(-c release)
[ "${3:-}" != "-g" ] || configuration=(-c debug --sanitize address)
case "$bound" in
    *x) limit="-runs=${bound%x}" ;;
    *) limit="-max_total_time=$bound" ;;
esac

# libFuzzer reports traps by itself, and Swift's backtrace of each would cost seconds.
export SWIFT_BACKTRACE=enable=no
export STATIOND_FUZZ=1
build=(swift build --scratch-path .build-fuzz "${configuration[@]}" --product fuzz)
# OpenSSL itself is as Debian has built it; what is fuzzed is our machine around it.
if [ "$machine" = tls ]; then build+=(--traits TLS); fi
nice -n 5 "${build[@]}" 2>&1 | tail -n 1
fuzzer="$("${build[@]}" --show-bin-path)/fuzz"

found=0
while read -r name bytes; do
    [ "$machine" = all ] || [ "$machine" = "$name" ] || continue
    corpus=".build-fuzz/corpus/$name"
    seeds=".build-fuzz/seeds/$name"
    prefix=".build-fuzz/found/$name-"
    mkdir -p "$corpus" "$seeds" .build-fuzz/found
    "$fuzzer" --seeds="$name" "$seeds"
    "$fuzzer" --dictionary="$name" >"$seeds.dict"
    kept="Tests/FuzzTests/Found/$name"
    [ -d "$kept" ] || kept="$seeds"
    options=(-dict="$seeds.dict" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$prefix")
    log=".build-fuzz/found/$name.log"
    if nice -n 10 "$fuzzer" --machine="$name" "$limit" -max_len="$bytes" "${options[@]}" \
        "$corpus" "$seeds" "$kept" >"$log" 2>&1; then
        printf '%-18s %s\n' "$name" "$(grep DONE "$log" | tail -n 1)"
        continue
    fi
    found=1
    crash="$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)"
    printf '%-18s FOUND: %s\n' "$name" "$(grep -m 1 -E 'does not hold|Fatal error|ERROR' "$log" | cut -c -200)"
    [ -n "$crash" ] || continue
    nice -n 10 "$fuzzer" --machine="$name" -minimize_crash=1 -max_total_time=20 "${options[@]}" \
        -exact_artifact_path="$crash.small" "$crash" >/dev/null 2>&1 || true
    printf '%-18s   %s\n' "" "$(ls -1 "$crash"*)"
done < <("$fuzzer" --list)
exit "$found"
