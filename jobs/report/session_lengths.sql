-- about: Users by average session length: the histogram of average_sessions.
-- grain: from_seconds
-- reads: rolling.user_window
-- columns:
--   as_of_date   | date    |         | as-of date of the report
--   from_seconds | integer | seconds | a mean session length in the short window, at least
--   to_seconds   | integer | seconds | and under
--   users        | integer | users   | users with a closed session whose mean lies there; steps without any are left out
with

averages as (
  select
    users.as_of_date,
    int_div(users.session_seconds, users.closed_sessions) as average_seconds
  from rolling.user_window as users
  inner join settings
    on users.as_of_date = settings.as_of_date
    and users.window_days = settings.short_window_days
  where users.closed_sessions > 0
),

steps as (
  select
    case
      when max(average_seconds) < 600 then 10
      when max(average_seconds) < 3600 then 60
      when max(average_seconds) < 14400 then 300
      when max(average_seconds) < 43200 then 900
      when max(average_seconds) < 172800 then 3600
      when max(average_seconds) < 1036800 then 21600
      else 86400 * (1 + int_div(max(average_seconds), 2592000))
    end as step_seconds
  from averages
),

final as (
  select
    averages.as_of_date,
    cast(int_div(averages.average_seconds, steps.step_seconds) * steps.step_seconds as bigint) as from_seconds,
    cast((int_div(averages.average_seconds, steps.step_seconds) + 1) * steps.step_seconds as bigint) as to_seconds,
    count(*) as users
  from averages
  cross join steps
  group by averages.as_of_date, int_div(averages.average_seconds, steps.step_seconds), steps.step_seconds
)

select as_of_date, from_seconds, to_seconds, users
from final
order by from_seconds nulls last
