-- One row per entry of M3U playlists, one file for each: its location, with artist and title from
-- the line before it (`#EXTINF:seconds,artist - title`).
with

noted as (

    select
        *,
        lag(line) over (
            partition by file
            order by row
        ) as note

    from lines_of_m3u

    where trim(line) <> ''

),

entries as (

    select
        row,
        file,
        trim(line) as song,
        regexp_extract(note, '^#EXTINF:[^,]*,(.*)$', 1) as title

    from noted

    where not starts_with(line, '#')

)

select
    entries.file,
    file_names.playlist,
    entries.song,
    if(contains(entries.title, ' - '), split_part(entries.title, ' - ', 1), null) as artist,
    nullif(
        if(
            contains(entries.title, ' - '),
            regexp_replace(entries.title, '^.*? - ', ''),
            entries.title
        ),
        ''
    ) as track

from entries

inner join file_names on entries.file = file_names.file

order by entries.row
