-- One row per play read, in input order: what it is, its split and, if it is left out, why.
select
    staged.row,
    staged.playlist,
    staged.place,
    staged.time,
    staged.song_id,
    staged.artist,
    staged.track,
    divided.split,
    divided.dropped

from staged

inner join divided on staged.row = divided.row

order by staged.row
