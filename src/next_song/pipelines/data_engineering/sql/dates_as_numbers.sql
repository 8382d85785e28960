-- One row: how many numbers there are among the times of `kept.plays_read`, how many of them are
-- dates when they are read as digits, such as 20240506 or 20240506180300, and one of these.
with

numbers as (

    select
        printf('%.0f', time_number) as digits,
        time_number = trunc(time_number) as is_whole

    from kept.plays_read

    where problem is null and time_number is not null

),

judged as (

    select
        digits,
        is_whole
        and regexp_full_match(
            digits, '(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])(\d{6})?'
        ) as is_date

    from numbers

)

select
    count(*) as numbers,
    count(*) filter (where is_date) as dates,
    min(digits) filter (where is_date) as example

from judged
