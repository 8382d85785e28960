-- One row per song that the text names: by its id or, in any case, by "artist - title".
with

named as (

    select
        song,
        song_id,
        coalesce(artist || ' - ', '') || coalesce(track, song_id) as name

    from songs

)

select
    song_id,
    name

from named

where song_id = $text or lower(name) = lower($text)

order by song_id <> $text, song
