-- One row per row of the input, in its order. Plays of a playlist stand in the order of `place`,
-- then of `tie`: in a sorted file the order of its rows, elsewhere that of a seeded hash.
select
    placed.row,
    placed.playlist,
    placed.place,
    case coalesce(file_orders.direction, 1)
        when 1 then placed.row
        when -1 then -placed.row
        else (md5_number_lower('ties ' || placed.row) >> 1)::bigint
    end as tie,
    placed.time,
    placed.song_id,
    placed.artist,
    placed.track,
    placed.split,
    placed.dropped,
    placed.problem,
    placed.line

from placed

left join file_orders on placed.file is not distinct from file_orders.file

order by placed.row
