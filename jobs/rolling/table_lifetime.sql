-- about: The first and the last date with data of each table, up to the as-of date. A table without any export or row has no row.
-- grain: table_name
-- reads: rolling.row_lifetime, clean.users until
-- columns:
--   as_of_date | date |  | last day counted
--   table_name | text |  | activity_log, sessions, feature_usage, support_tickets or users
--   first_date | date |  | date on which the data begin: the first that has at least half of the mean of the 28 days from it on, so that early rows in later exports do not count; the date of the first export where that is before all rows, because an empty export says that nothing happened; of users the first sign-up, missing where none has a date
--   last_date  | date |  | last date with rows of it; missing when there are none
with

days as (
  select rows.table_name, rows.event_date, rows.amount
  from rolling.row_lifetime as rows
  inner join settings on rows.as_of_date = settings.as_of_date
),

totals as (
  select
    table_name,
    count(*) as days,
    cast(sum(amount) as bigint) as amount,
    min(event_date) as earliest_date,
    max(event_date) as last_date
  from days
  group by table_name
),

following as (
  select
    days.table_name,
    days.event_date,
    days.amount,
    count(*) as days,
    cast(sum(later.amount) as bigint) as following_amount
  from days
  inner join days as later
    on days.table_name = later.table_name
    and days_between(days.event_date, later.event_date) between 0 and 27
  group by days.table_name, days.event_date, days.amount
),

-- A hundredth of the mean of all days keeps out rows that lie far before all others.
begun as (
  select following.table_name, min(following.event_date) as first_date
  from following
  inner join totals on following.table_name = totals.table_name
  where 2 * cast(following.amount as double) * following.days >= following.following_amount
    and 100 * cast(following.amount as double) * totals.days >= totals.amount
  group by following.table_name
),

delivered as (
  select table_name, min(first_date) as first_date
  from deliveries
  where table_name in ('activity_log', 'sessions', 'feature_usage', 'support_tickets')
  group by table_name
),

final as (
  select
    settings.as_of_date,
    coalesce(totals.table_name, delivered.table_name) as table_name,
    case
      when totals.earliest_date <= delivered.first_date then begun.first_date
      else coalesce(delivered.first_date, begun.first_date)
    end as first_date,
    totals.last_date
  from totals
  inner join begun on totals.table_name = begun.table_name
  full join delivered on totals.table_name = delivered.table_name
  cross join settings
  union all
  select settings.as_of_date, 'users', min(users.created_date), max(users.created_date)
  from clean.users as users
  cross join settings
  where users.created_date is null
    or users.created_date <= settings.as_of_date
  group by settings.as_of_date
)

select as_of_date, table_name, first_date, last_date
from final
order by table_name nulls last
