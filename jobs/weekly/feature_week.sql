-- about: Feature use in each week that has ended. Each user counts once. Uses without a feature name are left out.
-- grain: week_date, feature_name
-- reads: daily.feature_day week
-- columns:
--   week_date    | date    |       | Monday of the week
--   feature_name | text    |       | a feature used in the week
--   uses         | integer | uses  | uses in the week
--   users        | integer | users | different users who used it
with

final as (
  select
    event_date + cast(1 - iso_dow(event_date) as integer) as week_date,
    feature_name,
    cast(sum(uses) as bigint) as uses,
    count(distinct user_id) as users
  from daily.feature_day
  where feature_name <> 'unknown'
  group by week_date, feature_name
)

select week_date, feature_name, uses, users
from final
order by feature_name nulls last
