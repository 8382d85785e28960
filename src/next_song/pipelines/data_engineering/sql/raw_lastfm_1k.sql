-- One row per play of the Last.fm 1K users data set.
select
    file,
    "user",
    time,
    artist,
    track,
    problem,
    line

from cells
