/**
 * Spellings of times and lengths of time that exports use and the vocabulary does not read, as DuckDB macros: for reading
 * exports, not for models. They are for the few values that are not read as they stand, and may cost what they cost.
 */
export const SPELLINGS = String.raw`
-- 3:04 PM, 03:04:05pm or 3:04 p.m. after a date as a time of 24 hours.
create or replace macro twenty_four_hours(clock) as
  case
    when regexp_full_match(clock, '[ T](0?[1-9]|1[0-2]):[0-5]\d(:[0-5]\d)? ?[AaPp][.]?[Mm][.]?')
      then ' ' || lpad(cast(try_cast(regexp_extract(clock, '\d+') as integer) % 12
          + case when regexp_matches(clock, '[Pp][.]?[Mm]') then 12 else 0 end as varchar), 2, '0')
        || regexp_extract(clock, '(:\d\d){1,2}')
    else clock
  end;

-- A year of two digits at the end of a date: 00 to 69 are of this century, 70 to 99 of the last.
create or replace macro four_digit_year(day, clock) as
  case
    when regexp_full_match(day, '\d{1,2}[-/.](\d{1,2}|[A-Za-z]{3})[-/.]\d\d') and (clock = '' or clock like ' %' or clock like 'T%')
      then left(day, -2) || case when right(day, 2) < '70' then '20' else '19' end || right(day, 2)
    else day
  end;

create or replace macro usual_day_and_clock(day, clock) as four_digit_year(day, clock) || twenty_four_hours(clock);

-- Days since 1899-12-30, as spreadsheets count them, from 2000 to 2099, to the millisecond; and seconds since 1970 with decimals.
create or replace macro time_of_serial(s) as
  case
    when regexp_full_match(s, '[3-7]\d{4}([.]\d+)?') and try_cast(s as double) >= 36526 and try_cast(s as double) < 73051
      then strftime(make_timestamp(cast(round((try_cast(s as double) - 25569) * 86400000) as bigint) * 1000), '%Y-%m-%d %H:%M:%S.%g')
    when regexp_full_match(s, '\d{9,10}[.]\d+') then split_part(s, '.', 1) || rpad(left(split_part(s, '.', 2), 6), 6, '0')
    else s
  end;

-- A time in a spelling that parse_timestamp reads; any other text as it is. The text is cut once, into the date and what
-- follows it: macros repeat their arguments, so that each one around another multiplies what has to be planned.
create or replace macro usual_time(s) as
  case
    when s is null then null
    when regexp_full_match(s, '\d+([.]\d+)?') then time_of_serial(s)
    else usual_day_and_clock(regexp_extract(s, '^\d+[-/.]\w+[-/.]\d+'), regexp_replace(s, '^\d+[-/.]\w+[-/.]\d+', ''))
  end;

-- Whole seconds: 3725, 62:05, 1:02:05, 1h 02m 5s, 62 min, PT1H2M5S. A number alone counts units of so many seconds.
-- Halves of a second count as a whole one. NULL for any other text.
create or replace macro parse_duration(s, unit) as
  case
    when regexp_full_match(s, '[+-]?\d{1,15}([.]\d+)?') then to_int(try_cast(s as double) * unit)
    when regexp_full_match(s, '\d{1,5}:[0-5]\d(:[0-5]\d)?([.]\d+)?')
      then list_reduce(list_transform(string_split(regexp_replace(s, '[.]\d+$', ''), ':'), lambda n: try_cast(n as bigint)), lambda total, n: total * 60 + n)
        + to_int(coalesce(try_cast(nullif(regexp_extract(s, '[.]\d+$'), '') as double), 0))
    when regexp_matches(s, '\d') and (regexp_full_match(s, 'P(\d{1,5}D)?(T(\d{1,6}H)?(\d{1,8}M)?(\d{1,10}([.]\d+)?S)?)?')
      or regexp_full_match(lower(s), '(\d{1,5} ?d(ays?)?)? ?(\d{1,6} ?h((ou)?rs?)?)? ?(\d{1,8} ?m(in(ute)?s?)?)? ?(\d{1,10}([.]\d+)? ?s(ec(ond)?s?)?)?'))
      then coalesce(try_cast(nullif(regexp_extract(lower(s), '(\d+) ?d', 1), '') as bigint), 0) * 86400
        + coalesce(try_cast(nullif(regexp_extract(lower(s), '(\d+) ?h', 1), '') as bigint), 0) * 3600
        + coalesce(try_cast(nullif(regexp_extract(lower(s), '(\d+) ?m', 1), '') as bigint), 0) * 60
        + coalesce(to_int(try_cast(nullif(regexp_extract(lower(s), '([\d.]+) ?s', 1), '') as double)), 0)
  end;
`;
