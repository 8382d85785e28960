-- One row per list of JSON files without names of columns: {"playlist": ["song", ...], ...}, where
-- the list is named, or [["song", ...], ...], or a list in each line.
with

lists as (

    select
        file,
        if(json_type(json) = 'OBJECT', json_keys(json), null) as names,
        case
            when json_type(json) = 'OBJECT' then json_extract(json, '$.*')
            when json_type(json, '$[0]') = 'ARRAY' then json_extract(json, '$[*]')
            else [json]
        end as values_of_all

    from documents

),

listed as (

    select
        file,
        unnest(names) as playlist,
        unnest(values_of_all) as songs

    from lists

)

select
    file,
    json_object('playlist', playlist, 'songs', songs) as json

from listed
