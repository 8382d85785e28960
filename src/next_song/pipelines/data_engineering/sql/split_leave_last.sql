-- The split of each play: of each playlist the last play is tested on, the one
-- before it validated on, and the rest trains. Playlists of one or two songs train.
with

counted as (

    select
        *,
        row_number() over (
            partition by list, dropped is null
            order by place desc, row desc
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
