-- One row per song: those spelled most like the text first.
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

order by
    greatest(
        jaro_winkler_similarity(lower(name), lower($text)),
        jaro_winkler_similarity(lower(song_id), lower($text))
    ) desc,
    song
