-- One row per wanted song: its id and its name.
select
    song_id,
    name

from named

where song_id in (select unnest($song_ids::varchar[]))

order by song
