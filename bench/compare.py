#!/usr/bin/env python3
"""Compares Dayfold's tables and reports with the floor's: compare.py FLOOR DAYFOLD     Needs: pip install duckdb
Two programs that share no code read the same exports; what both compute must be equal: every row of the clean, daily and
rolling tables (by their number, the sums of their amounts and a sum of row hashes), and every row of the reports, whole
numbers exactly and others to nine digits. Exit status 1 when something differs.

Their schemas differ, so each check is a pair of queries that bring both to one form; what that leaves out:
  - Dayfold's user_day and user_window also hold users with nothing but feature use or tickets: those rows are skipped.
  - The floor counts a ticket resolved after the as-of date; Dayfold does not. Its resolution figures are therefore computed
    here, from the floor's clean tickets up to that date.
  - The floor counts users with an activity or a session in its trend; Dayfold those with an activity."""
import glob, math, sys, duckdb

floor, dayfold = sys.argv[1:3]
db = duckdb.connect(); db.execute("SET TimeZone = 'UTC'")
rows = lambda sql: db.execute(sql).fetchall()

for table in ("activity_log", "sessions", "feature_usage"):
    db.execute(f"CREATE VIEW floor_{table} AS SELECT * FROM read_parquet('{floor}/clean/{table}/**/*.parquet', hive_partitioning = true)")
    db.execute(f"CREATE VIEW fold_{table} AS SELECT * FROM read_parquet('{dayfold}/latest/clean/{table}/**/*.parquet', hive_partitioning = true)")
db.execute(f"CREATE VIEW floor_support_tickets AS FROM '{floor}/clean/support_tickets.parquet'")
db.execute(f"CREATE VIEW fold_support_tickets AS FROM '{dayfold}/latest/clean/support_tickets/data.parquet'")
for table in ("daily/user_day", "daily/feature_day", "rolling/user_window", "rolling/user_feature_window", "rolling/feature_window"):
    name = table.split("/")[1]
    db.execute(f"CREATE VIEW floor_{name} AS FROM '{floor}/{table}.parquet'")
    db.execute(f"CREATE VIEW fold_{name} AS SELECT * FROM read_parquet('{dayfold}/latest/{table}/**/*.parquet', hive_partitioning = true)")
as_of = rows("SELECT max(event_date)::DATE::VARCHAR FROM floor_user_day")[0][0]
pages = [path.rstrip("/").split("/")[-1] for path in glob.glob(f"{dayfold}/latest/reports/*/")]
if pages != [as_of]: sys.exit(f"{dayfold}: expected reports as of {as_of} alone, which is the floor's last day, found {', '.join(pages) or 'none'}")
for path in glob.glob(f"{floor}/report/*.csv"):
    db.execute(f"CREATE VIEW floor_{path.split('/')[-1][:-4]}_report AS FROM read_csv('{path}')")
for path in glob.glob(f"{dayfold}/latest/reports/{as_of}/*.parquet"):
    db.execute(f"CREATE VIEW fold_{path.split('/')[-1][:-8]}_report AS FROM read_parquet('{path}', hive_partitioning = false)")

