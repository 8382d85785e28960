-- One row per song and other song that is played near it in training playlists. The first three
-- rates are per play of the song: next, the other is played directly after it; later, 2 to $near
-- songs after it, each time counted as 1 / distance; earlier, 1 to $near songs before it, counted
-- the same way. together is a cosine: the sum over the playlists in which the last plays of both
-- are at most $window songs apart, divided by the root of the product of the sums over the plays of
-- each; 1 for a song and itself. There, a play counts as much as its playlist is new, from 1 for
-- the oldest to e for the newest, and a playlist as that / log2(1 + its songs). Sums are of whole
-- millionths, so their order does not matter. Only pairs of part $part of $parts are counted, so
-- that what is counted at a time does not fill a disk.
with

-- whether each play of a long playlist is the last one of its song
long as (

    select
        ordinal,
        unnest(songs) as song,
        generate_subscripts(songs, 1) as place

    from playlists

    where split = 'train' and len(songs) > 200

),

marked as (

    select
        ordinal,
        place,
        place = max(place) over (partition by ordinal, song) as is_last

    from long

),

marks as (

    select
        ordinal,
        list(is_last order by place) as is_last

    from marked

    group by ordinal

),

dated as (

    select
        ordinal,
        songs,
        if(
            len(songs) > 200,
            null,
            [
                not list_contains(songs[place + 1:], songs[place])
                for place in range(1, len(songs) + 1)
            ]
        ) as is_last,
        exp(percent_rank() over (order by ordinal)) as newness

    from playlists

    where split = 'train'

),

training as (

    select
        dated.songs,
        round(1000000 * dated.newness)::bigint as play_worth,
        coalesce(dated.is_last, marks.is_last) as is_last,
        round(1000000 * dated.newness / log2(1 + len(dated.songs)))::bigint as worth

    from dated

    left join marks on dated.ordinal = marks.ordinal

),

plays as (

    select
        play_worth,
        unnest(songs) as song

    from training

),

played as (

    select
        song,
        count(*) as plays,
        sum(play_worth)::bigint as worth

    from plays

    group by song

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

    where least(first, second) % $parts = $part

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
        (directed.next / played.plays)::float as next,
        (directed.later / 1000000 / played.plays)::float as later,
        (directed.earlier / 1000000 / played.plays)::float as earlier,
        if(
            directed.song = directed.other,
            1,
            directed.shared / sqrt(played.worth::double * others.worth)
        )::float as together

    from directed

    inner join played on directed.song = played.song

    inner join played as others on directed.other = others.song

)

select *

from rated
