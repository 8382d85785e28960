-- One row per line of the public Spotify playlists CSV: its play, or the problem with the line.
-- All fields are quoted, and quotes inside them are not escaped, so lines are split at `","`.
with

divided as (

    select
        line,
        file,
        string_split(line, '","') as fields,
        contains(line, '""') or contains(line, e'\t') as may_be_changed

    from lines_of_text

),

named as (

    select
        line,
        file,
        case
            when line is null then 'blank line'
            when contains(line, '"playlistname"') and regexp_full_match(line, $header)
                then 'header'
            when
                len(fields) <> 4
                or not starts_with(fields[1], '"')
                or not ends_with(fields[4], '"')
                then 'expected 4 quoted fields'
        end as problem,
        substr(fields[1], 2) as user_id,
        case
            when not may_be_changed then fields[2]
            else replace(replace(fields[2], '""', '"'), e'\t', ' ')
        end as artist,
        case
            when not may_be_changed then fields[3]
            else replace(replace(fields[3], '""', '"'), e'\t', ' ')
        end as track,
        left(fields[4], -1) as name

    from divided

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
