-- question: How many tickets are open, and is the backlog growing?
-- grain: event_date
-- reads: daily.day window, rolling.user_lifetime, rolling.table_lifetime, rolling.gap_window
-- columns:
--   as_of_date       | date    |         | as-of date of the report
--   event_date       | date    |         | a date of the long window from the first ticket on, without those that no export covers
--   tickets_created  | integer | tickets | tickets written on that date
--   tickets_resolved | integer | tickets | tickets resolved on that date
--   open_tickets     | integer | tickets | tickets written and not resolved up to the end of that date
with

begun as (
  select settings.as_of_date, settings.long_window_days, tables.first_date
  from settings
  inner join rolling.table_lifetime as tables
    on settings.as_of_date = tables.as_of_date
    and tables.table_name = 'support_tickets'
),

-- Counted off from the as-of date; 36600 dates are a century.
dates as (
  select begun.as_of_date, begun.as_of_date + cast(-offsets.i as integer) as event_date
  from begun
  cross join range(0, 36600) as offsets (i)
  where offsets.i < begun.long_window_days
    and days_between(begun.first_date, begun.as_of_date) >= offsets.i
),

days as (
  select
    dates.as_of_date,
    dates.event_date,
    coalesce(day.tickets_created, 0) as tickets_created,
    coalesce(day.tickets_resolved, 0) as tickets_resolved
  from dates
  left join daily.day as day on dates.event_date = day.event_date
),

now as (
  select cast(coalesce(sum(users.tickets_created - users.tickets_resolved), 0) as bigint) as open_tickets
  from rolling.user_lifetime as users
  inner join settings on users.as_of_date = settings.as_of_date
),

-- What is open at the end of a date is open now, less what was written since, and what was resolved since.
gaps as (
  select gaps.event_date
  from rolling.gap_window as gaps
  inner join settings on gaps.as_of_date = settings.as_of_date
  where gaps.table_name = 'support_tickets'
),

opened as (
  select
    days.as_of_date,
    days.event_date,
    days.tickets_created,
    days.tickets_resolved,
    now.open_tickets - cast(
      coalesce(
        sum(days.tickets_created - days.tickets_resolved) over (
          order by days.event_date desc nulls last
          rows between unbounded preceding and 1 preceding
        ),
        0
      ) as bigint
    ) as open_tickets
  from days
  cross join now
),

final as (
  select opened.as_of_date, opened.event_date, opened.tickets_created, opened.tickets_resolved, opened.open_tickets
  from opened
  left join gaps on opened.event_date = gaps.event_date
  where gaps.event_date is null
)

select as_of_date, event_date, tickets_created, tickets_resolved, open_tickets
from final
order by event_date nulls last
