-- question: How long does it take to resolve a ticket?
-- grain: scope, window_days
-- reads: daily.ticket_day window, rolling.resolution_lifetime, rolling.user_window, rolling.user_lifetime
-- columns:
--   as_of_date      | date    |         | as-of date of the report
--   scope           | text    |         | all: every ticket; window: those resolved in the window
--   window_days     | integer | days    | length of the window; missing for all
--   tickets         | integer | tickets | tickets resolved
--   tickets_created | integer | tickets | tickets written in the same time
--   open_tickets    | integer | tickets | tickets not resolved up to the as-of date, which have no length; missing for windows
--   average_seconds | double  | seconds | mean time from writing to resolution; missing when there is none
--   median_seconds  | double  | seconds | median of it, between two tickets by linear interpolation
--   p90_seconds     | double  | seconds | 90th percentile of it, likewise
with

-- All tickets are window 0 until the end.
bounds as (
  select
    windows.window_days,
    settings.as_of_date,
    settings.as_of_date + cast(1 - windows.window_days as integer) as first_date
  from settings
  cross join windows
),

scopes as (
  select as_of_date, window_days
  from bounds
  union all
  select as_of_date, 0
  from settings
),

lengths as (
  select bounds.window_days, days.resolution_seconds, count(*) as tickets
  from daily.ticket_day as days
  inner join bounds on days.event_date between bounds.first_date and bounds.as_of_date
  group by bounds.window_days, days.resolution_seconds
  union all
  select 0, lifetime.resolution_seconds, lifetime.tickets
  from rolling.resolution_lifetime as lifetime
  inner join settings on lifetime.as_of_date = settings.as_of_date
),

totals as (
  select
    window_days,
    cast(sum(tickets) as bigint) as tickets,
    cast(sum(tickets * resolution_seconds) as bigint) as resolution_seconds
  from lengths
  group by window_days
),

-- Tickets in order of length are at places 0 to n - 1; a length covers the places below `up_to` that shorter ones leave.
places as (
  select
    window_days,
    resolution_seconds,
    cast(
      sum(tickets) over (
        partition by window_days
        order by resolution_seconds nulls last
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
    int_div((totals.tickets - 1) * tenths.i, 10) as place,
    (totals.tickets - 1) * tenths.i - 10 * int_div((totals.tickets - 1) * tenths.i, 10) as rest
  from totals
  cross join range(1, 10) as tenths (i)
  where tenths.i in (5, 9)
),

neighbours as (
  select
    quantiles.window_days,
    quantiles.tenths,
    quantiles.rest,
    min(places.resolution_seconds) filter (where places.up_to > quantiles.place) as below,
    min(places.resolution_seconds) filter (where places.up_to > quantiles.place + 1) as above
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

written as (
  select
    users.window_days,
    cast(sum(users.tickets_created) as bigint) as tickets_created,
    cast(null as bigint) as open_tickets
  from rolling.user_window as users
  inner join settings on users.as_of_date = settings.as_of_date
  group by users.window_days
  union all
  select
    0,
    cast(sum(lifetime.tickets_created) as bigint),
    cast(sum(lifetime.tickets_created - lifetime.tickets_resolved) as bigint)
  from rolling.user_lifetime as lifetime
  inner join settings on lifetime.as_of_date = settings.as_of_date
),

final as (
  select
    scopes.as_of_date,
    case when scopes.window_days = 0 then 'all' else 'window' end as scope,
    nullif(scopes.window_days, 0) as window_days,
    coalesce(totals.tickets, 0) as tickets,
    coalesce(written.tickets_created, 0) as tickets_created,
    case when scopes.window_days = 0 then coalesce(written.open_tickets, 0) end as open_tickets,
    cast(totals.resolution_seconds as double) / nullif(totals.tickets, 0) as average_seconds,
    medians.seconds as median_seconds,
    ninetieths.seconds as p90_seconds
  from scopes
  left join totals on scopes.window_days = totals.window_days
  left join written on scopes.window_days = written.window_days
  left join interpolated as medians on scopes.window_days = medians.window_days and medians.tenths = 5
  left join interpolated as ninetieths on scopes.window_days = ninetieths.window_days and ninetieths.tenths = 9
)

select
  as_of_date,
  scope,
  window_days,
  tickets,
  tickets_created,
  open_tickets,
  average_seconds,
  median_seconds,
  p90_seconds
from final
order by scope nulls last, window_days nulls last
