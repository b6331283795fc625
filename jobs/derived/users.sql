-- about: Users, for deliveries that have activities and no users. A user is created with the first activity.
select
  user_id,
  min(activity_at) as created_at
from clean.activity_log
group by user_id
