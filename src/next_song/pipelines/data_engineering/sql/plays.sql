-- One row per play that was read, in input order, with its split, and the reason if it is dropped.
select
    staged.row,
    staged.playlist,
    staged.place,
    staged.tie,
    staged.time,
    staged.song_id,
    staged.artist,
    staged.track,
    divided.split,
    divided.dropped

from staged

inner join divided on staged.row = divided.row

order by staged.row
