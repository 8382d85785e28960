-- One row per song. Songs are numbered by their plays in the splits that train, most played first.
-- recent_plays: plays in the latest tenth of the training playlists, by the time of the last play
-- or, without times, by the row of the first.
with

kept as (

    select
        *,
        list_contains($training, split) as trains

    from plays

    where dropped is null

),

playlists as (

    select
        playlist,
        row_number() over (order by max(time) nulls first, min(row)) / count(*) over () > 0.9
            as is_recent

    from kept

    where trains

    group by playlist

),

counted as (

    select
        kept.song_id,
        arg_min(kept.artist, kept.row) as artist,
        arg_min(kept.track, kept.row) as track,
        count(*) filter (where kept.trains) as plays,
        count(*) filter (where kept.trains and playlists.is_recent) as recent_plays

    from kept

    left join playlists on kept.playlist = playlists.playlist

    group by kept.song_id

),

ranked as (

    select * from counted

    order by plays desc, song_id asc

)

-- rows keep their order, so a song's number is its place: a window with an order would sort twice
select
    (row_number() over () - 1)::integer as song,
    song_id,
    artist,
    track,
    plays,
    recent_plays

from ranked
