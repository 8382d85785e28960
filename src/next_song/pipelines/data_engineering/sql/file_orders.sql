-- One row per file: 1 if the rows of every playlist are sorted, oldest first, -1 if they are newest
-- first, and 0 if they are neither, or if rows of the same place are sorted by song. Fewer than ten
-- of those may be so by chance, and keep the order of the file.
with

steps as (

    select
        file,
        place - lag(place) over in_file as step,
        (song_id > lag(song_id) over in_file)::integer
        - (song_id < lag(song_id) over in_file)::integer as song_step,
        try_cast(song_id as double) - lag(try_cast(song_id as double)) over in_file as number_step

    from placed

    where problem is null and dropped is null

    window
        in_file as (
            partition by file, playlist
            order by row
        )

),

files as (

    select
        file,
        coalesce(bool_and(step >= 0), true) as goes_up,
        coalesce(bool_and(step <= 0), true) as goes_down,
        count(*) filter (where step = 0 and song_step <> 0) >= 10 and (
            bool_and(song_step >= 0) filter (where step = 0)
            or bool_and(song_step <= 0) filter (where step = 0)
            or bool_and(coalesce(number_step >= 0, false)) filter (where step = 0)
            or bool_and(coalesce(number_step <= 0, false)) filter (where step = 0)
        ) as is_by_song

    from steps

    group by file

),

-- a file in which nothing is sorted, since all is tied, is taken for one like the others
others as (

    select
        coalesce(bool_or(goes_down and not goes_up), false)
        and not coalesce(bool_or(goes_up and not goes_down), false) as only_down

    from files

)

select
    files.file,
    case
        when files.is_by_song then 0
        when files.goes_up and files.goes_down and others.only_down then -1
        when files.goes_up then 1
        when files.goes_down then -1
        else 0
    end as direction

from files

cross join others

order by files.file
