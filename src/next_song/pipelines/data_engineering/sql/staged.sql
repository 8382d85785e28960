-- One row per play that was read, numbered in the order of the input, which DuckDB keeps when it
-- writes. A window could number them as well, but then only one thread would read the input.
select
    rowid + 1 as row,
    playlist,
    if(by_row, rowid + 1, place) as place,
    time,
    song_id,
    artist,
    track,
    split,
    problem,
    line

from plays_read
