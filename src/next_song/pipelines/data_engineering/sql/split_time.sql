-- One row per play, with its split: the playlists that end last are for test, then validation.
with

ends as (

    select
        list,
        max(time) as ended,
        min(row) as first_row

    from cleaned

    where dropped is null

    group by list

),

ranked as (

    select
        list,
        (age_rank(ended, first_row) - 0.5) / count(*) over () as share

    from ends

)

select
    cleaned.row,
    case
        when cleaned.dropped is not null then null
        when ranked.share > 1 - $test then 'test'
        when ranked.share > 1 - $test - $validation then 'validation'
        else 'train'
    end as split,
    cleaned.dropped

from cleaned

left join ranked on cleaned.list = ranked.list
