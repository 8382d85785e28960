-- One row: the songs that are played in any split, and how many of them are played once.
with

own_plays as (

    select unnest(songs[first_target + 1:]) as song

    from playlists

),

counted as (

    select count(*) as plays

    from own_plays

    group by song

)

select
    count(*) as songs,
    count(*) filter (where plays = 1) as once

from counted
