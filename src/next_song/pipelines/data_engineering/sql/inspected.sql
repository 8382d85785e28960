-- One row per playlist, of the first three that are kept: its songs as a person reads them.
with

plays as (

    select
        cleaned.list,
        cleaned.place,
        cleaned.tie,
        staged.playlist,
        coalesce(staged.artist || ' - ' || staged.track, staged.track, staged.song_id) as song

    from cleaned

    inner join staged on cleaned.row = staged.row

    where cleaned.dropped is null

)

select
    playlist,
    list(
        song
        order by place, tie
    ) as songs

from plays

group by list, playlist

order by list

limit 3
