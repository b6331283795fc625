-- about: Rows of each day without a name: activities of an unknown type, and uses of an unknown feature.
-- grain: event_date, table_name
-- reads: clean.activity_log, clean.feature_usage
-- columns:
--   event_date   | date    |      | business date
--   table_name   | text    |      | activity_log or feature_usage
--   rows         | integer | rows | rows of that day
--   unknown_rows | integer | rows | those of them whose activity_type or feature_name is unknown
with

final as (
  select
    event_date,
    'activity_log' as table_name,
    count(*) as rows,
    count(*) filter (where activity_type = 'unknown') as unknown_rows
  from clean.activity_log
  group by event_date
  union all
  select event_date, 'feature_usage', count(*), count(*) filter (where feature_name = 'unknown')
  from clean.feature_usage
  group by event_date
)

select event_date, table_name, rows, unknown_rows
from final
order by table_name nulls last
