/**
 * The first line of the config of a sample: a folder whose dayfold.yaml begins with it was made by
 * us.
 */
export const SAMPLE_MARKER =
  '# Sample made by `run-job sample`: it may be made again, and its exports are replaced then.';

/** The config that reads the sample. Paths in it count from the folder it is in. */
export const SAMPLE_CONFIG = `${SAMPLE_MARKER}

# The zone whose midnight ends a day.
time_zone: UTC

# Where the exports are read, and where everything is written.
exports: { store: ./exports }
output: { store: ./output }

table_defaults:
  # How 03/04/2026 is read. Exports of one day seldom tell by themselves.
  date_order: month_first
  # Ids are text unless they are known to be whole numbers.
  columns:
    user_id: { type: integer }
    activity_id: { type: integer }
    usage_id: { type: integer }
    ticket_id: { type: integer }

# Which files belong to which table; {date} is the date of the export. Columns with usual names
# need no mapping.
tables:
  # What users did: CSV, rows may come late or twice.
  activity_log: { files: "activity_log/activity_log_{date}.csv" }
  # Logins and logouts; a session still open is exported again when it is closed.
  sessions: { files: "sessions/sessions_{date}.csv" }
  # Uses of features: one JSON object a line, gzip.
  feature_usage: { files: "feature_usage/feature_usage_{date}.jsonl.gz", format: jsonl }
  # Tickets as written, and again as resolved.
  support_tickets: { files: "support_tickets/support_tickets_{date}.csv" }
  # New users of each day. The page compares users by their plan.
  users: { files: "users/users_{date}.csv", columns: { user_group: plan } }

# Steps that users take in this order; the page says how many get through.
settings:
  funnel:
    within_days: 7
    steps: [{ activity: create_item }, { feature: sharing }, { activity: share_item }]
`;
