-- One row per play of a history, in play order; playlists are numbered in the order of their rows.
with

kept as (

    select
        staged.playlist,
        cleaned.list,
        cleaned.row,
        staged.song_id,
        staged.artist,
        row_number() over (
            partition by cleaned.list
            order by cleaned.place, cleaned.tie
        ) as position

    from cleaned

    inner join staged on cleaned.row = staged.row

    where cleaned.dropped is null

),

numbered as (

    select
        list,
        row_number() over (order by min(row)) - 1 as number

    from kept

    group by list

)

select
    numbered.number,
    kept.playlist,
    kept.position,
    kept.song_id,
    kept.artist

from kept

inner join numbered on kept.list = numbered.list

order by numbered.number, kept.position
