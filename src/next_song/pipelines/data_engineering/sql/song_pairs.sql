-- One row per song and other song that is played near it in training playlists. The first three
-- rates are per play of the song: next, the other is played directly after it; later, 2 to $near
-- songs after it, each time counted as 1 / distance; earlier, 1 to $near songs before it, counted
-- the same way. together is a cosine: the playlists in which the last plays of both are at most
-- $window songs apart, each counted as 1 / log2(1 + its songs), divided by the root of the product
-- of their plays; 1 for a song and itself. The $most pairs of a song with the highest sum of rates
-- are kept. Sums are of whole millionths, so their order does not matter.
with

training as (

    select
        songs,
        [
            not list_contains(songs[place + 1:], songs[place])
            for place in range(1, len(songs) + 1)
        ] as is_last,
        round(1000000 / log2(1 + len(songs)))::bigint as worth

    from playlists

    where split = 'train'

),

apart as (

    select unnest(range(0, greatest($window, $near) + 1)) as steps

),

pairs as (

    select
        apart.steps,
        training.worth,
        unnest(training.songs[1:len(training.songs) - apart.steps]) as first,
        unnest(training.songs[1 + apart.steps:]) as second,
        unnest(training.is_last[1:len(training.songs) - apart.steps]) as first_is_last,
        unnest(training.is_last[1 + apart.steps:]) as second_is_last

    from training

    inner join apart on len(training.songs) > apart.steps

),

-- each pair of songs once; forth: `high` is played after `low`, back: before it
summed as (

    select
        least(first, second) as low,
        greatest(first, second) as high,
        count(*) filter (where steps = 1 and first <= second) as next_forth,
        count(*) filter (where steps = 1 and first >= second) as next_back,
        sum(if(steps between 2 and $near and first <= second, round(1000000 / steps), 0))::bigint
            as far_forth,
        sum(if(steps between 2 and $near and first >= second, round(1000000 / steps), 0))::bigint
            as far_back,
        sum(if(steps <= $window and first_is_last and second_is_last, worth, 0))::bigint as shared

    from pairs

    group by low, high

),

directed as (

    select
        low as song,
        high as other,
        next_forth as next,
        far_forth as later,
        far_back + 1000000 * next_back as earlier,
        shared

    from summed

    union all

    select
        high as song,
        low as other,
        next_back as next,
        far_back as later,
        far_forth + 1000000 * next_forth as earlier,
        shared

    from summed

    where low <> high

),

rated as (

    select
        directed.song,
        directed.other,
        (directed.next / songs.plays)::float as next,
        (directed.later / 1000000 / songs.plays)::float as later,
        (directed.earlier / 1000000 / songs.plays)::float as earlier,
        if(
            directed.song = directed.other,
            1,
            directed.shared / 1000000 / sqrt(songs.plays * others.plays)
        )::float as together

    from directed

    inner join songs on directed.song = songs.song

    inner join songs as others on directed.other = others.song

)

select *

from rated

qualify
    row_number() over (
        partition by song
        order by next::double + later + earlier + together desc, other asc
    ) <= $most

order by song, other
