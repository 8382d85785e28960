-- One row per line of a JSON file with an object in each line: the object, or the problem with it.
with

parsed as (

    select
        file,
        line,
        try_cast(line as json) as json

    from lines_of_text

)

select
    file,
    json,
    case
        when trim(line) is null then 'blank'
        when json is null or json_type(json) <> 'OBJECT' then 'no JSON object'
    end as problem,
    if(json is null or json_type(json) <> 'OBJECT', line, null) as line

from parsed
