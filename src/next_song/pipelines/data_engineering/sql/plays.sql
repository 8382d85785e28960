-- One row per play that was read, in input order, with its split, and the reason if it is dropped.
-- Both come from the variable `marks`: see marks.sql.
with

numbered as (

    select
        *,
        coalesce(get_bit(getvariable('marks').ones, row::integer), 0)
        + 2 * coalesce(get_bit(getvariable('marks').twos, row::integer), 0)
        + 4 * coalesce(get_bit(getvariable('marks').fours, row::integer), 0)
        + 8 * coalesce(get_bit(getvariable('marks').eights, row::integer), 0) as number

    from staged

    where problem is null

)

-- the rows keep their order, and that of `staged` is the input's
select
    row,
    playlist,
    place,
    tie,
    time,
    song_id,
    artist,
    track,
    getvariable('marks').splits[number] as split,
    if(number > 0, getvariable('marks').reasons[number], error('a play has no split')) as dropped

from numbered
