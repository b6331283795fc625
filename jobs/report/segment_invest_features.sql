-- question: Which features are worth more work?
-- grain: feature_name
-- reads: rolling.feature_window, daily.feature_day two_windows, rolling.table_lifetime, rolling.gap_window
-- columns:
--   as_of_date    | date    |       | as-of date of the report
--   feature_name  | text    |       | a feature with a place up to `top_features` by uses, or by growth
--   rank          | integer |       | place by uses in the short window; equal uses share a place
--   growth_rank   | integer |       | place by growth; missing when the feature does not grow
--   uses          | integer | uses  | uses in the window
--   users         | integer | users | users in the window, counted exactly
--   previous_uses | integer | uses  | uses in the window before; missing unless the data cover both windows
--   uses_change   | integer | uses  | uses less those of the window before
--   is_growing    | boolean |       | whether there are more than in the window before; missing when that is not known
--   reason        | text    |       | why the feature is in
with

recent as (
  select
    features.as_of_date,
    features.window_days,
    features.feature_name,
    features.uses,
    features.users,
    cast(rank() over (order by features.uses desc nulls last) as bigint) as rank
  from rolling.feature_window as features
  inner join settings
    on features.as_of_date = settings.as_of_date
    and features.window_days = settings.short_window_days
),

previous_window as (
  select days.feature_name, cast(sum(days.uses) as bigint) as uses
  from daily.feature_day as days
  inner join settings
    on days_between(days.event_date, settings.as_of_date)
      between settings.short_window_days and 2 * settings.short_window_days - 1
  where days.feature_name <> 'unknown'
  group by days.feature_name
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
    days_between(tables.first_date, settings.as_of_date) >= 2 * settings.short_window_days - 1
      and gaps.days + gaps.previous_days = 0 as is_known
  from settings
  cross join gaps
  left join rolling.table_lifetime as tables
    on settings.as_of_date = tables.as_of_date
    and tables.table_name = 'feature_usage'
),

changes as (
  select
    recent.as_of_date,
    recent.window_days,
    recent.feature_name,
    recent.rank,
    recent.uses,
    recent.users,
    case when previous_known.is_known then coalesce(previous_window.uses, 0) end as previous_uses,
    case when previous_known.is_known then recent.uses - coalesce(previous_window.uses, 0) end as uses_change
  from recent
  cross join previous_known
  left join previous_window on recent.feature_name = previous_window.feature_name
),

places as (
  select
    as_of_date,
    window_days,
    feature_name,
    rank,
    case
      when uses_change > 0 then cast(rank() over (order by uses_change desc nulls last) as bigint)
    end as growth_rank,
    uses,
    users,
    previous_uses,
    uses_change,
    uses_change > 0 as is_growing
  from changes
),

final as (
  select
    places.as_of_date,
    places.feature_name,
    places.rank,
    places.growth_rank,
    places.uses,
    places.users,
    places.previous_uses,
    places.uses_change,
    places.is_growing,
    'number ' || cast(places.rank as string) || ' with ' || cast(places.uses as string)
      || case when places.uses = 1 then ' use by ' else ' uses by ' end || cast(places.users as string)
      || case when places.users = 1 then ' user in ' else ' users in ' end
      || cast(places.window_days as string) || ' days; '
      || case
        when places.uses_change is null
          then 'nothing known of the ' || cast(places.window_days as string) || ' days before'
        when places.uses_change > 0 then 'growing, ' || cast(places.previous_uses as string) || ' in the ' || cast(places.window_days as string) || ' days before'
        else 'not growing, ' || cast(places.previous_uses as string) || ' in the ' || cast(places.window_days as string) || ' days before'
      end as reason
  from places
  cross join settings
  where places.rank <= settings.top_features
    or places.growth_rank <= settings.top_features
)

select
  as_of_date,
  feature_name,
  rank,
  growth_rank,
  uses,
  users,
  previous_uses,
  uses_change,
  is_growing,
  reason
from final
order by rank nulls last, feature_name nulls last
