-- question: How long do tickets wait for a first response?
-- grain: kind, name
-- reads: clean.support_tickets until
-- columns:
--   as_of_date       | date    |         | as-of date of the report
--   kind             | text    |         | all, category or priority; a kind that no ticket has is left out
--   rank             | integer |         | place within the kind by tickets answered in the window; equal ones share a place
--   name             | text    |         | a category or priority; none for the tickets without one, all tickets for all of them
--   answered_tickets | integer | tickets | tickets whose first response came in the short window
--   median_seconds   | double  | seconds | median time from writing to first response of those, between two by linear interpolation
--   p90_seconds      | double  | seconds | 90th percentile of it, likewise
--   waiting_tickets  | integer | tickets | tickets neither answered nor resolved up to the as-of date, whenever they were written
with

tickets as (
  select
    settings.as_of_date,
    settings.short_window_days,
    tickets.ticket_id,
    tickets.category,
    tickets.priority,
    days_between(tickets.first_response_date, settings.as_of_date) as answered_days_ago,
    days_between(tickets.resolved_date, settings.as_of_date) as resolved_days_ago,
    tickets.first_response_seconds
  from clean.support_tickets as tickets
  inner join settings on tickets.created_date <= settings.as_of_date
),

mapped as (
  select count(*) filter (where answered_days_ago >= 0) > 0 as is_mapped
  from tickets
),

stacked as (
  select
    'all' as kind,
    'all tickets' as name,
    as_of_date,
    short_window_days,
    ticket_id,
    answered_days_ago,
    resolved_days_ago,
    first_response_seconds
  from tickets
  union all
  select
    'category',
    category,
    as_of_date,
    short_window_days,
    ticket_id,
    answered_days_ago,
    resolved_days_ago,
    first_response_seconds
  from tickets
  union all
  select
    'priority',
    priority,
    as_of_date,
    short_window_days,
    ticket_id,
    answered_days_ago,
    resolved_days_ago,
    first_response_seconds
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
    count(*) filter (
      where stacked.answered_days_ago between 0 and stacked.short_window_days - 1
    ) as answered_tickets,
    count(*) filter (
      where (stacked.answered_days_ago is null or stacked.answered_days_ago < 0)
        and (stacked.resolved_days_ago is null or stacked.resolved_days_ago < 0)
    ) as waiting_tickets
  from stacked
  inner join known on stacked.kind = known.kind
  group by stacked.as_of_date, stacked.kind, coalesce(stacked.name, 'none')
),

-- Tickets in order of their time have the places 1 to n.
placed as (
  select
    kind,
    coalesce(name, 'none') as name,
    first_response_seconds,
    count(*) over (
      partition by kind, coalesce(name, 'none')
      order by first_response_seconds nulls last, ticket_id nulls last
      rows between unbounded preceding and current row
    ) as place,
    count(*) over (partition by kind, coalesce(name, 'none')) as tickets
  from stacked
  where answered_days_ago between 0 and short_window_days - 1
),

-- The median lies (n - 1) * 5 / 10 places after the first, the 90th percentile (n - 1) * 9 / 10.
neighbours as (
  select
    kind,
    name,
    max(case when place = int_div((tickets - 1) * 5, 10) + 1 then first_response_seconds end) as median_below,
    max(case when place = int_div((tickets - 1) * 5, 10) + 2 then first_response_seconds end) as median_above,
    max(case when place = int_div((tickets - 1) * 9, 10) + 1 then first_response_seconds end) as p90_below,
    max(case when place = int_div((tickets - 1) * 9, 10) + 2 then first_response_seconds end) as p90_above,
    max((tickets - 1) * 5 - 10 * int_div((tickets - 1) * 5, 10)) as median_rest,
    max((tickets - 1) * 9 - 10 * int_div((tickets - 1) * 9, 10)) as p90_rest
  from placed
  group by kind, name
),

final as (
  select
    counted.as_of_date,
    counted.kind,
    cast(rank() over (partition by counted.kind order by counted.answered_tickets desc nulls last) as bigint) as rank,
    counted.name,
    counted.answered_tickets,
    cast(neighbours.median_below as double)
      + cast(coalesce(neighbours.median_above, neighbours.median_below) - neighbours.median_below as double)
      * neighbours.median_rest / 10 as median_seconds,
    cast(neighbours.p90_below as double)
      + cast(coalesce(neighbours.p90_above, neighbours.p90_below) - neighbours.p90_below as double)
      * neighbours.p90_rest / 10 as p90_seconds,
    counted.waiting_tickets
  from counted
  inner join mapped on mapped.is_mapped
  left join neighbours on counted.kind = neighbours.kind and counted.name = neighbours.name
  where counted.kind = 'all' or counted.answered_tickets + counted.waiting_tickets > 0
)

select
  as_of_date,
  kind,
  rank,
  name,
  answered_tickets,
  median_seconds,
  p90_seconds,
  waiting_tickets
from final
order by kind nulls last, rank nulls last, name nulls last
