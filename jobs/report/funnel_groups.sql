-- question: How far do groups of users get in the funnel?
-- grain: user_group
-- reads: rolling.funnel_user, clean.users until
-- columns:
--   as_of_date       | date    |         | as-of date of the report
--   rank             | integer |         | place by users who began; 11 for all groups beyond the tenth together
--   user_group       | text    |         | a group of users, such as their plan; (none) for users without one, (other) for all beyond the tenth
--   begun_users      | integer | users   | users of the group who took the first step in the short window
--   second_users     | integer | users   | those of them who took the second step
--   finished_users   | integer | users   | those of them who took the last step
--   finished_percent | double  | percent | share of those who began
with

last as (
  select max(step) as step
  from funnel_steps
),

grouped as (
  select count(users.user_group) > 0 as has_groups
  from clean.users as users
  inner join settings on users.created_date is null or users.created_date <= settings.as_of_date
),

furthest as (
  select users.user_id, max(users.step) as step
  from rolling.funnel_user as users
  inner join settings on users.as_of_date = settings.as_of_date
  group by users.user_id
),

sums as (
  select
    coalesce(users.user_group, '(none)') as user_group,
    count(*) as begun_users,
    count(*) filter (where furthest.step >= 2) as second_users,
    count(*) filter (where furthest.step = last.step) as finished_users
  from furthest
  cross join last
  cross join settings
  left join clean.users as users
    on furthest.user_id = users.user_id
    and (users.created_date is null or users.created_date <= settings.as_of_date)
  group by coalesce(users.user_group, '(none)')
),

places as (
  select
    user_group,
    begun_users,
    second_users,
    finished_users,
    cast(
      count(*) over (
        order by begun_users desc nulls last, user_group nulls last
        rows between unbounded preceding and current row
      ) as bigint
    ) as place
  from sums
),

totals as (
  select
    case when place <= 10 then place else 11 end as rank,
    case when place <= 10 then user_group else '(other)' end as user_group,
    cast(sum(begun_users) as bigint) as begun_users,
    cast(sum(second_users) as bigint) as second_users,
    cast(sum(finished_users) as bigint) as finished_users
  from places
  group by case when place <= 10 then place else 11 end, case when place <= 10 then user_group else '(other)' end
),

final as (
  select
    settings.as_of_date,
    cast(totals.rank as bigint) as rank,
    totals.user_group,
    totals.begun_users,
    totals.second_users,
    totals.finished_users,
    cast(100 * totals.finished_users as double) / totals.begun_users as finished_percent
  from totals
  cross join settings
  inner join grouped on grouped.has_groups
)

select as_of_date, rank, user_group, begun_users, second_users, finished_users, finished_percent
from final
order by rank nulls last, user_group nulls last
