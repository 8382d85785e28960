-- One row per line of a JSON file with an object in each line: the object, or the problem with it.
with

lines as (

    select
        file,
        line,
        try_cast(line as json) as json

    from
        read_csv(
            $input,
            columns = { 'line': 'varchar' },
            auto_detect = false,
            header = false,
            quote = '',
            escape = '',
            delim = e'\x1f',
            compression = $compression,
            filename = 'file',
            max_line_size = 16000000,
            strict_mode = false,
            store_rejects = true
        )

)

select
    file,
    json,
    case
        when trim(line) is null then 'blank'
        when json is null or json_type(json) <> 'OBJECT' then 'no JSON object'
    end as problem,
    if(json is null or json_type(json) <> 'OBJECT', line, null) as line

from lines
