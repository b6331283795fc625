-- about: Session lengths of each day: the chart of session_percentiles.
-- grain: event_date
-- reads: daily.session_length_day window, rolling.gap_window
-- columns:
--   as_of_date      | date    |          | as-of date of the report
--   event_date      | date    |          | a day of the long window with a session that has ended, without those that no export covers
--   closed_sessions | integer | sessions | sessions begun on that day that have ended
--   median_seconds  | double  | seconds  | median of their lengths, between two by linear interpolation
--   p90_seconds     | double  | seconds  | 90th percentile of them, likewise
with

lengths as (
  select days.event_date, days.duration_seconds, days.sessions
  from daily.session_length_day as days
  inner join settings
    on days_between(days.event_date, settings.as_of_date) between 0 and settings.long_window_days - 1
  left join rolling.gap_window as gaps
    on settings.as_of_date = gaps.as_of_date
    and days.event_date = gaps.event_date
    and gaps.table_name = 'sessions'
  where gaps.event_date is null
),

totals as (
  select
    event_date,
    cast(sum(sessions) as bigint) as sessions
  from lengths
  group by event_date
),

-- Sessions in order of length are at places 0 to n - 1; a length covers the places below `up_to` that shorter ones leave.
places as (
  select
    event_date,
    duration_seconds,
    cast(
      sum(sessions) over (
        partition by event_date
        order by duration_seconds nulls last
        rows between unbounded preceding and current row
      ) as bigint
    ) as up_to
  from lengths
),

-- The median lies at place (n - 1) * 5 / 10, the 90th percentile at (n - 1) * 9 / 10, in whole numbers to be exact.
quantiles as (
  select
    totals.event_date,
    tenths.i as tenths,
    int_div((totals.sessions - 1) * tenths.i, 10) as place,
    (totals.sessions - 1) * tenths.i - 10 * int_div((totals.sessions - 1) * tenths.i, 10) as rest
  from totals
  cross join range(1, 10) as tenths (i)
  where tenths.i in (5, 9)
),

neighbours as (
  select
    quantiles.event_date,
    quantiles.tenths,
    quantiles.rest,
    min(places.duration_seconds) filter (where places.up_to > quantiles.place) as below,
    min(places.duration_seconds) filter (where places.up_to > quantiles.place + 1) as above
  from quantiles
  inner join places on quantiles.event_date = places.event_date
  group by quantiles.event_date, quantiles.tenths, quantiles.rest
),

interpolated as (
  select
    event_date,
    tenths,
    cast(below as double) + cast(coalesce(above, below) - below as double) * rest / 10 as seconds
  from neighbours
),

final as (
  select
    settings.as_of_date,
    totals.event_date,
    totals.sessions as closed_sessions,
    medians.seconds as median_seconds,
    ninetieths.seconds as p90_seconds
  from totals
  cross join settings
  inner join interpolated as medians on totals.event_date = medians.event_date and medians.tenths = 5
  inner join interpolated as ninetieths on totals.event_date = ninetieths.event_date and ninetieths.tenths = 9
)

select as_of_date, event_date, closed_sessions, median_seconds, p90_seconds
from final
order by event_date nulls last
