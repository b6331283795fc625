#!/usr/bin/env python3
"""Runs Dayfold beside the peers, measured in the same way: run.py EXPORTS [--only floor,dayfold,...] [--repeat 3] [--keep DIR]
The as-of date is that of the newest activity export. dayfold is the whole night; dayfold-tables is a copy of the program without
checks and with only those of its models that make the floor's tables (and the tables that these read)."""
import json, os, shutil, sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{here}/peers")
import run as peers

TABLES = ("activity_log", "sessions", "feature_usage", "support_tickets")
MODELS = ("clean", "derived", "daily/user_day.sql", "daily/feature_day.sql", "daily/day.sql", "rolling/user_window.sql",
          "rolling/user_feature_window.sql", "rolling/feature_window.sql", "rolling/table_lifetime.sql", "rolling/row_lifetime.sql",
          "report/many_sessions_few_features.sql", "report/many_sessions_few_features.yaml")
CHECKS = ("unique", "accepted", "ids", "missing", "known_users", "freshness", "row_count")

def night(program, exports, out, **more):
    # JSON is YAML; the embedded defaults do the rest: nothing is tuned for the benchmark. The order of dates must be said,
    # for some days' exports have none that tells it, and that ids are whole numbers, as they are to the others.
    ids = {name: {"type": "integer"} for name in ("user_id", "activity_id", "usage_id", "ticket_id")}
    config = {"exports": {"store": os.path.abspath(exports)}, "output": {"store": os.path.abspath(out)},
              "table_defaults": {"date_order": "month_first", "columns": ids},
              "tables": {table: {"files": f"{table}/{table}_{{date}}.csv"} for table in TABLES}} | more
    with open(f"{out}.yaml", "w") as file: json.dump(config, file)
    newest = max(os.listdir(f"{exports}/activity_log"))[-14:-4]
    return ["node", f"{program}/dist/main.js", "nightly", "--config", f"{out}.yaml", "--date", newest]

def dayfold(exports, out): return night(f"{here}/..", exports, out)

def dayfold_tables(exports, out):
    program, whole = f"{out}.program", os.path.dirname(here)
    shutil.rmtree(program, ignore_errors=True)
    for part in ("dist", "config", "package.json", *(f"jobs/{model}" for model in MODELS)):
        os.makedirs(os.path.dirname(f"{program}/{part}"), exist_ok=True)
        (shutil.copytree if os.path.isdir(f"{whole}/{part}") else shutil.copy)(f"{whole}/{part}", f"{program}/{part}")
    os.symlink(f"{whole}/node_modules", f"{program}/node_modules")
    return night(program, exports, out, checks=dict.fromkeys(CHECKS, "off"))

peers.main({"floor": peers.PEERS["floor"], "dayfold": dayfold, "dayfold-tables": dayfold_tables} | peers.PEERS)
