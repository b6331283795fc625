-- about: Feature use in each month that has ended. Each user counts once. Uses without a feature name are left out.
-- grain: month_date, feature_name
-- reads: daily.feature_day month
-- columns:
--   month_date   | date    |       | first day of the month
--   feature_name | text    |       | a feature used in the month
--   uses         | integer | uses  | uses in the month
--   users        | integer | users | different users who used it
with

final as (
  select
    cast(re_replace(cast(event_date as string), '[0-9][0-9]\z', '01') as date) as month_date,
    feature_name,
    cast(sum(uses) as bigint) as uses,
    count(distinct user_id) as users
  from daily.feature_day
  where feature_name <> 'unknown'
  group by month_date, feature_name
)

select month_date, feature_name, uses, users
from final
order by feature_name nulls last
