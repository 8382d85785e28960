-- One row per listen of a ListenBrainz export.
select
    file,
    time,
    artist,
    track,
    "user",
    problem,
    line

from cells
