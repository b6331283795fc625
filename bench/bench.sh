#!/usr/bin/env bash
# Dayfold and the peers on the same exports, in turns: npm run bench -- [options]
#   --rows N      activity rows over sixty days (default 12000000, about 900 MB of CSV)
#   --only A,B    some of floor, dayfold, dayfold-tables, polars, pandas, dbt, spark (default floor,dayfold,polars,pandas,dbt)
#   --repeat N    turns (default 3)
# Prints a table, then whether Dayfold found what the floor found. Needs Linux, Node, Python 3.11 or later with venv, and
# for spark Java 17. Packages, exports and outputs stand in bench/.cache, or in DAYFOLD_BENCH_CACHE.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${DAYFOLD_BENCH_CACHE:-$here/.cache}
rows=12000000 only=floor,dayfold,polars,pandas,dbt repeat=3
usage() { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit "$1"; }
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage 0 ;;
    --rows | --only | --repeat)
      [ $# -ge 2 ] || usage 2 >&2
      declare "${1#--}=$2"
      shift 2
      ;;
    *) usage 2 >&2 ;;
  esac
done

# The packages of the chosen programs alone: Spark's weighs 400 MB. DuckDB generates the exports and compares.
packages=duckdb
for program in ${only//,/ }; do
  case $program in
    polars) packages+=' polars' ;;
    pandas) packages+=' pandas pyarrow' ;;
    dbt) packages+=' dbt-core dbt-duckdb' ;;
    spark) packages+=' pyspark' ;;
  esac
done
mkdir -p "$cache"
[ -x "$cache/venv/bin/python" ] || python3 -m venv "$cache/venv"
python=$cache/venv/bin/python
for package in $packages; do grep "^$package==" "$here/peers/requirements.txt"; done >"$cache/chosen.txt"
"$python" -m pip install --quiet --requirement "$cache/chosen.txt"

exports=$cache/exports-$rows
if [ ! -d "$exports" ]; then
  rm -rf "$exports.partial"
  "$python" "$here/peers/generate.py" "$exports.partial" --rows "$rows"
  mv "$exports.partial" "$exports"
fi

case $only in *dayfold*) (cd "$here/.." && npm run --silent prepare) ;; esac
"$python" "$here/run.py" "$exports" --only "$only" --repeat "$repeat" --keep "$cache/out-$rows"
case ,$only, in
  *,floor,*dayfold,* | *,dayfold,*floor,*) "$python" "$here/compare.py" "$cache/out-$rows/floor" "$cache/out-$rows/dayfold" ;;
esac
