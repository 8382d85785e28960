-- One row per song. Songs are numbered by their plays in the splits that train, most played first.
with

counted as (

    select
        song_id,
        arg_min(artist, row) as artist,
        arg_min(track, row) as track,
        count(*) filter (where list_contains($training, split)) as plays

    from plays

    where dropped is null

    group by song_id

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
    plays

from ranked
