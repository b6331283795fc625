-- question: How many tickets are reopened?
-- grain: kind, name
-- reads: clean.support_tickets until
-- columns:
--   as_of_date       | date    |         | as-of date of the report
--   kind             | text    |         | all, category or priority; a kind that no ticket has is left out
--   rank             | integer |         | place within the kind by tickets reopened; equal ones share a place
--   name             | text    |         | a category or priority; none for the tickets without one, all tickets for all of them
--   resolved_tickets | integer | tickets | tickets resolved in the short window, of which it is known whether they were reopened
--   reopened_tickets | integer | tickets | those of them that had been reopened before, as last exported
--   reopened_percent | double  | percent | the same in percent; missing when none was resolved
--   open_tickets     | integer | tickets | tickets that were reopened and are open at the end of the as-of date
with

tickets as (
  select
    settings.as_of_date,
    settings.short_window_days,
    tickets.category,
    tickets.priority,
    tickets.reopen_count > 0 as is_reopened,
    days_between(tickets.resolved_date, settings.as_of_date) as resolved_days_ago
  from clean.support_tickets as tickets
  inner join settings on tickets.created_date <= settings.as_of_date
  where tickets.reopen_count is not null
),

stacked as (
  select
    'all' as kind,
    'all tickets' as name,
    as_of_date,
    short_window_days,
    is_reopened,
    resolved_days_ago
  from tickets
  union all
  select 'category', category, as_of_date, short_window_days, is_reopened, resolved_days_ago from tickets
  union all
  select 'priority', priority, as_of_date, short_window_days, is_reopened, resolved_days_ago from tickets
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
      where stacked.resolved_days_ago between 0 and stacked.short_window_days - 1
    ) as resolved_tickets,
    count(*) filter (
      where stacked.is_reopened and stacked.resolved_days_ago between 0 and stacked.short_window_days - 1
    ) as reopened_tickets,
    count(*) filter (
      where stacked.is_reopened and (stacked.resolved_days_ago is null or stacked.resolved_days_ago < 0)
    ) as open_tickets
  from stacked
  inner join known on stacked.kind = known.kind
  group by stacked.as_of_date, stacked.kind, coalesce(stacked.name, 'none')
),

final as (
  select
    as_of_date,
    kind,
    cast(rank() over (partition by kind order by reopened_tickets desc nulls last) as bigint) as rank,
    name,
    resolved_tickets,
    reopened_tickets,
    cast(100 * reopened_tickets as double) / nullif(resolved_tickets, 0) as reopened_percent,
    open_tickets
  from counted
  where kind = 'all' or resolved_tickets + open_tickets > 0
)

select
  as_of_date,
  kind,
  rank,
  name,
  resolved_tickets,
  reopened_tickets,
  reopened_percent,
  open_tickets
from final
order by kind nulls last, rank nulls last, name nulls last
