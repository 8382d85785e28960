-- One row per song, in the order of the lines. Each file is one playlist, as Exportify writes it.
with

numbered as (

    select
        *,
        row_number() over () as row

    from cells

)

select
    numbered.file,
    file_names.playlist,
    -- older files have the id alone
    if(
        regexp_full_match(numbered.song, '[0-9A-Za-z]{22}'),
        'spotify:track:' || numbered.song,
        numbered.song
    ) as song,
    numbered.position,
    numbered.artist,
    numbered.track,
    numbered.time,
    numbered.problem,
    numbered.line

from numbered

inner join file_names on numbered.file = file_names.file

order by numbered.row
