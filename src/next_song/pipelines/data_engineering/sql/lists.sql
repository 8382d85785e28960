-- One row per playlist that was read. Its number, `list`, is the row of its first play.
select
    playlist,
    min(row) as list

from staged

where problem is null and playlist is not null

group by playlist
