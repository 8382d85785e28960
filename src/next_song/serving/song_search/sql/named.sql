-- One row per song: its number, its id and the name that people know it by.
select
    song,
    song_id,
    coalesce(artist || ' - ', '') || coalesce(track, song_id) as name

from songs

order by song
