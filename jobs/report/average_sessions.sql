-- question: How long are the sessions of each user on average?
-- grain: window_days, user_id
-- reads: rolling.user_window, rolling.user_lifetime
-- columns:
--   as_of_date              | date    |          | as-of date of the report
--   window_days             | integer | days     | length of the window; missing for the lifetime
--   user_id                 | id      |          | a user with a session
--   sessions                | integer | sessions | sessions begun
--   closed_sessions         | integer | sessions | those of them that have ended
--   open_sessions           | integer | sessions | those of them that have not, which have no length
--   session_seconds         | integer | seconds  | length of the closed sessions together
--   average_seconds         | double  | seconds  | mean length of a closed session; missing when there is none
--   longest_session_seconds | integer | seconds  | length of the longest closed session; missing when there is none
with

stacked as (
  select as_of_date, window_days, user_id, sessions, closed_sessions, session_seconds, longest_session_seconds
  from rolling.user_window
  union all
  select
    as_of_date,
    cast(null as bigint),
    user_id,
    sessions,
    closed_sessions,
    session_seconds,
    longest_session_seconds
  from rolling.user_lifetime
),

final as (
  select
    stacked.as_of_date,
    stacked.window_days,
    stacked.user_id,
    stacked.sessions,
    stacked.closed_sessions,
    stacked.sessions - stacked.closed_sessions as open_sessions,
    stacked.session_seconds,
    cast(stacked.session_seconds as double) / nullif(stacked.closed_sessions, 0) as average_seconds,
    stacked.longest_session_seconds
  from stacked
  inner join settings on stacked.as_of_date = settings.as_of_date
  where stacked.sessions > 0
)

select
  as_of_date,
  window_days,
  user_id,
  sessions,
  closed_sessions,
  open_sessions,
  session_seconds,
  average_seconds,
  longest_session_seconds
from final
order by window_days nulls last, average_seconds desc nulls last, user_id nulls last
