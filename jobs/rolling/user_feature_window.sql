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

-- each day is read once, for both windows
totals as (
  select
    days.user_id,
    days.feature_name,
    sum(days.uses) as long_uses,
    count(*) as long_days,
    sum(days.uses) filter (
      where days.event_date > settings.as_of_date - cast(settings.short_window_days as integer)
    ) as short_uses,
    count(*) filter (
      where days.event_date > settings.as_of_date - cast(settings.short_window_days as integer)
    ) as short_days
  from daily.feature_day as days
  inner join settings
    on days.event_date between settings.as_of_date + cast(1 - settings.long_window_days as integer) and settings.as_of_date
  group by days.user_id, days.feature_name
),

final as (
  select
    settings.as_of_date,
    settings.short_window_days as window_days,
    totals.user_id,
    totals.feature_name,
    cast(totals.short_uses as bigint) as uses,
    totals.short_days as days_used
  from totals
  cross join settings
  where totals.short_days > 0
  union all
  select
    settings.as_of_date,
    settings.long_window_days,
    totals.user_id,
    totals.feature_name,
    cast(totals.long_uses as bigint),
    totals.long_days
  from totals
  cross join settings
)

select as_of_date, window_days, user_id, feature_name, uses, days_used
from final
order by window_days nulls last, user_id nulls last, feature_name nulls last
