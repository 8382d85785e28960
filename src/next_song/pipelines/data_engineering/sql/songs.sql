-- One row per song. Songs are numbered by their plays in the splits that train, most played first.
-- recent_plays: plays in the latest tenth of the training playlists, by the time of the last play
-- or, without times, by the row of the first. late_plays: plays among the last ten of a training
-- playlist, each counted as 0.7 to the power of the number of songs after it there. A window spills
-- to disk; an aggregate with the last ten plays of a million playlists does not fit into memory.
with

remaining as not materialized (

    select
        *,
        list_contains($training, split) as trains

    from plays

    where dropped is null

),

playlists as (

    select
        playlist,
        age_rank(max(time), min(row)) / count(*) over () > 0.9 as is_recent

    from remaining

    where trains

    group by playlist

),

endings as (

    select
        song_id,
        row_number() over (partition by playlist order by place desc, tie desc) - 1 as songs_after

    from remaining

    where trains

    qualify songs_after < 10

),

late as (

    select
        song_id,
        sum(round(1000000 * 0.7 ** songs_after))::bigint / 1000000 as late_plays

    from endings

    group by song_id

),

counted as (

    select
        remaining.song_id,
        arg_min(remaining.artist, remaining.row) as artist,
        arg_min(remaining.track, remaining.row) as track,
        count(*) filter (where remaining.trains) as plays,
        count(*) filter (where remaining.trains and playlists.is_recent) as recent_plays

    from remaining

    left join playlists on remaining.playlist = playlists.playlist

    group by remaining.song_id

),

ranked as (

    select
        counted.*,
        coalesce(late.late_plays, 0) as late_plays

    from counted

    left join late on counted.song_id = late.song_id

    order by counted.plays desc, counted.song_id asc

)

-- rows keep their order, so a song's number is its place: a window with an order would sort twice
select
    (row_number() over () - 1)::integer as song,
    song_id,
    artist,
    track,
    plays,
    recent_plays,
    late_plays

from ranked
