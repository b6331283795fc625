-- about: Feature use in each week that has ended. Each user counts once. Uses without a feature name are left out.
-- grain: week_date, feature_name
-- reads: daily.feature_day week
-- columns:
--   week_date    | date    |       | Monday of the week
--   feature_name | text    |       | a feature used in the week
--   uses         | integer | uses  | uses in the week
--   users        | integer | users | different users who used it
with

dates as (
  select event_date, event_date + cast(1 - iso_dow(event_date) as integer) as week_date
  from daily.feature_day
  group by event_date
),

users as (
  select dates.week_date, days.feature_name, days.user_id, sum(days.uses) as uses
  from daily.feature_day as days
  inner join dates on days.event_date = dates.event_date
  where days.feature_name <> 'unknown'
  group by dates.week_date, days.feature_name, days.user_id
),

final as (
  select week_date, feature_name, cast(sum(uses) as bigint) as uses, count(*) as users
  from users
  group by week_date, feature_name
)

select week_date, feature_name, uses, users
from final
order by feature_name nulls last
