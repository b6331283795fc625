-- about: Tickets by resolution time: the histogram of resolution_time.
-- grain: from_seconds
-- reads: rolling.resolution_lifetime
-- columns:
--   as_of_date   | date    |         | as-of date of the report
--   from_seconds | integer | seconds | time from writing to resolution, at least
--   to_seconds   | integer | seconds | and under
--   tickets      | integer | tickets | tickets resolved, ever, that took so long; steps without any are left out
with

times as (
  select resolutions.as_of_date, resolutions.resolution_seconds, resolutions.tickets
  from rolling.resolution_lifetime as resolutions
  inner join settings on resolutions.as_of_date = settings.as_of_date
),

steps as (
  select
    case
      when max(resolution_seconds) < 9000 then 300
      when max(resolution_seconds) < 108000 then 3600
      when max(resolution_seconds) < 648000 then 21600
      else 86400 * (1 + int_div(max(resolution_seconds), 2592000))
    end as step_seconds
  from times
),

final as (
  select
    times.as_of_date,
    cast(int_div(times.resolution_seconds, steps.step_seconds) * steps.step_seconds as bigint) as from_seconds,
    cast((int_div(times.resolution_seconds, steps.step_seconds) + 1) * steps.step_seconds as bigint) as to_seconds,
    cast(sum(times.tickets) as bigint) as tickets
  from times
  cross join steps
  group by times.as_of_date, int_div(times.resolution_seconds, steps.step_seconds), steps.step_seconds
)

select as_of_date, from_seconds, to_seconds, tickets
from final
order by from_seconds nulls last
