-- One row per play, with its split: the hash of the playlist id decides.
with

drawn as (

    select
        list,
        (md5_number_lower(playlist) % 1000000) / 1000000 as draw

    from lists

)

select
    cleaned.row,
    case
        when cleaned.dropped is not null then null
        when drawn.draw < $test then 'test'
        when drawn.draw < $test + $validation then 'validation'
        else 'train'
    end as split,
    cleaned.dropped

from cleaned

left join drawn on cleaned.list = drawn.list
