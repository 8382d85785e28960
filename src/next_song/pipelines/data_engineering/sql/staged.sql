-- The plays as they were read, numbered by their order in the input, which DuckDB keeps as it
-- writes. A window would number them, too, but then one thread alone would read the input.
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
