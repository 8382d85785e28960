-- One row per row of `placed`: plays of a history get a playlist, their session. A session is named
-- after its user and its day, or the moment at which it starts, in UTC. Plays that cannot be used
-- belong to none, so they never hold two sessions together.
with

timed as (

    select
        row,
        user_id,
        time,
        lag(time) over (
            partition by user_id
            order by time, row
        ) as previous

    from placed

    where problem is null and dropped is null

),

started as (

    select
        row,
        user_id,
        case
            when $by = 'day' then timezone($time_zone, to_timestamp(time))::date::varchar
            else timezone('UTC', to_timestamp(max(
                if(previous is null or time - previous > $gap_seconds, time, null)
            ) over (
                partition by user_id
                order by time, row
                rows between unbounded preceding and current row
            )))::varchar
        end as start

    from timed

)

select
    placed.row,
    placed.file,
    placed.user_id,
    if(started.user_id is null, started.start, started.user_id || e'\t' || started.start)
        as playlist,
    placed.place,
    placed.time,
    placed.song_id,
    placed.artist,
    placed.track,
    placed.split,
    placed.dropped,
    placed.problem,
    placed.line

from placed

left join started on placed.row = started.row

order by placed.row
