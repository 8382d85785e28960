-- One row per line of the input that holds no play: where it stands and why.
select
    row as line,
    problem as reason,
    line as text

from staged

where problem is not null and problem <> 'header'

order by row
