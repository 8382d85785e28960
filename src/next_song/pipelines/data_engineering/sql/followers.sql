-- For each song, the songs that are played after or before it in training playlists, at most
-- $window songs apart: how many of them a play of the song brings along, where one that comes
-- d songs later counts 1/d and one that comes d songs earlier $before/d. The $most first of each.
-- Sums are of whole millionths, so that their order does not matter.
with

training as (

    select songs

    from playlists

    where split = 'train'

),

apart as (

    select unnest(range(1, $window + 1)) as steps

),

pairs as (

    select
        round(1000000 / apart.steps)::integer as near,
        unnest(training.songs[1:len(training.songs) - apart.steps]) as earlier,
        unnest(training.songs[1 + apart.steps:]) as later

    from training

    inner join apart on len(training.songs) > apart.steps

),

-- each pair of songs once: how near `high` comes after `low`, and how near before it
summed as (

    select
        least(earlier, later) as low,
        greatest(earlier, later) as high,
        sum(if(earlier <= later, near, 0))::bigint as after,
        sum(if(earlier > later, near, 0))::bigint as before

    from pairs

    group by low, high

),

counted as (

    select
        low as song,
        high as follower,
        after + round($before * if(low = high, after, before))::bigint as near

    from summed

    union all

    select
        high as song,
        low as follower,
        before + round($before * after)::bigint as near

    from summed

    where low <> high

)

select
    counted.song,
    counted.follower,
    (counted.near / 1000000 / songs.plays)::float as rate

from counted

inner join songs on counted.song = songs.song

where counted.near > 0

qualify
    row_number() over (partition by counted.song order by counted.near desc, counted.follower asc)
    <= $most

order by counted.song, counted.follower
