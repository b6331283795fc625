"""The tables of Dayfold as assets of Dagster, all of them made by one nightly run.

Load it with `dagster dev -f assets.py` where `run-job` is on the PATH; DAYFOLD_CONFIG names the configuration. The as-of date is
yesterday. A night that failed may be tried again, because it publishes all or nothing.
"""

import json
import os
import subprocess
from datetime import date, timedelta
from graphlib import TopologicalSorter

from dagster import (
    AssetKey,
    AssetSpec,
    Definitions,
    Failure,
    MaterializeResult,
    ScheduleDefinition,
    TableColumn,
    TableSchema,
    define_asset_job,
    multi_asset,
)

CONFIG = os.environ.get("DAYFOLD_CONFIG", "/etc/dayfold/dayfold.yaml")


def run_job(*arguments):
    ended = subprocess.run(["run-job", *arguments, "--config", CONFIG], stdout=subprocess.PIPE, text=True)
    if ended.returncode != 0:
        raise Failure(f"run-job {' '.join(arguments)} ended with {ended.returncode}", metadata={"output": ended.stdout})
    return json.loads(ended.stdout)


def key_of(table):
    return AssetKey(["dayfold", *table.split("/")])


def spec_of(table):
    columns = [TableColumn(c["name"], c["type"], c["description"]) for c in table["columns"]]
    return AssetSpec(
        key_of(table["table"]),
        deps=[key_of(name) for name in READS[table["table"]]],
        description=table["description"],
        group_name=table["layer"],
        metadata={"dagster/column_schema": TableSchema(columns), "dagster/uri": table["location"]},
    )


TABLES = {table["table"]: table for table in run_job("dictionary", "--format", "json")}
# staged tables are not listed, and some tables read what they were the night before
READS = {name: {read for read in table["reads"] if read in TABLES and read != name} for name, table in TABLES.items()}


@multi_asset(name="nightly", specs=[spec_of(table) for table in TABLES.values()])
def nightly():
    as_of = date.today() - timedelta(days=1)
    outcome = run_job("nightly", "--date", as_of.isoformat(), "--json")
    for table in TopologicalSorter(READS).static_order():
        built = [each["rows"] for each in outcome["built"] if each["table"] == table]
        metadata = {"release": outcome["release"], "partitions built": len(built), "rows built": sum(built)}
        yield MaterializeResult(key_of(table), metadata=metadata)


night = define_asset_job("dayfold", selection=[nightly])
defs = Definitions(assets=[nightly], jobs=[night], schedules=[ScheduleDefinition(job=night, cron_schedule="0 3 * * *")])
