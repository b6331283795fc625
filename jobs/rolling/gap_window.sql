-- about: Dates without data, by table, in the longest window and the one before it, and in the last 14 weeks. A date has no data if it has no export, and other exports hold less than half of a usual day for it.
-- grain: table_name, event_date
-- reads: rolling.row_lifetime, rolling.table_lifetime
-- columns:
--   as_of_date | date    |  | last day of the window
--   table_name | text    |  | activity_log, sessions, feature_usage or support_tickets
--   event_date | date    |  | a date without data, after the data of the table begin
--   amount     | integer |  | what other exports brought all the same, counted as in row_lifetime
with

due as (
  select tables.as_of_date, absences.table_name, absences.event_date
  from absences
  inner join rolling.table_lifetime as tables
    on absences.table_name = tables.table_name
    and tables.table_name <> 'users'
    and absences.event_date > tables.first_date
  inner join settings
    on tables.as_of_date = settings.as_of_date
    and days_between(absences.event_date, settings.as_of_date) between 0 and greatest(2 * settings.long_window_days, 98) - 1
),

amounts as (
  select rows.table_name, rows.event_date, rows.amount
  from rolling.row_lifetime as rows
  inner join settings
    on rows.as_of_date = settings.as_of_date
    and days_between(rows.event_date, settings.as_of_date) between 0 and greatest(2 * settings.long_window_days, 98) - 1
),

usual as (
  select amounts.table_name, count(*) as days, cast(sum(amounts.amount) as bigint) as amount
  from amounts
  left join due on amounts.table_name = due.table_name and amounts.event_date = due.event_date
  where due.event_date is null
  group by amounts.table_name
),

final as (
  select due.as_of_date, due.table_name, due.event_date, coalesce(amounts.amount, 0) as amount
  from due
  left join amounts on due.table_name = amounts.table_name and due.event_date = amounts.event_date
  left join usual on due.table_name = usual.table_name
  where amounts.amount is null
    or 2 * cast(amounts.amount as double) * usual.days < usual.amount
)

select as_of_date, table_name, event_date, amount
from final
order by table_name nulls last, event_date nulls last
