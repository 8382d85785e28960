-- One row per play, with the split that the input names. If it names no validation split, the
-- latest tenth of the training playlists, by the time of their last play or, without times, by the
-- row of their first, becomes the validation split. A single training playlist stays one.
with

named as (

    select
        * replace (
            case lower(split)
                when 'train' then 'train'
                when 'training' then 'train'
                when 'validation' then 'validation'
                when 'valid' then 'validation'
                when 'val' then 'validation'
                when 'dev' then 'validation'
                when 'test' then 'test'
            end as split
        )

    from cleaned

    where dropped is null

),

training as (

    select
        list,
        max(time) as ended,
        min(row) as first_row

    from named

    where split = 'train'

    group by list

),

latest as (

    select list

    from training

    where
        not exists (
            select 1 from named
            where named.split = 'validation'
        )

    qualify age_rank(ended, first_row) > greatest(1, 0.9 * count(*) over ())

)

select
    cleaned.row,
    if(named.split = 'train' and latest.list is not null, 'validation', named.split) as split,
    if(cleaned.dropped is null and named.split is null, 'unknown split', cleaned.dropped)
        as dropped

from cleaned

left join named on cleaned.row = named.row

left join latest on named.list = latest.list
