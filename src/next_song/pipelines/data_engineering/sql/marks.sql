-- One row: the splits and reasons that there are, each pair with a number, and the number of every
-- play, in four bits. The bits of all plays are one value, so `plays` can look them up as it reads
-- the names in order, on all processors: a join would have to sort the names again.
with

pairs as (

    select distinct
        split,
        dropped

    from divided

),

numbered as (

    select
        split,
        dropped,
        row_number() over (order by split, dropped) as number

    from pairs

),

listed as (

    select
        list(split order by number) as splits,
        list(dropped order by number) as reasons

    from numbered

),

marked as (

    select
        divided.row,
        numbered.number

    from divided

    inner join numbered
        on
            divided.split is not distinct from numbered.split
            and divided.dropped is not distinct from numbered.dropped

),

bits as (

    select
        bitstring_agg(row, 0, $last) filter (where number & 1 > 0) as ones,
        bitstring_agg(row, 0, $last) filter (where number & 2 > 0) as twos,
        bitstring_agg(row, 0, $last) filter (where number & 4 > 0) as fours,
        bitstring_agg(row, 0, $last) filter (where number & 8 > 0) as eights

    from marked

)

select
    {
        'splits': listed.splits,
        'reasons': listed.reasons,
        'ones': bits.ones,
        'twos': bits.twos,
        'fours': bits.fours,
        'eights': bits.eights
    } as marks

from listed

cross join bits
