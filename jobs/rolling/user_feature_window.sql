-- about: Feature use by user in each window.
-- grain: window_days, user_id, feature_name
-- reads: daily.feature_day window
-- columns:
--   as_of_date   | date    |      | last day of the window
--   window_days  | integer | days | length of the window
--   user_id      | id      |      | the user
--   feature_name | text    |      | the feature
--   uses         | integer | uses | uses of the feature by the user
--   days_used    | integer | days | days on which the user used it
with

bounds as (
  select
    windows.window_days,
    settings.as_of_date,
    settings.as_of_date + cast(1 - windows.window_days as integer) as first_date
  from settings
  cross join windows
),

final as (
  select
    bounds.as_of_date,
    bounds.window_days,
    days.user_id,
    days.feature_name,
    cast(sum(days.uses) as bigint) as uses,
    count(*) as days_used
  from daily.feature_day as days
  inner join bounds on days.event_date between bounds.first_date and bounds.as_of_date
  group by bounds.as_of_date, bounds.window_days, days.user_id, days.feature_name
)

select as_of_date, window_days, user_id, feature_name, uses, days_used
from final
order by window_days nulls last, user_id nulls last, feature_name nulls last
