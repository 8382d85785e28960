-- One row per play read: its playlist, place and song and, if it is left out, why.
with

named as (

    select
        * exclude (problem, line),
        case
            when playlist is null then 'no playlist'
            when song_id is null then 'no song'
            when place is null then 'no position or time'
        end as dropped

    from staged

    where problem is null

),

frequent as (

    select song_id

    from named

    where dropped is null

    group by song_id

    having count(*) >= $min_plays

),

known as (

    select
        named.* replace (
            if(named.dropped is null and frequent.song_id is null, 'rare song', named.dropped)
                as dropped
        )

    from named

    left join frequent on named.song_id = frequent.song_id

),

followed as (

    select
        *,
        lag(song_id) over (
            partition by playlist, dropped is null
            order by place, row
        ) as previous

    from known

),

distinct_in_a_row as (

    select
        * exclude (previous) replace (
            if(
                dropped is null and previous = song_id and not $keep_repeats_in_a_row,
                'repeat in a row',
                dropped
            ) as dropped
        )

    from followed

),

sized as (

    select
        *,
        count(*) filter (where dropped is null) over (partition by playlist) as songs

    from distinct_in_a_row

)

select
    row,
    playlist,
    place,
    time,
    song_id,
    artist,
    track,
    split,
    case
        when dropped is not null then dropped
        when songs < $min_songs then 'short playlist'
        when songs > $max_songs then 'long playlist'
    end as dropped

from sized
