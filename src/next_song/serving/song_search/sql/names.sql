-- One row per wanted song: its id and its name.
select
    song_id,
    name

from named

where list_contains($song_ids, song_id)

order by song
