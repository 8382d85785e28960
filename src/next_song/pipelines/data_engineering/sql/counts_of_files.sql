-- One row per file: its lines with a problem, and its plays, with those that may hold whole lines.
select
    file,
    count(*) filter (where problem not in ('header', 'blank')) as problems,
    count(*) filter (
        where coalesce(problem, 'rejected fields') = 'rejected fields' and song_id is not null
    ) as plays

from kept.plays_read

group by file
