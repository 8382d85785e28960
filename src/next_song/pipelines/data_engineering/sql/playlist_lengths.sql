-- One row per split and group of lengths: how many playlists have `least` to `most` songs. Groups
-- have the same width; the last one has the playlists that are longer than 99 % of all.
with

lengths as (

    select
        split,
        len(songs) as length

    from playlists

),

bounds as (

    select
        quantile_disc(length, 0.99) as longest,
        greatest(1, ceil(quantile_disc(length, 0.99) / 40.0))::bigint as width

    from lengths

),

grouped as (

    select
        lengths.split,
        lengths.length,
        bounds.width,
        least(lengths.length, bounds.longest) // bounds.width * bounds.width as least

    from lengths

    cross join bounds

)

select
    split,
    least + (any_value(width) - 1) / 2 as middle,
    least,
    max(length) as most,
    count(*) as playlists

from grouped

group by split, least

order by split, least
