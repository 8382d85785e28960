-- One row per song shown: its rank by plays in training, its plays, and the share of all plays
-- that it and the songs before it have. Ranks stand ever farther apart: a few hundred are enough
-- to draw a curve of any length.
with

ranked as (

    select
        song + 1 as rank,
        plays,
        sum(plays) over (order by song) / sum(plays) over () as share

    from songs

    where plays > 0

)

select
    rank,
    plays,
    share

from ranked

qualify row_number() over (partition by floor(20 * ln(rank)) order by rank) = 1

order by rank
