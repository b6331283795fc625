-- about: What each user did in each window. One row for each user with any data in it.
-- grain: window_days, user_id
-- reads: daily.user_day window, rolling.user_feature_window
-- columns:
--   as_of_date              | date    |            | last day of the window
--   window_days             | integer | days       | length of the window
--   user_id                 | id      |            | the user
--   activities              | integer | activities | activities
--   active_days             | integer | days       | days with an activity
--   sessions                | integer | sessions   | sessions begun, open ones included
--   closed_sessions         | integer | sessions   | those of them that have ended
--   session_seconds         | integer | seconds    | length of the closed sessions together
--   longest_session_seconds | integer | seconds    | length of the longest closed session; missing when there is none
--   features                | integer | features   | different features used, counted exactly; unknown is none
--   feature_uses            | integer | uses       | uses of features, unknown ones included
--   tickets_created         | integer | tickets    | tickets written
--   tickets_resolved        | integer | tickets    | tickets of the user that were resolved
--   resolution_seconds      | integer | seconds    | time from writing to resolution of those resolved, together
--   last_login_date         | date    |            | last day with a session; missing when there is none
--   last_activity_date      | date    |            | last day with an activity; missing when there is none
with

features as (
  select uses.as_of_date, uses.window_days, uses.user_id, count(*) as features
  from rolling.user_feature_window as uses
  inner join settings on uses.as_of_date = settings.as_of_date
  where uses.feature_name <> 'unknown'
  group by uses.as_of_date, uses.window_days, uses.user_id
),

-- each day is added up once, as part of the shortest window that it is in
parts as (
  select
    case
      when days.event_date > settings.as_of_date - cast(settings.short_window_days as integer)
        then settings.short_window_days
      else settings.long_window_days
    end as part_days,
    days.user_id,
    cast(sum(days.activities) as bigint) as activities,
    count(*) filter (where days.activities > 0) as active_days,
    cast(sum(days.sessions) as bigint) as sessions,
    cast(sum(days.closed_sessions) as bigint) as closed_sessions,
    cast(sum(days.session_seconds) as bigint) as session_seconds,
    max(days.longest_session_seconds) as longest_session_seconds,
    cast(sum(days.feature_uses) as bigint) as feature_uses,
    cast(sum(days.tickets_created) as bigint) as tickets_created,
    cast(sum(days.tickets_resolved) as bigint) as tickets_resolved,
    cast(sum(days.resolution_seconds) as bigint) as resolution_seconds,
    max(days.event_date) filter (where days.sessions > 0) as last_login_date,
    max(days.event_date) filter (where days.activities > 0) as last_activity_date
  from daily.user_day as days
  inner join settings
    on days.event_date between settings.as_of_date + cast(1 - settings.long_window_days as integer) and settings.as_of_date
  group by part_days, days.user_id
),

totals as (
  select
    settings.as_of_date,
    windows.window_days,
    parts.user_id,
    cast(sum(parts.activities) as bigint) as activities,
    cast(sum(parts.active_days) as bigint) as active_days,
    cast(sum(parts.sessions) as bigint) as sessions,
    cast(sum(parts.closed_sessions) as bigint) as closed_sessions,
    cast(sum(parts.session_seconds) as bigint) as session_seconds,
    max(parts.longest_session_seconds) as longest_session_seconds,
    cast(sum(parts.feature_uses) as bigint) as feature_uses,
    cast(sum(parts.tickets_created) as bigint) as tickets_created,
    cast(sum(parts.tickets_resolved) as bigint) as tickets_resolved,
    cast(sum(parts.resolution_seconds) as bigint) as resolution_seconds,
    max(parts.last_login_date) as last_login_date,
    max(parts.last_activity_date) as last_activity_date
  from parts
  inner join windows on parts.part_days <= windows.window_days
  cross join settings
  group by settings.as_of_date, windows.window_days, parts.user_id
),

final as (
  select
    totals.as_of_date,
    totals.window_days,
    totals.user_id,
    totals.activities,
    totals.active_days,
    totals.sessions,
    totals.closed_sessions,
    totals.session_seconds,
    totals.longest_session_seconds,
    coalesce(features.features, 0) as features,
    totals.feature_uses,
    totals.tickets_created,
    totals.tickets_resolved,
    totals.resolution_seconds,
    totals.last_login_date,
    totals.last_activity_date
  from totals
  left join features
    on totals.as_of_date = features.as_of_date
    and totals.window_days = features.window_days
    and totals.user_id = features.user_id
)

select
  as_of_date,
  window_days,
  user_id,
  activities,
  active_days,
  sessions,
  closed_sessions,
  session_seconds,
  longest_session_seconds,
  features,
  feature_uses,
  tickets_created,
  tickets_resolved,
  resolution_seconds,
  last_login_date,
  last_activity_date
from final
order by window_days nulls last, user_id nulls last