# name, columns by which rows are told apart and what they are cast to, amounts that are summed, query of the floor, query of Dayfold
TABLES = [
    ("clean/activity_log", "event_date::DATE, activity_id, user_id, activity_type, epoch_us(activity_at), session_id", "activity_id, user_id",
     "floor_activity_log", "fold_activity_log"),
    ("clean/sessions", "event_date::DATE, session_id, user_id, epoch_us(login_at), epoch_us(logout_at), duration_seconds", "user_id, duration_seconds",
     "floor_sessions", "fold_sessions"),
    ("clean/feature_usage", "event_date::DATE, usage_id, user_id, feature_name, usage_count, epoch_us(used_at)", "usage_id, user_id, usage_count",
     "floor_feature_usage", "fold_feature_usage"),
    ("clean/support_tickets", "ticket_id, user_id, status, epoch_us(created_at), epoch_us(resolved_at), resolution_seconds", "ticket_id, user_id, resolution_seconds",
     "floor_support_tickets", "fold_support_tickets"),
    ("daily/user_day", "event_date::DATE, user_id, activities, sessions, closed, seconds, longest", "activities, sessions, closed, seconds, longest",
     "(SELECT *, total_seconds AS seconds FROM floor_user_day)",
     "(SELECT *, closed_sessions AS closed, session_seconds AS seconds, longest_session_seconds AS longest FROM fold_user_day WHERE activities + sessions > 0)"),
    ("daily/feature_day", "event_date::DATE, user_id, feature_name, uses", "uses", "floor_feature_day", "fold_feature_day"),
    ("rolling/user_window", "window_days, user_id, activities, active_days, sessions, longest", "activities, active_days, sessions, longest",
     "floor_user_window", "(SELECT *, longest_session_seconds AS longest FROM fold_user_window WHERE activities + sessions > 0)"),
    ("rolling/user_window features", "window_days, user_id, features, uses", "features, uses",
     "floor_user_feature_window", "(SELECT *, feature_uses AS uses FROM fold_user_window WHERE features > 0)"),
    ("rolling/user_feature_window", "window_days, user_id, features, uses", "features, uses", "floor_user_feature_window",
     "(SELECT window_days, user_id, count(*) AS features, sum(uses)::BIGINT AS uses FROM fold_user_feature_window GROUP BY ALL)"),
    ("rolling/feature_window", "window_days, feature_name, uses, users", "uses, users", "floor_feature_window", "fold_feature_window"),
]
resolved = f"floor_support_tickets WHERE resolved_at::DATE <= DATE '{as_of}'"
# name, query of the floor, query of Dayfold; both with the same columns in the same order
REPORTS = [
    ("longest_sessions", "SELECT DISTINCT event_date::DATE, user_id, duration_seconds FROM floor_longest_session_per_day_report",
     "SELECT event_date, user_id, duration_seconds FROM fold_longest_sessions_report"),
    ("average_sessions, 30 days", "SELECT user_id, avg_seconds FROM floor_average_session_report WHERE avg_seconds IS NOT NULL",
     "SELECT user_id, average_seconds FROM fold_average_sessions_report WHERE window_days = 30 AND average_seconds IS NOT NULL"),
    ("average_sessions, 60 days", "SELECT user_id, avg_seconds FROM floor_user_window WHERE window_days = 60 AND avg_seconds IS NOT NULL",
     "SELECT user_id, average_seconds FROM fold_average_sessions_report WHERE window_days = 60 AND average_seconds IS NOT NULL"),
    ("many_sessions_few_features", "SELECT user_id, sessions, features FROM floor_many_sessions_few_features_report",
     "SELECT user_id, sessions, features FROM fold_many_sessions_few_features_report"),
    ("top_features", "SELECT feature_name, uses FROM floor_top_features_report",
     "SELECT feature_name, uses FROM fold_top_features_report WHERE window_days = 30"),
    ("wide_adopters", "SELECT user_id, features FROM floor_wide_adopters_report",
     "SELECT user_id, features FROM fold_wide_adopters_report WHERE window_days = 30"),
    ("session_feature_correlation", "SELECT r, n FROM floor_session_feature_correlation_report",
     "SELECT pearson, n FROM fold_session_feature_correlation_report WHERE window_days = 30 AND measure = 'feature_uses'"),
    ("resolution_time", f"SELECT count(*), avg(resolution_seconds), median(resolution_seconds), quantile_cont(resolution_seconds, 0.9) FROM {resolved}",
     "SELECT tickets, average_seconds, median_seconds, p90_seconds FROM fold_resolution_time_report WHERE scope = 'all'"),
    ("quick_resolutions", f"SELECT user_id, count(*), avg(resolution_seconds) AS s FROM {resolved} GROUP BY ALL HAVING s < 172800",
     "SELECT user_id, tickets_resolved, average_seconds FROM fold_quick_resolutions_report"),
    ("active_without_tickets", "SELECT user_id FROM floor_active_without_tickets_report", "SELECT user_id FROM fold_active_without_tickets_report"),
    ("busiest_days", "SELECT event_date::DATE, n FROM floor_busiest_days_report WHERE n > (SELECT min(n) FROM floor_busiest_days_report)",
     "SELECT event_date, activities FROM fold_busiest_days_report WHERE activities > (SELECT min(n) FROM floor_busiest_days_report)"),
    ("activity_trend", "SELECT t.event_date::DATE, t.activities, count(*) FILTER (u.activities > 0) FROM floor_trend_report t JOIN floor_user_day u USING (event_date) GROUP BY ALL",
     "SELECT event_date, activities, active_users FROM fold_activity_trend_report WHERE has_data"),
    ("inactive_users", "SELECT user_id, last_login::DATE FROM floor_inactive_report",
     "SELECT user_id, last_login_date FROM fold_inactive_users_report WHERE reason = 'lapsed'"),
]

bad = 0
def tell(name, ok, found, detail=""):
    global bad
    bad += not ok
    print(f"{'equal ' if ok else 'DIFFER'} {name}: {found}{detail}")

def total(columns, amounts, relation):
    sums = "".join(f", sum({amount})::HUGEINT" for amount in amounts.split(", "))
    keys = ", ".join(f"({column})::VARCHAR" for column in columns.split(", "))
    return rows(f"SELECT count(*){sums}, sum(hash({keys}))::HUGEINT FROM {relation}")[0]

for name, columns, amounts, theirs, ours in TABLES:
    a, b = total(columns, amounts, theirs), total(columns, amounts, ours)
    found = f"{a[0]:,} rows; " + ", ".join(f"{amount} {value:,}" for amount, value in zip(amounts.split(", "), a[1:]) if value is not None)
    detail = ""
    if a != b:
        detail = f"\n  floor {a}\n  ours  {b}"
        for title, left, right in (("only in the floor", theirs, ours), ("only in ours", ours, theirs)):
            some = rows(f"SELECT {columns} FROM {left} EXCEPT ALL SELECT {columns} FROM {right} LIMIT 3") if a[0] < 5_000_000 else []
            detail += "".join(f"\n  {title}: {row}" for row in some)
    tell(name, a == b, found, detail)

def same(x, y):
    return math.isclose(x, y, rel_tol=1e-9) if isinstance(x, float) or isinstance(y, float) else x == y
for name, theirs, ours in REPORTS:
    a, b = sorted(rows(theirs)), sorted(rows(ours))
    differs = [(x, y) for x, y in zip(a, b) if not all(map(same, x, y))]
    ok = len(a) == len(b) and not differs
    tell(f"report {name}", ok, f"{len(a):,} rows" + (f", {a[0]}" if len(a) == 1 else ""),
         "" if ok else f"; ours {len(b):,} rows; first difference {(differs or ['the number of rows'])[0]}")
print(f"all {len(TABLES) + len(REPORTS)} comparisons equal" if not bad else f"{bad} of {len(TABLES) + len(REPORTS)} comparisons differ")
sys.exit(bad > 0)
