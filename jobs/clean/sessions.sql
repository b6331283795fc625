-- about: One row for each session of a user, from login to logout.
-- grain: session_id
-- reads: staged.sessions
-- columns:
--   event_date       | date      |         | business date of the login
--   session_id       | id        |         | identifies the session
--   user_id          | id        |         | the user who logged in
--   login_at         | timestamp |         | when the session began, UTC
--   logout_at        | timestamp |         | when it ended, UTC; missing while it is open, or where the export holds lengths instead
--   duration_seconds | integer   | seconds | length in whole seconds; missing while it is open
select
  event_date,
  session_id,
  user_id,
  login_at,
  logout_at,
  coalesce(seconds_between(login_at, logout_at), duration_seconds) as duration_seconds
from staged.sessions
