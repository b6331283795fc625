/**
 * Spellings of times and lengths of time that exports use and the vocabulary does not read, as
 * DuckDB macros: for reading exports, not for models. They are for the few values that are not read
 * as they are, and may cost what they cost.
 */
export const SPELLINGS = String.raw`
-- Digits alone, with decimals or without: days since 1899-12-30, as spreadsheets count them, from
-- 2000 to 2099, to the millisecond; seconds since 1970 with decimals, milli-, micro- and
-- nanoseconds with decimals that are dropped.
create or replace macro time_of_digits(s) as
  case
    when regexp_full_match(s, '[3-7]\d{4}') and s >= '36526' and s < '73051' then cast(date '1899-12-30' + try_cast(s as integer) as varchar)
    when regexp_full_match(s, '[3-7]\d{4}[.]\d+') and s >= '36526' and s < '73051'
      then strftime(make_timestamp(cast(round((try_cast(s as double) - 25569) * 86400000) as bigint) * 1000), '%Y-%m-%d %H:%M:%S.%g')
    when regexp_full_match(s, '\d{9,10}[.]\d+') then split_part(s, '.', 1) || rpad(left(split_part(s, '.', 2), 6), 6, '0')
    when regexp_full_match(s, '\d{12,13}[.]\d+') then split_part(s, '.', 1) || rpad(left(split_part(s, '.', 2), 3), 3, '0')
    when regexp_full_match(s, '(\d{16}|\d{19})[.]\d+') then split_part(s, '.', 1)
    else s
  end;

-- The text with one blank for each run of them, dates without separators as 2026-03-01, and the
-- year of Sun Mar 1 10:00:00 UTC 2026 before its clock.
create or replace macro arranged_time(s) as
  regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(s,
    '[\s\x{a0}\x{202f}]+', ' ', 'g'),
    '^(\d{8})[Tt ]?(\d\d)(\d\d)(\d\d)(\D.*)?$', '\1 \2:\3:\4\5'),
    '^(\d{8})[Tt ](\d\d)(\d\d)(\D.*)?$', '\1 \2:\3\4'),
    '^(\d{4})(\d\d)(\d\d)([Tt ].*)?$', '\1-\2-\3\4'),
    '^([A-Za-z ]+ \d{1,2}) (\d\d:\d\d:\d\d)( [A-Z]{3}| [+-]\d{4})? (\d{4})$', '\1 \4 \2\3');

-- The three parts of a date, what separates them, and what follows; all empty where there are none.
create or replace macro date_and_rest(s) as
  regexp_extract(s,
    '^(?i:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[.]?,? )?(\d{4}|\d{1,2}|[A-Za-z]{3,9})(?i:st|nd|rd|th)?([-/]|[.]? |[.])(\d{1,2}|[A-Za-z]{3,9})(?i:st|nd|rd|th)?([-/]|[.,]? |[.])(\d{4}|\d{1,2})(\D.*)?$',
    ['one', 'before', 'two', 'after', 'three', 'rest']);

-- Year, month and day of the three parts, as text; NULL where their order is not known. Numbers
-- with points between them begin with the day. A year of two digits is last: after the name of a
-- month, or where the order is known.
create or replace macro ordered_parts(p, date_order) as
  case
    when p.one = '' or p.two < 'A' and p.one < 'A' and (p.before <> p.after or p.before not in ('/', '-', '.')) then null
    when p.one < 'A' and strlen(p.one) = 4 then case when strlen(p.three) < 3 then [p.one, p.two, p.three] end
    when p.one >= 'A' then case when p.two < 'A' and strlen(p.three) = 4 then [p.three, p.one, p.two] end
    when strlen(p.three) = 1 then null
    when p.two >= 'A' or date_order = 'day_first' then [p.three, p.two, p.one]
    when p.before = '.' then case when strlen(p.three) = 4 or date_order is not null then [p.three, p.two, p.one] end
    when date_order = 'month_first' then [p.three, p.one, p.two]
  end;

-- Two digits of a month, given as its number or its English name, whole or its first three letters
-- or more.
create or replace macro month_digits(m) as
  case
    when m < 'A' then lpad(m, 2, '0')
    else lpad(cast(list_position(list_transform(['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september',
      'october', 'november', 'december'], lambda name: starts_with(name, lower(m))), true) as varchar), 2, '0')
  end;

-- The clock after a date, in parts; all empty where there is none. Points may be between hours,
-- minutes and seconds.
create or replace macro clock_parts(rest) as
  regexp_extract(regexp_replace(rest, '^(.\d{1,2})[.](\d\d)[.](\d\d)', '\1:\2:\3'),
    '^(?:[Tt]|,? (?:at )?|:)(\d{1,2})(?::(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?(?: ?([AaPp])[.]?[Mm][.]?)?(?: ?([Zz]|\[UTC\]|(?:UTC|GMT)?[+-]\d\d(?::?[0-5]\d)?|UTC|GMT)(?:\[[\w/+-]+\]| \([^()]*\))?)?$',
    ['hour', 'minute', 'second', 'fraction', 'half', 'zone']);

-- The clock as ISO 8601 has it, with a blank before; NULL for an hour that no clock shows.
create or replace macro iso_clock(q) as
  case
    when q.hour = '' or q.half = '' and q.minute = '' or q.half <> '' and try_cast(q.hour as integer) not between 1 and 12 then null
    else ' ' || lpad(case when q.half = '' then q.hour
        else cast(try_cast(q.hour as integer) % 12 + case when lower(q.half) = 'p' then 12 else 0 end as varchar) end, 2, '0')
      || ':' || rpad(q.minute, 2, '0') || ':' || rpad(q.second, 2, '0') || case when q.fraction = '' then '' else '.' || left(q.fraction, 6) end
      || case when q.zone = '' then '' when regexp_matches(q.zone, '\d') then regexp_replace(q.zone, '^[A-Z]+', '') else 'Z' end
  end;

create or replace macro iso_time(ymd, rest) as
  case when strlen(ymd[1]) = 4 then '' when ymd[1] < '70' then '20' else '19' end
  || ymd[1] || '-' || month_digits(ymd[2]) || '-' || lpad(ymd[3], 2, '0')
  || case when rest = '' then '' else list_transform([clock_parts(rest)], lambda q: iso_clock(q))[1] end;

-- A time in a spelling that parse_timestamp reads; any other text as it is. A list of one gives its
-- term a name: macros repeat their arguments, so that each one around another would multiply what
-- has to be planned.
create or replace macro usual_time(s, date_order) as
  case
    when s is null or strlen(s) = 19 and s like '____-__-_____:__:__' then s
    when regexp_full_match(s, '\d{5}|\d+[.]\d+|\d{9,13}|\d{15,}') then time_of_digits(s)
    else coalesce(list_transform([date_and_rest(arranged_time(s))],
      lambda p: list_transform([ordered_parts(p, date_order)], lambda ymd: iso_time(ymd, p.rest))[1])[1], s)
  end;

-- Whole seconds: 3725, 62:05, 1:02:05, 1h 02m 5s, 62 min, PT1H2M5S. A number alone counts units of
-- this many seconds. Halves of a second count as a whole one. NULL for any other text.
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
