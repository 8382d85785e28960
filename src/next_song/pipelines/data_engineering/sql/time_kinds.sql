-- One row: how many times of `kept.plays_read` are of each kind. Numbers are told apart by their
-- size: seconds since 1970 have 9 to 11 digits, milliseconds 12 to 14, microseconds 15 to 17.
-- Smaller numbers count from a start of their own; 0 is the same in every unit. Then how many
-- numbers there are, how many of them are dates, such as 20240506 or 20240506180300, when they are
-- read as digits, and one of these.
with

days as (

    select
        *,
        if(time_number >= 1e13, floor(time_number / 1e6), time_number) as day

    from kept.plays_read

    where problem is null

),

judged as (

    select
        *,
        coalesce(
            time_number = trunc(time_number)
            and floor(day / 10000) between 1900 and 2099
            and floor(day / 100) % 100 between 1 and 12
            and day % 100 between 1 and 31,
            false
        ) as is_date

    from days

)

select
    count(*) filter (where abs(time_number) between 1 and 99999999) as small,
    count(*) filter (where abs(time_number) >= 1e8 and abs(time_number) < 1e11) as seconds,
    count(*) filter (where abs(time_number) >= 1e11 and abs(time_number) < 1e14) as milliseconds,
    count(*) filter (where abs(time_number) >= 1e14 and abs(time_number) < 1e17) as microseconds,
    count(*) filter (where abs(time_number) >= 1e17) as nanoseconds,
    count(time_moment) as dates,
    count(time_number) as numbers,
    count(*) filter (where is_date) as dates_as_numbers,
    min(time_number) filter (where is_date) as example

from judged
