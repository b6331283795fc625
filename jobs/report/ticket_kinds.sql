-- question: What are tickets about, and how urgent are they?
-- grain: kind, name
-- reads: clean.support_tickets until, rolling.table_lifetime, rolling.gap_window
-- columns:
--   as_of_date       | date    |         | as-of date of the report
--   kind             | text    |         | category or priority; one that no ticket has is left out
--   rank             | integer |         | place within the kind by tickets written in the window; equal ones share a place
--   name             | text    |         | a category or priority; none for the tickets without one
--   tickets_created  | integer | tickets | tickets written in the short window
--   previous_created | integer | tickets | tickets written in the window before; missing unless the data cover both windows
--   open_tickets     | integer | tickets | tickets written and not resolved up to the as-of date, whenever they were written
--   tickets_resolved | integer | tickets | tickets resolved in the short window
--   median_seconds   | double  | seconds | median time from writing to resolution of those, between two by linear interpolation
--   p90_seconds      | double  | seconds | 90th percentile of it, likewise
with

tickets as (
  select
    settings.as_of_date,
    settings.short_window_days,
    tickets.ticket_id,
    tickets.category,
    tickets.priority,
    days_between(tickets.created_date, settings.as_of_date) as created_days_ago,
    days_between(tickets.resolved_date, settings.as_of_date) as resolved_days_ago,
    tickets.resolution_seconds
  from clean.support_tickets as tickets
  inner join settings on tickets.created_date <= settings.as_of_date
),

gaps as (
  select count(*) as days
  from rolling.gap_window as gaps
  inner join settings
    on gaps.as_of_date = settings.as_of_date
    and days_between(gaps.event_date, settings.as_of_date) < 2 * settings.short_window_days
  where gaps.table_name = 'support_tickets'
),

previous_known as (
  select
    days_between(tables.first_date, settings.as_of_date) >= 2 * settings.short_window_days - 1
      and gaps.days = 0 as is_known
  from settings
  cross join gaps
  inner join rolling.table_lifetime as tables
    on settings.as_of_date = tables.as_of_date
    and tables.table_name = 'support_tickets'
),

stacked as (
  select
    'category' as kind,
    category as name,
    as_of_date,
    short_window_days,
    ticket_id,
    created_days_ago,
    resolved_days_ago,
    resolution_seconds
  from tickets
  union all
  select
    'priority',
    priority,
    as_of_date,
    short_window_days,
    ticket_id,
    created_days_ago,
    resolved_days_ago,
    resolution_seconds
  from tickets
),

known as (
  select kind
  from stacked
  group by kind
  having count(name) > 0
),

counted as (
  select
    stacked.as_of_date,
    stacked.kind,
    coalesce(stacked.name, 'none') as name,
    count(*) filter (where stacked.created_days_ago < stacked.short_window_days) as tickets_created,
    count(*) filter (
      where stacked.created_days_ago between stacked.short_window_days and 2 * stacked.short_window_days - 1
    ) as previous_created,
    count(*) filter (where stacked.resolved_days_ago is null or stacked.resolved_days_ago < 0) as open_tickets,
    count(*) filter (
      where stacked.resolved_days_ago between 0 and stacked.short_window_days - 1
    ) as tickets_resolved
  from stacked
  inner join known on stacked.kind = known.kind
  group by stacked.as_of_date, stacked.kind, coalesce(stacked.name, 'none')
),

-- Tickets in order of their time have the places 1 to n.
placed as (
  select
    kind,
    coalesce(name, 'none') as name,
    resolution_seconds,
    count(*) over (
      partition by kind, coalesce(name, 'none')
      order by resolution_seconds nulls last, ticket_id nulls last
      rows between unbounded preceding and current row
    ) as place,
    count(*) over (partition by kind, coalesce(name, 'none')) as tickets
  from stacked
  where resolved_days_ago between 0 and short_window_days - 1
),

-- The median lies (n - 1) * 5 / 10 places after the first, the 90th percentile (n - 1) * 9 / 10.
neighbours as (
  select
    kind,
    name,
    max(case when place = int_div((tickets - 1) * 5, 10) + 1 then resolution_seconds end) as median_below,
    max(case when place = int_div((tickets - 1) * 5, 10) + 2 then resolution_seconds end) as median_above,
    max(case when place = int_div((tickets - 1) * 9, 10) + 1 then resolution_seconds end) as p90_below,
    max(case when place = int_div((tickets - 1) * 9, 10) + 2 then resolution_seconds end) as p90_above,
    max((tickets - 1) * 5 - 10 * int_div((tickets - 1) * 5, 10)) as median_rest,
    max((tickets - 1) * 9 - 10 * int_div((tickets - 1) * 9, 10)) as p90_rest
  from placed
  group by kind, name
),

final as (
  select
    counted.as_of_date,
    counted.kind,
    cast(rank() over (partition by counted.kind order by counted.tickets_created desc nulls last) as bigint) as rank,
    counted.name,
    counted.tickets_created,
    case when previous_known.is_known then counted.previous_created end as previous_created,
    counted.open_tickets,
    counted.tickets_resolved,
    cast(neighbours.median_below as double)
      + cast(coalesce(neighbours.median_above, neighbours.median_below) - neighbours.median_below as double)
      * neighbours.median_rest / 10 as median_seconds,
    cast(neighbours.p90_below as double)
      + cast(coalesce(neighbours.p90_above, neighbours.p90_below) - neighbours.p90_below as double)
      * neighbours.p90_rest / 10 as p90_seconds
  from counted
  cross join previous_known
  left join neighbours on counted.kind = neighbours.kind and counted.name = neighbours.name
  where counted.tickets_created + counted.previous_created + counted.open_tickets + counted.tickets_resolved > 0
)

select
  as_of_date,
  kind,
  rank,
  name,
  tickets_created,
  previous_created,
  open_tickets,
  tickets_resolved,
  median_seconds,
  p90_seconds
from final
order by kind nulls last, rank nulls last, name nulls last
