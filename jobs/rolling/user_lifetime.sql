-- about: What each user did from the first export to the as-of date.
-- grain: user_id
-- reads: previous.user_lifetime before, daily.user_day since
-- columns:
--   as_of_date              | date    |            | last day counted
--   user_id                 | id      |            | the user
--   first_date              | date    |            | first day with anything of the user
--   last_date               | date    |            | last day with anything of the user
--   first_login_date        | date    |            | first day with a session; missing when there is none
--   last_login_date         | date    |            | last day with a session; missing when there is none
--   last_activity_date      | date    |            | last day with an activity; missing when there is none
--   activities              | integer | activities | activities
--   active_days             | integer | days       | days with an activity
--   sessions                | integer | sessions   | sessions begun, open ones included
--   closed_sessions         | integer | sessions   | those of them that have ended
--   session_seconds         | integer | seconds    | length of the closed sessions together
--   longest_session_seconds | integer | seconds    | length of the longest closed session; missing when there is none
--   feature_uses            | integer | uses       | uses of features
--   tickets_created         | integer | tickets    | tickets written
--   tickets_resolved        | integer | tickets    | tickets of the user that were resolved
--   resolution_seconds      | integer | seconds    | time from writing to resolution of those resolved, together
with

earlier as (
  select max(lifetime.as_of_date) as as_of_date
  from previous.user_lifetime as lifetime
  inner join settings on lifetime.as_of_date < settings.as_of_date
),

stacked as (
  select
    lifetime.user_id,
    lifetime.first_date,
    lifetime.last_date,
    lifetime.first_login_date,
    lifetime.last_login_date,
    lifetime.last_activity_date,
    lifetime.activities,
    lifetime.active_days,
    lifetime.sessions,
    lifetime.closed_sessions,
    lifetime.session_seconds,
    lifetime.longest_session_seconds,
    lifetime.feature_uses,
    lifetime.tickets_created,
    lifetime.tickets_resolved,
    lifetime.resolution_seconds
  from previous.user_lifetime as lifetime
  inner join earlier on lifetime.as_of_date = earlier.as_of_date
  union all
  select
    days.user_id,
    days.event_date,
    days.event_date,
    case when days.sessions > 0 then days.event_date end,
    case when days.sessions > 0 then days.event_date end,
    case when days.activities > 0 then days.event_date end,
    days.activities,
    case when days.activities > 0 then 1 else 0 end,
    days.sessions,
    days.closed_sessions,
    days.session_seconds,
    days.longest_session_seconds,
    days.feature_uses,
    days.tickets_created,
    days.tickets_resolved,
    days.resolution_seconds
  from daily.user_day as days
  cross join settings
  cross join earlier
  where days.event_date <= settings.as_of_date
    and (earlier.as_of_date is null or days.event_date > earlier.as_of_date)
),

final as (
  select
    settings.as_of_date,
    stacked.user_id,
    min(stacked.first_date) as first_date,
    max(stacked.last_date) as last_date,
    min(stacked.first_login_date) as first_login_date,
    max(stacked.last_login_date) as last_login_date,
    max(stacked.last_activity_date) as last_activity_date,
    cast(sum(stacked.activities) as bigint) as activities,
    cast(sum(stacked.active_days) as bigint) as active_days,
    cast(sum(stacked.sessions) as bigint) as sessions,
    cast(sum(stacked.closed_sessions) as bigint) as closed_sessions,
    cast(sum(stacked.session_seconds) as bigint) as session_seconds,
    max(stacked.longest_session_seconds) as longest_session_seconds,
    cast(sum(stacked.feature_uses) as bigint) as feature_uses,
    cast(sum(stacked.tickets_created) as bigint) as tickets_created,
    cast(sum(stacked.tickets_resolved) as bigint) as tickets_resolved,
    cast(sum(stacked.resolution_seconds) as bigint) as resolution_seconds
  from stacked
  cross join settings
  group by settings.as_of_date, stacked.user_id
)

select
  as_of_date,
  user_id,
  first_date,
  last_date,
  first_login_date,
  last_login_date,
  last_activity_date,
  activities,
  active_days,
  sessions,
  closed_sessions,
  session_seconds,
  longest_session_seconds,
  feature_uses,
  tickets_created,
  tickets_resolved,
  resolution_seconds
from final
order by user_id nulls last
