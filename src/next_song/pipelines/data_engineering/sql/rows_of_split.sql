-- One row per row in objects that hold the names of the columns and, apart, lists of values.
with

rows_of_values as (

    select
        file,
        json_extract_string(json, '$.columns[*]') as names,
        unnest(json_extract(json, '$.data[*]')) as listed

    from documents

)

select
    file,
    to_json(map_from_entries(list_zip(names, json_extract(listed, '$[*]')))) as json

from rows_of_values
