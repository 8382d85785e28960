-- One row per entry of M3U playlists, one file for each: its location, with artist and title from
-- the last `#EXTINF:seconds,artist - title` since the location before.
with

noted as (

    select
        row,
        file,
        trim(line) as line,
        starts_with(trim(line), '#') as is_note,
        -- count_if: a filtered count over a window takes a time that grows with its square
        coalesce(
            count_if(not starts_with(trim(line), '#')) over (
                partition by file
                order by row
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as entry

    from lines_of_m3u

    where trim(line) <> ''

),

titled as (

    select
        row,
        file,
        line as song,
        is_note,
        last_value(nullif(regexp_extract(line, '^#EXTINF:[^,]*,(.*)$', 1), '') ignore nulls) over (
            partition by file, entry
            order by row
        ) as title

    from noted

),

entries as (

    select * from titled

    where not is_note

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
