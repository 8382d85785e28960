-- One row per line of delimited text whose quotes cannot be trusted: its fields, split within the
-- line, or the problem with it. Quotes count where all of those in the line are in their places.
with

divided as (

    select
        file,
        line,
        string_split(line, $delimiter) as plain,
        if(
            contains(line, '"')
            and len($delimiter) = 1
            and regexp_full_match(line, $pattern),
            list_transform(
                regexp_extract_all($delimiter || line, $delimiter || '(' || $field || ')', 1),
                lambda field:
                if(
                    starts_with(field, '"') and ends_with(field, '"') and len(field) > 1,
                    replace(field[2:-2], '""', '"'),
                    field
                )
            ),
            plain
        ) as quoted

    from lines_of_text

),

chosen as (

    select
        file,
        line,
        plain,
        if(len(quoted) <> $width and len(plain) = $width, plain, quoted) as fields

    from divided

),

unquoted as (

    select
        file,
        line,
        -- all in quotes, with one more inside: "a","12" single","b"
        if(
            fields = plain
            and len(fields) > 1
            and len(list_filter(fields, lambda field: regexp_full_match(field, '".*"')))
            = len(fields),
            list_transform(fields, lambda field: replace(field[2:-2], '""', '"')),
            fields
        ) as fields

    from chosen

)

select
    fields,
    file,
    case
        when line is null then 'blank'
        when line = $first then 'header'
        when
            starts_with(line, 'sep=') and (len(fields) <> $width or line = 'sep=' || $delimiter)
            then 'header'
        when len(fields) <> $width
            then format('Expected Number of Columns: {} Found: {}', $width, len(fields))
    end as problem,
    if(len(fields) = $width, null, line) as line

from unquoted
