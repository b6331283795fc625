-- question: Who had the longest session on each day?
-- grain: event_date, user_id
-- reads: daily.user_day window
-- columns:
--   as_of_date       | date    |          | as-of date of the report
--   event_date       | date    |          | day on which the session began
--   user_id          | id      |          | a user with the longest closed session of that day; several when they tie
--   duration_seconds | integer | seconds  | its length
--   closed_sessions  | integer | sessions | closed sessions of the user on that day
with

days as (
  select
    settings.as_of_date,
    days.event_date,
    days.user_id,
    days.longest_session_seconds as duration_seconds,
    days.closed_sessions
  from daily.user_day as days
  inner join settings
    on days_between(days.event_date, settings.as_of_date) between 0 and settings.long_window_days - 1
  where days.longest_session_seconds is not null
),

longest as (
  select event_date, max(duration_seconds) as duration_seconds
  from days
  group by event_date
),

final as (
  select days.as_of_date, days.event_date, days.user_id, days.duration_seconds, days.closed_sessions
  from days
  inner join longest
    on days.event_date = longest.event_date
    and days.duration_seconds = longest.duration_seconds
)

select as_of_date, event_date, user_id, duration_seconds, closed_sessions
from final
order by event_date nulls last, user_id nulls last
