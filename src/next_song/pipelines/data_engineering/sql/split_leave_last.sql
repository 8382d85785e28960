-- One row per play, with its split: the last play of each playlist is for test, the one before it
-- for validation, and the rest for training. Playlists of one or two songs are for training.
with

counted as (

    select
        *,
        row_number() over (
            partition by list, dropped is null
            order by place desc, tie desc
        ) as from_end,
        count(*) over (partition by list, dropped is null) as songs

    from cleaned

)

select
    row,
    case
        when dropped is not null then null
        when songs < 3 then 'train'
        when from_end = 1 then 'test'
        when from_end = 2 then 'validation'
        else 'train'
    end as split,
    dropped

from counted
