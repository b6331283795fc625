-- about: Active users of each day, by the days since they were last active. Distinct users of any range of dates follow from it: each user counts on the first active day in the range.
-- grain: event_date, gap_days
-- reads: previous.activity_gap_lifetime before, previous.user_activity_lifetime before, daily.user_day since
-- columns:
--   as_of_date | date    |       | last day counted
--   event_date | date    |       | a day with activities
--   gap_days   | integer | days  | days since the users were active before; missing for those who never were
--   users      | integer | users | users active on that day
with

earlier as (
  select max(lifetime.as_of_date) as as_of_date
  from previous.activity_gap_lifetime as lifetime
  inner join settings on lifetime.as_of_date < settings.as_of_date
),

active as (
  select days.user_id, days.event_date, 1 as is_new
  from daily.user_day as days
  cross join settings
  cross join earlier
  where days.activities > 0
    and days.event_date <= settings.as_of_date
    and (earlier.as_of_date is null or days.event_date > earlier.as_of_date)
  union all
  select users.user_id, users.last_activity_date, 0
  from previous.user_activity_lifetime as users
  inner join earlier on users.as_of_date = earlier.as_of_date
),

gaps as (
  select
    event_date,
    is_new,
    lag(event_date) over (partition by user_id order by event_date nulls last) as before_date
  from active
),

stacked as (
  select lifetime.event_date, lifetime.gap_days, lifetime.users
  from previous.activity_gap_lifetime as lifetime
  inner join earlier on lifetime.as_of_date = earlier.as_of_date
  union all
  select event_date, days_between(before_date, event_date), count(*)
  from gaps
  where is_new = 1
  group by event_date, days_between(before_date, event_date)
),

final as (
  select settings.as_of_date, stacked.event_date, stacked.gap_days, stacked.users
  from stacked
  cross join settings
)

select as_of_date, event_date, gap_days, users
from final
order by event_date nulls last, gap_days nulls last
