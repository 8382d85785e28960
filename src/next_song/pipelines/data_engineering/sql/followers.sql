-- One row per song and follower: a song that is played near it in training playlists, at most
-- $window songs apart. The rate is the weighted number of plays of the follower per play of the
-- song: a play d songs later has weight 1/d, a play d songs earlier $before/d. The $most followers
-- with the highest weights are kept. Sums are of whole millionths, so their order does not matter.
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

-- each pair of songs once: the weight of `high` after `low`, and of `high` before `low`
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
