-- question: How long are sessions?
-- grain: window_days
-- reads: daily.session_length_day window, rolling.user_window
-- columns:
--   as_of_date      | date    |          | as-of date of the report
--   window_days     | integer | days     | length of the window
--   closed_sessions | integer | sessions | sessions begun in the window that have ended
--   open_sessions   | integer | sessions | sessions begun in the window that have not, which have no length
--   average_seconds | double  | seconds  | mean length of a closed session; missing when there is none
--   median_seconds  | double  | seconds  | median of the lengths of sessions, not of means of users, between two by linear interpolation
--   p90_seconds     | double  | seconds  | 90th percentile of them, likewise
--   longest_seconds | integer | seconds  | length of the longest session
with

bounds as (
  select
    windows.window_days,
    settings.as_of_date,
    settings.as_of_date + cast(1 - windows.window_days as integer) as first_date
  from settings
  cross join windows
),

lengths as (
  select bounds.window_days, days.duration_seconds, cast(sum(days.sessions) as bigint) as sessions
  from daily.session_length_day as days
  inner join bounds on days.event_date between bounds.first_date and bounds.as_of_date
  group by bounds.window_days, days.duration_seconds
),

totals as (
  select
    window_days,
    cast(sum(sessions) as bigint) as sessions,
    cast(sum(sessions * duration_seconds) as bigint) as session_seconds,
    max(duration_seconds) as longest_seconds
  from lengths
  group by window_days
),

-- Sessions in order of length are at places 0 to n - 1; a length covers the places below `up_to` that shorter ones leave.
places as (
  select
    window_days,
    duration_seconds,
    cast(
      sum(sessions) over (
        partition by window_days
        order by duration_seconds nulls last
        rows between unbounded preceding and current row
      ) as bigint
    ) as up_to
  from lengths
),

-- The median lies at place (n - 1) * 5 / 10, the 90th percentile at (n - 1) * 9 / 10, in whole numbers to be exact.
quantiles as (
  select
    totals.window_days,
    tenths.i as tenths,
    int_div((totals.sessions - 1) * tenths.i, 10) as place,
    (totals.sessions - 1) * tenths.i - 10 * int_div((totals.sessions - 1) * tenths.i, 10) as rest
  from totals
  cross join range(1, 10) as tenths (i)
  where tenths.i in (5, 9)
),

neighbours as (
  select
    quantiles.window_days,
    quantiles.tenths,
    quantiles.rest,
    min(places.duration_seconds) filter (where places.up_to > quantiles.place) as below,
    min(places.duration_seconds) filter (where places.up_to > quantiles.place + 1) as above
  from quantiles
  inner join places on quantiles.window_days = places.window_days
  group by quantiles.window_days, quantiles.tenths, quantiles.rest
),

interpolated as (
  select
    window_days,
    tenths,
    cast(below as double) + cast(coalesce(above, below) - below as double) * rest / 10 as seconds
  from neighbours
),

begun as (
  select users.window_days, cast(sum(users.sessions) as bigint) as sessions
  from rolling.user_window as users
  inner join settings on users.as_of_date = settings.as_of_date
  group by users.window_days
),

final as (
  select
    bounds.as_of_date,
    bounds.window_days,
    coalesce(totals.sessions, 0) as closed_sessions,
    coalesce(begun.sessions, 0) - coalesce(totals.sessions, 0) as open_sessions,
    cast(totals.session_seconds as double) / nullif(totals.sessions, 0) as average_seconds,
    medians.seconds as median_seconds,
    ninetieths.seconds as p90_seconds,
    totals.longest_seconds
  from bounds
  left join totals on bounds.window_days = totals.window_days
  left join begun on bounds.window_days = begun.window_days
  left join interpolated as medians on bounds.window_days = medians.window_days and medians.tenths = 5
  left join interpolated as ninetieths on bounds.window_days = ninetieths.window_days and ninetieths.tenths = 9
)

select
  as_of_date,
  window_days,
  closed_sessions,
  open_sessions,
  average_seconds,
  median_seconds,
  p90_seconds,
  longest_seconds
from final
order by window_days nulls last
