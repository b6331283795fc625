-- about: Rows of each table by date, up to the as-of date.
-- grain: table_name, event_date
-- reads: previous.row_lifetime before, daily.day since
-- columns:
--   as_of_date | date    |  | last day counted
--   table_name | text    |  | activity_log, sessions, feature_usage or support_tickets
--   event_date | date    |  | a date with rows of it
--   amount     | integer |  | activities, sessions begun, uses of features, or tickets written and resolved
with

earlier as (
  select max(lifetime.as_of_date) as as_of_date
  from previous.row_lifetime as lifetime
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
  select lifetime.table_name, lifetime.event_date, lifetime.amount
  from previous.row_lifetime as lifetime
  inner join earlier on lifetime.as_of_date = earlier.as_of_date
  union all
  select 'activity_log', event_date, activities from days
  union all
  select 'sessions', event_date, sessions from days
  union all
  select 'feature_usage', event_date, feature_uses from days
  union all
  select 'support_tickets', event_date, tickets from days
),

final as (
  select settings.as_of_date, stacked.table_name, stacked.event_date, stacked.amount
  from stacked
  cross join settings
  where stacked.amount > 0
)

select as_of_date, table_name, event_date, amount
from final
order by table_name nulls last, event_date nulls last
