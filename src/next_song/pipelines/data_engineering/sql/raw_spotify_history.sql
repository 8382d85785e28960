-- One row per stream of Spotify's privacy exports: of the last year (endTime, in UTC), or of the
-- whole account (ts). Podcasts have no track, so no song.
select
    file,
    null::varchar as playlist,
    song,
    time,
    artist,
    track,
    "user",
    duration,
    problem,
    line

from cells
