-- about: Session lengths of each day, as counts by length. Quantiles over any days follow from them exactly.
-- grain: event_date, duration_seconds
-- reads: clean.sessions
-- columns:
--   event_date       | date    |          | business date of the login
--   duration_seconds | integer | seconds  | a length of closed sessions
--   sessions         | integer | sessions | closed sessions begun on that day that took exactly as long
with

final as (
  select event_date, duration_seconds, count(*) as sessions
  from clean.sessions
  where duration_seconds is not null
  group by event_date, duration_seconds
)

select event_date, duration_seconds, sessions
from final
order by duration_seconds nulls last
