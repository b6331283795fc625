-- about: Resolution times of all tickets up to the as-of date, as counts by length. Quantiles follow from them exactly.
-- grain: resolution_seconds
-- reads: previous.resolution_lifetime before, daily.ticket_day since
-- columns:
--   as_of_date         | date    |         | last day counted
--   resolution_seconds | integer | seconds | from writing to resolution
--   tickets            | integer | tickets | tickets that took exactly as long
with

earlier as (
  select max(lifetime.as_of_date) as as_of_date
  from previous.resolution_lifetime as lifetime
  inner join settings on lifetime.as_of_date < settings.as_of_date
),

stacked as (
  select lifetime.resolution_seconds, lifetime.tickets
  from previous.resolution_lifetime as lifetime
  inner join earlier on lifetime.as_of_date = earlier.as_of_date
  union all
  select days.resolution_seconds, 1
  from daily.ticket_day as days
  cross join settings
  cross join earlier
  where days.event_date <= settings.as_of_date
    and (earlier.as_of_date is null or days.event_date > earlier.as_of_date)
),

final as (
  select
    settings.as_of_date,
    stacked.resolution_seconds,
    cast(sum(stacked.tickets) as bigint) as tickets
  from stacked
  cross join settings
  group by settings.as_of_date, stacked.resolution_seconds
)

select as_of_date, resolution_seconds, tickets
from final
order by resolution_seconds nulls last
