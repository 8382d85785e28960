-- One row per play that was read, in input order, with its split, and the reason if it is dropped.
-- Both tables are in this order, so their rows are put side by side: a join would have to sort all
-- of the names again.
with

read as (

    select *

    from staged

    where problem is null

)

select
    if(read.row = divided.row, read.row, error('plays and their splits are not in one order'))
        as row,
    read.playlist,
    read.place,
    read.tie,
    read.time,
    read.song_id,
    read.artist,
    read.track,
    divided.split,
    divided.dropped

from read

positional join divided
