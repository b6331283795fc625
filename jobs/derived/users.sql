-- about: Users of exports that have activities and no users: each user who did something, created with the first of it.
select
  user_id,
  min(activity_at) as created_at
from clean.activity_log
group by user_id
