-- One row per play that was read: the numbers of its playlist and place, and the reason if it is
-- dropped. A song is rare by its plays before others are dropped as rare; a hash of 64 bits tells
-- songs apart there. Names are long, and windows copy all of their columns, so `plays` joins the
-- names later.
with

numbered as not materialized (

    select
        staged.row,
        lists.list,
        hash(staged.song_id) as song,
        staged.place,
        staged.tie,
        staged.time,
        staged.split,
        staged.dropped

    from staged

    left join lists on staged.playlist = lists.playlist

    where staged.problem is null

),

counted as (

    select
        song,
        lag(song) over in_list as previous

    from numbered

    where $min_plays > 1 and dropped is null

    window
        in_list as (
            partition by list
            order by place, tie
        )

),

rare as (

    select song

    from counted

    group by song

    having
        count(*) filter (where $keep_repeats_in_a_row or song is distinct from previous)
        < $min_plays

),

known as (

    select
        numbered.* replace (
            if(
                numbered.dropped is null and rare.song is not null, 'rare song', numbered.dropped
            ) as dropped
        )

    from numbered

    left join rare on numbered.song = rare.song

),

followed as (

    select
        row,
        song,
        lag(row) over in_list as previous_row,
        lag(song) over in_list as previous

    from known

    where dropped is null and not $keep_repeats_in_a_row

    window
        in_list as (
            partition by list
            order by place, tie
        )

),

-- numbers are compared first, and the songs where those are the same
repeats as (

    select followed.row

    from followed

    inner join staged as play on followed.row = play.row

    inner join staged as previous on followed.previous_row = previous.row

    where followed.song = followed.previous and play.song_id = previous.song_id

),

distinct_in_a_row as (

    select
        known.row,
        known.list,
        known.place,
        known.tie,
        known.time,
        known.split,
        if(repeats.row is null, known.dropped, 'repeat in a row') as dropped

    from known

    left join repeats on known.row = repeats.row

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
