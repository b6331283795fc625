-- question: Who uses many different features?
-- grain: window_days, user_id
-- reads: rolling.user_window, rolling.user_feature_lifetime
-- columns:
--   as_of_date   | date    |          | as-of date of the report
--   window_days  | integer | days     | length of the short window; missing for the lifetime
--   user_id      | id      |          | a user of more than `wide_features` features
--   features     | integer | features | different features used
--   feature_uses | integer | uses     | uses of features
with

recent as (
  select users.as_of_date, users.window_days, users.user_id, users.features, users.feature_uses
  from rolling.user_window as users
  inner join settings
    on users.as_of_date = settings.as_of_date
    and users.window_days = settings.short_window_days
),

lifetime as (
  select
    uses.as_of_date,
    cast(null as bigint) as window_days,
    uses.user_id,
    count(*) filter (where uses.feature_name <> 'unknown') as features,
    cast(sum(uses.uses) as bigint) as feature_uses
  from rolling.user_feature_lifetime as uses
  inner join settings on uses.as_of_date = settings.as_of_date
  group by uses.as_of_date, uses.user_id
),

stacked as (
  select as_of_date, window_days, user_id, features, feature_uses
  from recent
  union all
  select as_of_date, window_days, user_id, features, feature_uses
  from lifetime
),

final as (
  select stacked.as_of_date, stacked.window_days, stacked.user_id, stacked.features, stacked.feature_uses
  from stacked
  cross join settings
  where stacked.features > settings.wide_features
)

select as_of_date, window_days, user_id, features, feature_uses
from final
order by window_days nulls last, features desc nulls last, feature_uses desc nulls last, user_id nulls last
