-- One row per wanted song: its id and the name that people know it by.
select
    song_id,
    coalesce(artist || ' - ', '') || coalesce(track, song_id) as name

from songs

where list_contains($song_ids, song_id)

order by song
