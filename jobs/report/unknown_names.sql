-- about: Rows of the long window without a name. They count neither as a feature nor as a type of activity.
-- grain: table_name
-- reads: daily.unknown_day window
-- columns:
--   as_of_date   | date    |      | as-of date of the report
--   table_name   | text    |      | activity_log or feature_usage
--   rows         | integer | rows | rows of the long window
--   unknown_rows | integer | rows | those of them whose activity_type or feature_name is unknown
with

final as (
  select
    settings.as_of_date,
    days.table_name,
    cast(sum(days.rows) as bigint) as rows,
    cast(sum(days.unknown_rows) as bigint) as unknown_rows
  from daily.unknown_day as days
  inner join settings
    on days_between(days.event_date, settings.as_of_date) between 0 and settings.long_window_days - 1
  group by settings.as_of_date, days.table_name
)

select as_of_date, table_name, rows, unknown_rows
from final
order by table_name nulls last
