-- One row per song whose name or id contains the text, ignoring case, most played first.
select
    song_id,
    name

from named

where contains(lower(name), lower($text)) or contains(lower(song_id), lower($text))

order by song
