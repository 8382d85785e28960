-- Songs and playlists with a name that other tools write for a missing value, such as R's NA.
with

named as (

    select
        'song' as kind,
        song_id as name

    from songs

    union

    select
        'playlist' as kind,
        regexp_extract(playlist, '[^\t]*$') as name -- without the user

    from playlists

)

select
    kind,
    name

from named

where regexp_full_match(lower(name), $pattern)

order by
    kind desc,
    name asc
