-- One row per song that the text names: by its id or, in any case, by "artist - title".
select
    song_id,
    name

from named

where song_id = $text or lower(name) = lower($text)

order by song_id <> $text, song
