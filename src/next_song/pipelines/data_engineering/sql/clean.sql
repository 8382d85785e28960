-- One row per play that was read: the numbers of its playlist and place, and the reason if it is
-- dropped. Names are long, and windows copy all of their columns, so `plays` joins the names later.
with

song_numbers as (

    select
        song_id,
        min(row) as song

    from staged

    where problem is null and song_id is not null

    group by song_id

),

numbered as (

    select
        staged.row,
        lists.list,
        song_numbers.song,
        staged.place,
        staged.tie,
        staged.time,
        staged.split,
        staged.dropped

    from staged

    left join lists on staged.playlist = lists.playlist

    left join song_numbers on staged.song_id = song_numbers.song_id

    where staged.problem is null

),

frequent as (

    select song

    from numbered

    where dropped is null

    group by song

    having count(*) >= $min_plays

),

known as (

    select
        numbered.* replace (
            if(numbered.dropped is null and frequent.song is null, 'rare song', numbered.dropped)
                as dropped
        )

    from numbered

    left join frequent on numbered.song = frequent.song

),

followed as (

    select
        *,
        lag(song) over (
            partition by list, dropped is null
            order by place, tie
        ) as previous

    from known

),

distinct_in_a_row as (

    select
        * exclude (song, previous) replace (
            if(
                dropped is null and previous = song and not $keep_repeats_in_a_row,
                'repeat in a row',
                dropped
            ) as dropped
        )

    from followed

),

sizes as (

    select
        list,
        count(*) as songs

    from distinct_in_a_row

    where dropped is null

    group by list

),

sized as (

    select
        distinct_in_a_row.*,
        sizes.songs

    from distinct_in_a_row

    left join sizes on distinct_in_a_row.list = sizes.list

)

select
    row,
    list,
    place,
    tie,
    time,
    split,
    case
        when dropped is not null then dropped
        when songs < $min_songs then 'short playlist'
        when songs > $max_songs then 'long playlist'
    end as dropped

from sized
