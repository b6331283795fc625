-- about: The first and the last date with data of each table. The page leaves out questions whose tables are missing, or have no data in the long window.
-- grain: table_name
-- reads: rolling.table_lifetime, rolling.gap_window
-- columns:
--   as_of_date | date    |      | as-of date of the report
--   table_name | text    |      | a table with an export or data up to that date
--   first_date | date    |      | date on which its data begin, without early rows in later exports; an empty export counts; of users the first sign-up, missing where none has a date
--   last_date  | date    |      | last date with rows of it; missing when there are none
--   end_date   | date    |      | the day before its exports stop, where they do not reach the as-of date; missing where they do
--   gap_days   | integer | days | dates of the long window without data, after the data begin
--   has_data   | boolean |      | whether any date of the long window has data
with

gaps as (
  select
    gaps.table_name,
    gaps.event_date,
    days_between(gaps.event_date, settings.as_of_date) as days_ago,
    rank() over (partition by gaps.table_name order by gaps.event_date desc nulls last) as place
  from rolling.gap_window as gaps
  inner join settings on gaps.as_of_date = settings.as_of_date
),

-- A gap that reaches the as-of date has its dates at places 1, 2, 3 of the days that are 0, 1, 2 days ago.
counted as (
  select
    gaps.table_name,
    count(*) filter (where gaps.days_ago < settings.long_window_days) as gap_days,
    min(gaps.event_date) filter (where gaps.place = gaps.days_ago + 1) as stop_date
  from gaps
  cross join settings
  group by gaps.table_name
),

final as (
  select
    tables.as_of_date,
    tables.table_name,
    tables.first_date,
    tables.last_date,
    counted.stop_date - cast(1 as integer) as end_date,
    coalesce(counted.gap_days, 0) as gap_days,
    counted.stop_date is null
      or days_between(counted.stop_date, settings.as_of_date) < settings.long_window_days - 1 as has_data
  from rolling.table_lifetime as tables
  inner join settings on tables.as_of_date = settings.as_of_date
  left join counted on tables.table_name = counted.table_name
)

select as_of_date, table_name, first_date, last_date, end_date, gap_days, has_data
from final
order by table_name nulls last
