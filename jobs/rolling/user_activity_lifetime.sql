-- about: The first and the last active day of each user up to the as-of date, and the weeks, of the last 52, in which the user was active.
-- grain: user_id
-- reads: previous.user_activity_lifetime before, daily.user_day since
-- columns:
--   as_of_date          | date    |  | last day counted
--   user_id             | id      |  | a user with an activity
--   first_activity_date | date    |  | first day with an activity
--   last_activity_date  | date    |  | last day with an activity
--   active_weeks        | integer |  | weeks with an activity, Monday to Sunday, as binary digits: 1 for the week of the as-of date, 2 for the week before, 4 for the one before that, 52 in all
with recursive

powers (weeks_ago, digit) as (
  select cast(0 as bigint), cast(1 as bigint)
  union all
  select weeks_ago + 1, 2 * digit
  from powers
  where weeks_ago < 52
),

now as (
  select as_of_date, as_of_date + cast(1 - iso_dow(as_of_date) as integer) as week_date
  from settings
),

earlier as (
  select max(lifetime.as_of_date) as as_of_date
  from previous.user_activity_lifetime as lifetime
  inner join settings on lifetime.as_of_date < settings.as_of_date
),

-- How many weeks the digits of an earlier as-of move up; those that would be the 53rd are left out.
moved as (
  select
    earlier.as_of_date,
    int_div(
      days_between(earlier.as_of_date + cast(1 - iso_dow(earlier.as_of_date) as integer), now.week_date), 7
    ) as weeks
  from earlier
  cross join now
),

before as (
  select
    lifetime.user_id,
    lifetime.first_activity_date,
    lifetime.last_activity_date,
    coalesce(
      (lifetime.active_weeks - kept.digit * int_div(lifetime.active_weeks, kept.digit)) * moved_up.digit, 0
    ) as active_weeks,
    lifetime.active_weeks - 2 * int_div(lifetime.active_weeks, 2) as is_in_last_week
  from previous.user_activity_lifetime as lifetime
  inner join moved on lifetime.as_of_date = moved.as_of_date
  left join powers as moved_up on moved.weeks = moved_up.weeks_ago
  left join powers as kept on 52 - moved.weeks = kept.weeks_ago
),

weeks as (
  select
    days.user_id,
    int_div(days_between(days.event_date, now.week_date) + 6, 7) as weeks_ago,
    min(days.event_date) as first_activity_date,
    max(days.event_date) as last_activity_date
  from daily.user_day as days
  cross join now
  cross join earlier
  where days.activities > 0
    and days.event_date <= now.as_of_date
    and (earlier.as_of_date is null or days.event_date > earlier.as_of_date)
  group by days.user_id, int_div(days_between(days.event_date, now.week_date) + 6, 7)
),

-- The week of the earlier as-of may have gone on: a user who was active in both parts of it counts once.
stacked as (
  select user_id, first_activity_date, last_activity_date, active_weeks, is_in_last_week
  from before
  union all
  select
    weeks.user_id,
    weeks.first_activity_date,
    weeks.last_activity_date,
    coalesce(powers.digit, 0),
    case when weeks.weeks_ago = moved.weeks then 1 else 0 end
  from weeks
  cross join moved
  left join powers on weeks.weeks_ago = powers.weeks_ago and powers.weeks_ago < 52
),

last_week as (
  select coalesce(powers.digit, 0) as digit
  from moved
  left join powers on moved.weeks = powers.weeks_ago and powers.weeks_ago < 52
),

final as (
  select
    settings.as_of_date,
    stacked.user_id,
    min(stacked.first_activity_date) as first_activity_date,
    max(stacked.last_activity_date) as last_activity_date,
    cast(sum(stacked.active_weeks) as bigint)
      - case when sum(stacked.is_in_last_week) = 2 then max(last_week.digit) else 0 end as active_weeks
  from stacked
  cross join last_week
  cross join settings
  group by settings.as_of_date, stacked.user_id
)

select as_of_date, user_id, first_activity_date, last_activity_date, active_weeks
from final
order by user_id nulls last
