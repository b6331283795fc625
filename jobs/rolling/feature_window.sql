-- about: Feature use in each window. Uses without a feature name are left out.
-- grain: window_days, feature_name
-- reads: rolling.user_feature_window
-- columns:
--   as_of_date   | date    |       | last day of the window
--   window_days  | integer | days  | length of the window
--   feature_name | text    |       | the feature
--   uses         | integer | uses  | uses of the feature
--   users        | integer | users | users who used it, counted exactly
with

final as (
  select
    uses.as_of_date,
    uses.window_days,
    uses.feature_name,
    cast(sum(uses.uses) as bigint) as uses,
    count(*) as users
  from rolling.user_feature_window as uses
  inner join settings on uses.as_of_date = settings.as_of_date
  where uses.feature_name <> 'unknown'
  group by uses.as_of_date, uses.window_days, uses.feature_name
)

select as_of_date, window_days, feature_name, uses, users
from final
order by window_days nulls last, feature_name nulls last
