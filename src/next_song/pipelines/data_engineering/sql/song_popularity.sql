-- One row per song in the plot: its rank by training plays, its plays, and the cumulative share of
-- all plays. The distance between ranks grows, so a few hundred draw a curve of any length.
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
