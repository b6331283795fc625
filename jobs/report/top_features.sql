-- question: Which features are used most?
-- grain: window_days, feature_name
-- reads: rolling.feature_window, rolling.feature_lifetime, daily.feature_day two_windows, rolling.table_lifetime, rolling.gap_window
-- columns:
--   as_of_date      | date    |       | as-of date of the report
--   window_days     | integer | days  | length of the short window; missing for the lifetime
--   rank            | integer |       | place by uses, 1 the most used; equal uses share a place
--   feature_name    | text    |       | a feature with a place up to `top_features`
--   uses            | integer | uses  | uses in the window
--   users           | integer | users | users in the window, counted exactly
--   previous_uses   | integer | uses  | uses in the window before; missing unless the data cover both windows
--   previous_users  | integer | users | users in the window before; missing like the uses
--   previous_rank   | integer |       | place in the window before; missing when the feature was not used then
--   data_begin_date | date    |       | first date with a use of any feature
--   gap_days        | integer | days  | dates of the two windows that have no data
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
  where days.feature_name <> 'unknown'
  group by days.feature_name
),

previous_places as (
  select feature_name, uses, users, rank() over (order by uses desc nulls last) as place
  from previous_window
),

gaps as (
  select
    count(*) filter (where days_between(gaps.event_date, settings.as_of_date) < settings.short_window_days) as days,
    count(*) filter (
      where days_between(gaps.event_date, settings.as_of_date)
        between settings.short_window_days and 2 * settings.short_window_days - 1
    ) as previous_days
  from settings
  left join rolling.gap_window as gaps
    on settings.as_of_date = gaps.as_of_date
    and gaps.table_name = 'feature_usage'
),

previous_known as (
  select
    tables.first_date,
    days_between(tables.first_date, settings.as_of_date) >= 2 * settings.short_window_days - 1
      and gaps.days + gaps.previous_days = 0 as is_known,
    gaps.days + gaps.previous_days as gap_days
  from settings
  cross join gaps
  left join rolling.table_lifetime as tables
    on settings.as_of_date = tables.as_of_date
    and tables.table_name = 'feature_usage'
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
    case when previous_known.is_known then previous_places.place end as previous_place,
    previous_known.first_date,
    previous_known.gap_days
  from recent
  cross join previous_known
  left join previous_places on recent.feature_name = previous_places.feature_name
),

stacked as (
  select
    as_of_date,
    window_days,
    place,
    feature_name,
    uses,
    users,
    previous_uses,
    previous_users,
    previous_place,
    first_date,
    gap_days
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
    cast(null as bigint),
    previous_known.first_date,
    previous_known.gap_days
  from lifetime
  cross join previous_known
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
    cast(stacked.previous_place as bigint) as previous_rank,
    stacked.first_date as data_begin_date,
    stacked.gap_days
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
  previous_rank,
  data_begin_date,
  gap_days
from final
order by window_days nulls last, rank nulls last, feature_name nulls last
