-- One row per playlist read: the row of its first play, which is its number from here on.
select
    playlist,
    min(row) as list

from staged

where problem is null and playlist is not null

group by playlist
