#!/usr/bin/env python3
"""Runs Dayfold beside the peers, measured in the same way: run.py EXPORTS [--only floor,dayfold,...] [--repeat 3] [--keep DIR]
The as-of date is that of the newest activity export."""
import json, os, sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{here}/peers")
import run as peers

TABLES = ("activity_log", "sessions", "feature_usage", "support_tickets")

def dayfold(exports, out):
    # JSON is YAML; the embedded defaults do the rest: nothing is tuned for the benchmark. The order of dates must be said,
    # for some days' exports have none that tells it, and that ids are whole numbers, as they are to the others.
    ids = {name: {"type": "integer"} for name in ("user_id", "activity_id", "usage_id", "ticket_id")}
    config = {"exports": {"store": os.path.abspath(exports)}, "output": {"store": os.path.abspath(out)},
              "table_defaults": {"date_order": "month_first", "columns": ids},
              "tables": {table: {"files": f"{table}/{table}_{{date}}.csv"} for table in TABLES}}
    with open(f"{out}.yaml", "w") as file: json.dump(config, file)
    newest = max(os.listdir(f"{exports}/activity_log"))[-14:-4]
    return ["node", f"{here}/../dist/main.js", "nightly", "--config", f"{out}.yaml", "--date", newest]

peers.main({"floor": peers.PEERS["floor"], "dayfold": dayfold} | peers.PEERS)
