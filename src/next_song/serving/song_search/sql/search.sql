-- One row per song whose name or id contains the text, ignoring case, most played first.
select
    song_id,
    name

from named

where
    contains(lower(name), lower(nfc_normalize($text)))
    or contains(lower(song_id), lower(nfc_normalize($text)))

order by song
