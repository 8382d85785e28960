-- One row per split: its playlists, its own plays, and the distinct songs of these plays.
with

parts as (

    select
        split,
        len(songs) - first_target as plays,
        songs[first_target + 1:] as songs

    from playlists

),

own_plays as (

    select
        split,
        unnest(songs) as song

    from parts

),

distinct_songs as (

    select
        split,
        count(distinct song) as songs

    from own_plays

    group by split

)

select
    parts.split,
    count(*) as playlists,
    sum(parts.plays)::bigint as plays,
    any_value(distinct_songs.songs) as songs

from parts

inner join distinct_songs on parts.split = distinct_songs.split

group by parts.split

order by array_position(['train', 'validation', 'test'], parts.split)
