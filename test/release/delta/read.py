"""Reads tables of Delta Lake with delta-rs, Polars and, where its extension is a package, DuckDB. Compares them with their files.

stdin: {"options": {...} or null, "tables": [{"location", "version", "files": [{"path", "key"}]}], "vacuum": bool}
stdout: a JSON array of what differs; with "vacuum" the files that were removed from each table, at the shortest retention.
"""

import json
import re
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
from deltalake import DeltaTable

job = json.load(sys.stdin)
options = job.get("options")


def duckdb_with_delta():
    """A connection; None where DuckDB's extension is not there as a package of the same version."""
    try:
        import duckdb
        import duckdb_extension_delta
    except ImportError:
        return None
    folder = Path(duckdb_extension_delta.__file__).parent / "extensions" / f"v{duckdb.__version__}"
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(f"load '{folder / 'delta.duckdb_extension'}'")
    return connection


duck = duckdb_with_delta() if options is None and not job.get("vacuum") else None


def expected(files):
    frames = []
    for file in files:
        frame = pl.from_arrow(pq.ParquetFile(file["path"]).read())
        found = re.search(r"(event_date|as_of_date)=([^/]+)/", file["key"])
        if found and found[1] not in frame.columns:
            frame = frame.with_columns(pl.lit(date.fromisoformat(found[2])).alias(found[1]))
        frames.append(frame)
    return pl.concat(frames, how="diagonal") if frames else None


def normal(frame):
    columns = sorted(frame.columns)
    return frame.select(columns).sort(columns, nulls_last=True)


def differences(table, name, found, wanted):
    where = f"{table['location']} version {table['version']} by {name}"
    if wanted is None:
        return [] if found.height == 0 else [f"{where}: expected no rows, found {found.height}"]
    if dict(found.schema) != dict(wanted.schema):
        return [f"{where}: expected {dict(wanted.schema)}, found {dict(found.schema)}"]
    if not normal(found).equals(normal(wanted)):
        return [f"{where}: expected {wanted.height} rows, found {found.height}, or others"]
    return []


out = []
for table in job["tables"]:
    if job.get("vacuum"):
        dt = DeltaTable(table["location"], storage_options=options)
        removed = dt.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True)
        out.append({"table": table["location"], "removed": removed})
        continue
    wanted = expected(table["files"])
    dt = DeltaTable(table["location"], version=table["version"], storage_options=options)
    adds = pl.DataFrame(dt.get_add_actions(flatten=True))
    rows = sum(pq.ParquetFile(file["path"]).metadata.num_rows for file in table["files"])
    counted = 0 if adds.height == 0 else adds["num_records"].sum()
    if counted != rows:
        out.append(f"{table['location']} version {table['version']}: the log counts {counted} rows of {rows}")
    for column in adds.columns:
        if not column.startswith("min.") or wanted is None:
            continue
        name = column[4:]
        values = wanted[name].drop_nulls()
        low, high = adds[column].drop_nulls(), adds[f"max.{name}"].drop_nulls()
        if len(values) and len(low) == adds.height and (low.min() > values.min() or high.max() < values.max()):
            out.append(f"{table['location']} version {table['version']}: {name} is not within {low.min()} and {high.max()}")
    out += differences(table, "delta-rs", pl.from_arrow(dt.to_pyarrow_table()), wanted)
    out += differences(
        table, "Polars", pl.read_delta(table["location"], version=table["version"], storage_options=options), wanted
    )
    if duck is not None:
        sql = f"from delta_scan('{table['location']}', version => {table['version']})"
        out += differences(table, "DuckDB", duck.sql(sql).pl(), wanted)
print(json.dumps(out))
