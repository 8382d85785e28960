-- One row: how many times of `kept.plays_read` are of each kind. Numbers are told apart by their
-- size: seconds since 1970 have 9 to 11 digits, milliseconds 12 to 14, microseconds 15 to 17.
-- Smaller numbers count from a start of their own; 0 is the same in every unit.
select
    count(*) filter (where abs(time_number) between 1 and 99999999) as small,
    count(*) filter (where abs(time_number) >= 1e8 and abs(time_number) < 1e11) as seconds,
    count(*) filter (where abs(time_number) >= 1e11 and abs(time_number) < 1e14) as milliseconds,
    count(*) filter (where abs(time_number) >= 1e14 and abs(time_number) < 1e17) as microseconds,
    count(*) filter (where abs(time_number) >= 1e17) as nanoseconds,
    count(time_moment) as dates

from kept.plays_read

where problem is null
