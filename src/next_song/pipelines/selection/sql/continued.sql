-- One row per playlist that training is continued with, as one line of text: the playlists that
-- gained songs, and as many of the others, drawn by a seeded hash, so that nothing is forgotten.
with

fresh as (

    select playlist

    from playlists

    where split = 'validation'

),

drawn as (

    select playlist

    from refit_playlists

    where split = 'train' and playlist not in (select fresh.playlist from fresh)

    order by md5(playlist || $seed::varchar)

    limit (select count(*) from fresh)

)

select array_to_string(refit_playlists.songs, ' ') as line

from refit_playlists

where
    refit_playlists.split = 'train'
    and (
        refit_playlists.playlist in (select fresh.playlist from fresh)
        or refit_playlists.playlist in (select drawn.playlist from drawn)
    )

order by refit_playlists.ordinal
