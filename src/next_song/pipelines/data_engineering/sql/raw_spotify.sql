-- One row per line of the public Spotify playlists CSV: its play, or the problem with the line.
-- All fields are quoted, and quotes inside them are not escaped, so lines are split at `","`.
with

lines as (

    select
        line,
        file

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
            strict_mode = false,
            store_rejects = true
        )

),

fields as (

    select
        line,
        file,
        string_split(line, '","') as fields,
        regexp_full_match(
            line, '\s*"user_id"\s*,\s*"artistname"\s*,\s*"trackname"\s*,\s*"playlistname"\s*'
        ) as is_header

    from lines

),

named as (

    select
        line,
        file,
        case
            when line is null then 'blank line'
            when is_header then 'header'
            when
                len(fields) <> 4
                or not starts_with(fields[1], '"')
                or not ends_with(fields[4], '"')
                then 'expected 4 quoted fields'
        end as problem,
        substr(fields[1], 2) as user_id,
        replace(replace(fields[2], '""', '"'), e'\t', ' ') as artist,
        replace(replace(fields[3], '""', '"'), e'\t', ' ') as track,
        left(fields[4], -1) as name

    from fields

)

select
    file,
    if(problem is null, name, null) as playlist,
    if(problem is null, artist, null) as artist,
    if(problem is null, track, null) as track,
    if(problem is null, user_id, null) as user,
    problem,
    if(problem is null, null, line) as line

from named
