-- One row per row of a table of plays, whose columns were renamed to the names used here.
with

tidy as (

    select
        nullif(trim("user"), '') as user_id,
        nullif(trim(playlist), '') as playlist,
        try_cast(position as double) as position,
        coalesce(try_cast(time as double), epoch(try_cast(time as timestamp))) as time,
        nullif(trim(translate(song, e'\t\n\r', '   ')), '') as song_id,
        nullif(trim(artist), '') as artist,
        nullif(trim(track), '') as track,
        nullif(trim(split), '') as split

    from raw

)

select
    if($has_user, user_id || e'\t' || playlist, playlist) as playlist,
    if($has_position, position, time) as place,
    not $has_position and not $has_time as by_row,
    time,
    song_id,
    artist,
    track,
    split,
    null::varchar as problem,
    null::varchar as line

from tidy
