-- about: One row for each thing a user did.
-- grain: event_date, activity_at, activity_id, user_id, activity_type
-- reads: staged.activity_log
-- columns:
--   event_date    | date      |  | business date of the activity
--   activity_id   | id        |  | identifies the activity; missing where the export has none
--   user_id       | id        |  | the user who acted
--   activity_type | text      |  | what was done, in lower snake case; unknown where the export has none
--   activity_at   | timestamp |  | when it was done, UTC
--   session_id    | id        |  | the session it was done in; missing where the export has none
select
  event_date,
  activity_id,
  user_id,
  activity_type,
  activity_at,
  session_id
from staged.activity_log
