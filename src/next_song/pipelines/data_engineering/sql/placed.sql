-- One row per row of `kept.plays_read`: where the play stands in its playlist, and the reason if it
-- cannot be used. Units of numbers of seconds are told apart by size, as in time_kinds.sql.
with

timed as (

    select
        rowid + 1 as row,
        file,
        user_id,
        playlist,
        position,
        coalesce(
            time_moment,
            time_number / case
                when abs(time_number) < 1e11 then 1
                when abs(time_number) < 1e14 then 1000
                when abs(time_number) < 1e17 then 1000000
                else 1000000000
            end
        ) as time,
        has_time,
        song_id,
        artist,
        track,
        split,
        seconds,
        problem,
        line

    from kept.plays_read

),

standing as (

    select
        *,
        case when $by = 'position' then position when $by = 'time' then time else row end as place

    from timed

)

select
    row,
    file,
    user_id,
    playlist,
    place,
    time,
    song_id,
    artist,
    track,
    split,
    case
        when problem is not null then null
        when seconds >= 0 and seconds < $min_seconds then 'skip' -- below 0: unknown
        when playlist is null and not $cuts then 'no playlist'
        when song_id is null then 'no song'
        when contains(song_id, e'\n') then 'line break in song'
        when place is null and $by = 'time' and has_time then 'unreadable time'
        when place is null then 'no position or time'
    end as dropped,
    problem,
    line

from standing
