"""Reads tables of Delta Lake with delta-rs, Polars and, where its extension is a package, DuckDB; or with Apache Spark.
Compares them with their files.

stdin: {"options": {...} or null, "spark": {...} or null, "vacuum": bool, "tombstones": bool, "brief": bool, "statements": text or null,
        "tables": [{"location", "version", "files": [{"path", "key"}], "comments": {column: text}}]}
stdout: a JSON array of what differs; with "vacuum" the files that were removed from each table, at the shortest retention;
with "tombstones" those that the log of each table names as removed; with "statements" how many rows each table has that they make.
"""

import json
import re
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow.dataset as ds
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


def spark_with_delta(settings):
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[1]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


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


def differences(where, found, wanted):
    if wanted is None:
        return [] if found.height == 0 else [f"{where}: expected no rows, found {found.height}"]
    if dict(found.schema) != dict(wanted.schema):
        return [f"{where}: expected {dict(wanted.schema)}, found {dict(found.schema)}"]
    if not normal(found).equals(normal(wanted)):
        return [f"{where}: expected {wanted.height} rows, found {found.height}, or others"]
    return []


def ends(wanted):
    """Each column with its least and greatest value; those without any are left out."""
    for name in wanted.columns if wanted is not None else []:
        values = wanted[name].drop_nulls()
        if len(values):
            yield name, values.min(), values.max()


def comments_of(where, schema, table):
    found = {field["name"]: field["metadata"].get("comment") for field in json.loads(schema)["fields"]}
    return [] if found == table["comments"] else [f"{where}: expected the comments {table['comments']}, found {found}"]


def by_delta_rs(where, table, wanted):
    dt = DeltaTable(table["location"], version=table["version"], storage_options=options)
    adds = pl.DataFrame(dt.get_add_actions(flatten=True))
    out = comments_of(where, dt.schema().to_json(), table)
    rows = sum(pq.ParquetFile(file["path"]).metadata.num_rows for file in table["files"])
    counted = 0 if adds.height == 0 else adds["num_records"].sum()
    if counted != rows:
        out.append(f"{where}: the log counts {counted} rows of {rows}")
    dataset = dt.to_pyarrow_dataset()
    for name, least, most in ends(wanted):
        # files are skipped by their statistics; some versions will do
        for value in {least, most} if table["version"] % 5 == 0 else []:
            found = dataset.count_rows(filter=ds.field(name) == value)
            if found != wanted.filter(pl.col(name) == value).height:
                out.append(f"{where}: {found} rows where {name} is {value}")
        if f"min.{name}" not in adds.columns:
            continue
        low, high = adds[f"min.{name}"].drop_nulls(), adds[f"max.{name}"].drop_nulls()
        if len(low) == adds.height and (low.min() > least or high.max() < most):
            out.append(f"{where}: {name} is not within {low.min()} and {high.max()}")
    return out + differences(where, pl.from_arrow(dt.to_pyarrow_table()), wanted)


def by_spark(where, table, wanted, spark):
    frame = spark.read.format("delta").option("versionAsOf", table["version"]).load(table["location"])
    out = comments_of(where, frame.schema.json(), table)
    out += differences(where, pl.from_arrow(frame.toArrow()), wanted)
    if job.get("brief"):
        return out
    for name, _, most in list(ends(wanted))[:1]:
        # files are skipped by their statistics
        found = frame.where(frame[name] == most).count()
        if found != wanted.filter(pl.col(name) == most).height:
            out.append(f"{where}: {found} rows where {name} is {most}")
    # answered by the statistics alone
    numbers = [(name, least, most) for name, least, most in ends(wanted) if wanted[name].dtype == pl.Int64]
    if numbers:
        columns = ", ".join(f"min(`{name}`), max(`{name}`)" for name, _, _ in numbers)
        [found] = spark.sql(f"select count(*), {columns} from {{frame}}", frame=frame).collect()
        known = [wanted.height, *(value for _, *both in numbers for value in both)]
        if list(found) != known:
            out.append(f"{where}: expected {known}, found {list(found)} by statistics")
    return out


def removed_by_vacuum(table):
    dt = DeltaTable(table["location"], storage_options=options)
    removed = dt.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True)
    return {"table": table["location"], "removed": removed}


def tombstones_of(table):
    """What delta-rs would remove, did it only go by the log."""
    dt = DeltaTable(table["location"], storage_options=options)
    removed = dt.vacuum(retention_hours=0, dry_run=True, enforce_retention_duration=False, full=False)
    return {"table": table["location"], "removed": removed}


def rows_by_statements(text):
    """Runs what `run-job sql --for duckdb` or `--for spark` prints; DuckDB's extension is there already."""
    statements = [line.rstrip(";") for line in text.splitlines()]
    if job.get("spark"):
        spark = spark_with_delta(job["spark"])
        for statement in statements:
            spark.sql(statement)
        names = [row["tableName"] for row in spark.sql("show tables in dayfold").collect()]
        return {name: spark.table(f"dayfold.{name}").count() for name in names}
    duck = duckdb_with_delta()
    for statement in statements:
        if statement not in ("INSTALL delta", "LOAD delta"):
            duck.execute(statement)
    views = duck.execute("select schema_name, view_name from duckdb_views() where not internal").fetchall()
    return {f"{schema}_{name}": duck.execute(f'select count(*) from "{schema}"."{name}"').fetchone()[0] for schema, name in views}


def compare(tables, readers):
    out = []
    for table in tables:
        wanted = expected(table["files"])
        for name, read in readers.items():
            out += read(f"{table['location']} version {table['version']} by {name}", table, wanted)
    return out


def by_polars(where, table, wanted):
    found = pl.read_delta(table["location"], version=table["version"], storage_options=options)
    return differences(where, found, wanted)


def readers():
    if job.get("spark"):
        spark = spark_with_delta(job["spark"])
        return {"Spark": lambda where, table, wanted: by_spark(where, table, wanted, spark)}
    duck = duckdb_with_delta() if options is None else None

    def by_duckdb(where, table, wanted):
        sql = f"from delta_scan('{table['location']}', version => {table['version']})"
        return differences(where, duck.sql(sql).pl(), wanted)

    return {"delta-rs": by_delta_rs, "Polars": by_polars, **({"DuckDB": by_duckdb} if duck else {})}


if job.get("vacuum"):
    out = [removed_by_vacuum(table) for table in job["tables"]]
elif job.get("tombstones"):
    out = [tombstones_of(table) for table in job["tables"]]
elif job.get("statements"):
    out = rows_by_statements(job["statements"])
else:
    out = compare(job["tables"], readers())
print(json.dumps(out))
