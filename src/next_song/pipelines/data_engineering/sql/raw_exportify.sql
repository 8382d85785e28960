-- One row per song, in the order of the lines. Each file is one playlist, as Exportify writes it.
with

numbered as (

    select
        *,
        row_number() over () as row,
        -- older files have the id alone
        list_contains($bare, file) and regexp_full_match(song, '[0-9A-Za-z]{22}') as is_bare

    from cells

)

select
    numbered.file,
    file_names.playlist,
    if(numbered.is_bare, 'spotify:track:' || numbered.song, numbered.song) as song,
    numbered.position,
    numbered.artist,
    numbered.track,
    numbered.time,
    numbered.problem,
    numbered.line

from numbered

inner join file_names on numbered.file = file_names.file

order by numbered.row
