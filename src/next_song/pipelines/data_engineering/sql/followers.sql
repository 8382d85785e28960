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
        apart.steps,
        unnest(training.songs[1:len(training.songs) - apart.steps]) as earlier,
        unnest(training.songs[1 + apart.steps:]) as later

    from training

    inner join apart on len(training.songs) > apart.steps

),

summed as (

    select
        earlier,
        later,
        sum(round(1000000 / steps)::bigint) as near

    from pairs

    group by earlier, later

),

both_ways as (

    select
        earlier as song,
        later as follower,
        near

    from summed

    union all

    select
        later as song,
        earlier as follower,
        round($before * near)::hugeint as near

    from summed

    where $before > 0

),

counted as (

    select
        song,
        follower,
        sum(near) as near

    from both_ways

    group by song, follower

)

select
    counted.song,
    counted.follower,
    (counted.near / 1000000 / songs.plays)::float as rate

from counted

inner join songs on counted.song = songs.song

qualify
    row_number() over (partition by counted.song order by counted.near desc, counted.follower asc)
    <= $most

order by counted.song, counted.follower
