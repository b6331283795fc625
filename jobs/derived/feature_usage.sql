-- about: Feature use, for deliveries that have activities and no feature use. Each activity is one use of the feature that it is
--   named after. Those that programs record by themselves (auto_...) and those without a name are left out.
select
  activity_id as usage_id,
  user_id,
  activity_type as feature_name,
  1 as usage_count,
  activity_at as used_at
from clean.activity_log
where
  not re_test(activity_type, '^auto_')
  and activity_type <> 'unknown'
