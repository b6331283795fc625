-- about: From when to when each table has rows, up to the as-of date. A table without a row here has no data.
-- grain: table_name
-- reads: previous.table_lifetime before, daily.day since, clean.users until
-- columns:
--   as_of_date | date |  | last day counted
--   table_name | text |  | activity_log, sessions, feature_usage, support_tickets or users
--   first_date | date |  | first date with rows of it; of users the first sign-up, missing where none has a date
--   last_date  | date |  | last date with rows of it
with

earlier as (
  select max(lifetime.as_of_date) as as_of_date
  from previous.table_lifetime as lifetime
  inner join settings on lifetime.as_of_date < settings.as_of_date
),

days as (
  select
    days.event_date,
    days.activities,
    days.sessions,
    days.feature_uses,
    days.tickets_created + days.tickets_resolved as tickets
  from daily.day as days
  cross join settings
  cross join earlier
  where days.event_date <= settings.as_of_date
    and (earlier.as_of_date is null or days.event_date > earlier.as_of_date)
),

stacked as (
  select lifetime.table_name, lifetime.first_date, lifetime.last_date
  from previous.table_lifetime as lifetime
  inner join earlier on lifetime.as_of_date = earlier.as_of_date
  where lifetime.table_name <> 'users'
  union all
  select 'activity_log', event_date, event_date
  from days
  where activities > 0
  union all
  select 'sessions', event_date, event_date
  from days
  where sessions > 0
  union all
  select 'feature_usage', event_date, event_date
  from days
  where feature_uses > 0
  union all
  select 'support_tickets', event_date, event_date
  from days
  where tickets > 0
  union all
  select 'users', users.created_date, users.created_date
  from clean.users as users
  cross join settings
  where users.created_date is null
    or users.created_date <= settings.as_of_date
),

final as (
  select
    settings.as_of_date,
    stacked.table_name,
    min(stacked.first_date) as first_date,
    max(stacked.last_date) as last_date
  from stacked
  cross join settings
  group by settings.as_of_date, stacked.table_name
)

select as_of_date, table_name, first_date, last_date
from final
order by table_name nulls last
