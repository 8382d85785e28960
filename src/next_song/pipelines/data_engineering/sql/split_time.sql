-- One row per play read, with its split: the playlists that end last are tested on.
with

ends as (

    select
        playlist,
        max(time) as ended,
        min(row) as first_row

    from cleaned

    where dropped is null

    group by playlist

),

ranked as (

    select
        playlist,
        (row_number() over (order by ended nulls first, first_row) - 0.5)
        / count(*) over () as share

    from ends

)

select
    cleaned.row,
    cleaned.playlist,
    cleaned.place,
    cleaned.time,
    cleaned.song_id,
    cleaned.artist,
    cleaned.track,
    case
        when cleaned.dropped is not null then null
        when ranked.share > 1 - $test then 'test'
        when ranked.share > 1 - $test - $validation then 'validation'
        else 'train'
    end as split,
    cleaned.dropped

from cleaned

left join ranked on cleaned.playlist = ranked.playlist

order by cleaned.row
