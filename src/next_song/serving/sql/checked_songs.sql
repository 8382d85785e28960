-- One row: how many songs a table has, the bytes of its texts, and whether it is as `add_extras`
-- wrote it: song n is the n-th row, ids are there and differ, names are text, plays are counted.
select
    count(*) as songs,
    sum(
        strlen(coalesce(song_id::varchar, ''))
        + strlen(coalesce(artist::varchar, ''))
        + strlen(coalesce(track::varchar, ''))
    ) as bytes,
    count(distinct song_id) = count(*) and bool_and(coalesce(
        song = file_row_number
        and typeof(song_id) = 'VARCHAR'
        and (artist is null or typeof(artist) = 'VARCHAR')
        and (track is null or typeof(track) = 'VARCHAR')
        and plays::bigint >= 0,
        false
    )) as is_right

from songs_to_check
