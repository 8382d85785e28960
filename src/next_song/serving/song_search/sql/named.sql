-- One row per song: its number, its id and its name as it is shown.
select
    song,
    song_id,
    coalesce(artist || ' - ', '') || coalesce(track, song_id) as name

from songs

order by song
