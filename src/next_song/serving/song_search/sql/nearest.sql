-- One row per song, those most similar to the text in spelling first.
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
