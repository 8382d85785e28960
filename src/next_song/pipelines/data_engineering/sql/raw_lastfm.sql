-- One row per scrobble of a Last.fm export, whose dates are numbers or as in '06 May 2024, 18:03'.
select
    file,
    coalesce(
        strftime(
            try_strptime(time, ['%d %b %Y %H:%M', '%d %b %Y, %H:%M']), '%Y-%m-%dT%H:%M:%SZ'
        ),
        time
    ) as time,
    artist,
    track,
    problem,
    line

from cells
