-- question: Which features are used most, and how were they used in the window before?
-- grain: window_days, feature_name
-- reads: rolling.feature_window, rolling.feature_lifetime, daily.feature_day two_windows
-- columns:
--   as_of_date     | date    |       | as-of date of the report
--   window_days    | integer | days  | length of the short window; missing for the lifetime
--   rank           | integer |       | place by uses, 1 the most used; equal uses share a place
--   feature_name   | text    |       | a feature with a place up to `top_features`
--   uses           | integer | uses  | uses in the window
--   users          | integer | users | users in the window, counted exactly
--   previous_uses  | integer | uses  | uses in the window before; missing when no feature at all was used then
--   previous_users | integer | users | users in the window before; missing when no feature at all was used then
--   previous_rank  | integer |       | place in the window before; missing when the feature was not used then
with

recent as (
  select
    features.as_of_date,
    features.window_days,
    features.feature_name,
    features.uses,
    features.users,
    rank() over (order by features.uses desc nulls last) as place
  from rolling.feature_window as features
  inner join settings
    on features.as_of_date = settings.as_of_date
    and features.window_days = settings.short_window_days
),

lifetime as (
  select
    features.as_of_date,
    cast(null as bigint) as window_days,
    features.feature_name,
    features.uses,
    features.users,
    rank() over (order by features.uses desc nulls last) as place
  from rolling.feature_lifetime as features
  inner join settings on features.as_of_date = settings.as_of_date
),

previous_window as (
  select
    days.feature_name,
    cast(sum(days.uses) as bigint) as uses,
    count(distinct days.user_id) as users
  from daily.feature_day as days
  inner join settings
    on days_between(days.event_date, settings.as_of_date)
      between settings.short_window_days and 2 * settings.short_window_days - 1
  group by days.feature_name
),

previous_places as (
  select feature_name, uses, users, rank() over (order by uses desc nulls last) as place
  from previous_window
),

previous_known as (
  select count(*) > 0 as is_known
  from previous_window
),

recent_and_previous as (
  select
    recent.as_of_date,
    recent.window_days,
    recent.place,
    recent.feature_name,
    recent.uses,
    recent.users,
    case when previous_known.is_known then coalesce(previous_places.uses, 0) end as previous_uses,
    case when previous_known.is_known then coalesce(previous_places.users, 0) end as previous_users,
    previous_places.place as previous_place
  from recent
  cross join previous_known
  left join previous_places on recent.feature_name = previous_places.feature_name
),

stacked as (
  select as_of_date, window_days, place, feature_name, uses, users, previous_uses, previous_users, previous_place
  from recent_and_previous
  union all
  select
    as_of_date,
    window_days,
    place,
    feature_name,
    uses,
    users,
    cast(null as bigint),
    cast(null as bigint),
    cast(null as bigint)
  from lifetime
),

final as (
  select
    stacked.as_of_date,
    stacked.window_days,
    cast(stacked.place as bigint) as rank,
    stacked.feature_name,
    stacked.uses,
    stacked.users,
    stacked.previous_uses,
    stacked.previous_users,
    cast(stacked.previous_place as bigint) as previous_rank
  from stacked
  cross join settings
  where stacked.place <= settings.top_features
)

select
  as_of_date,
  window_days,
  rank,
  feature_name,
  uses,
  users,
  previous_uses,
  previous_users,
  previous_rank
from final
order by window_days nulls last, rank nulls last, feature_name nulls last
