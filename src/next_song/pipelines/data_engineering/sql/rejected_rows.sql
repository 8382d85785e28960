-- One row per line of the input without a play: its number, the reason, its text and its file. The
-- files are in the order of the input: a path may be that of a copy, in a folder of any name.
with

unreadable as (

    select
        *,
        row_number() over (
            partition by file
            order by line
        ) as place

    from unreadable_lines

),

rows_of_files as (

    select
        file,
        min(rowid) as before

    from kept.plays_read

    group by file

),

-- of lists, a line has a row for each of its songs
lines_of_lists as (

    select
        rowid as play,
        row_number() over (
            partition by file
            order by rowid
        ) as row

    from kept.plays_read

    where $lists and (problem is not null or position = 1)

),

unusable as (

    select
        coalesce(lines_of_lists.row, plays_read.rowid - rows_of_files.before + 1) as row,
        plays_read.problem,
        plays_read.line as text,
        plays_read.file

    from kept.plays_read

    inner join rows_of_files on plays_read.file = rows_of_files.file

    left join lines_of_lists on plays_read.rowid = lines_of_lists.play

    where plays_read.problem is not null and plays_read.problem not in ('header', 'blank')

),

-- DuckDB skips lines that it cannot read, so the lines after them have higher numbers in the file
shifted as (

    select
        unusable.row + count(unreadable.line) as line,
        unusable.problem as reason,
        unusable.text,
        unusable.file

    from unusable

    left join unreadable
        on
            unusable.file = unreadable.file
            and unusable.row > unreadable.line - unreadable.place

    group by unusable.row, unusable.problem, unusable.text, unusable.file

),

rejected as (

    select
        line,
        reason,
        text,
        file

    from unreadable

    union all

    select
        line,
        reason,
        text,
        file

    from shifted

),

named as (

    select
        rejected.*,
        rows_of_files.before,
        regexp_replace(rejected.file, '^.*[/\\]', '') as name

    from rejected

    left join rows_of_files on rejected.file = rows_of_files.file

)

select
    line,
    reason,
    text,
    name as file

from named

order by named.before nulls last, name, named.file, line
