-- One row per line of the input without a play: the number of the line, and the reason.
with

unreadable as (

    select
        line::bigint as line,
        min(error_message) as reason,
        min(csv_line) as text,
        row_number() over (order by line) as place

    from reject_errors

    group by line

),

unusable as (

    select
        row,
        problem,
        line as text

    from staged

    where problem is not null and problem <> 'header'

),

-- DuckDB skips lines that it cannot read, so the lines after them have higher numbers in the file
shifted as (

    select
        unusable.row + count(unreadable.line) as line,
        unusable.problem as reason,
        unusable.text

    from unusable

    left join unreadable on unusable.row > unreadable.line - unreadable.place

    group by unusable.row, unusable.problem, unusable.text

),

rejected as (

    select
        line,
        reason,
        text

    from unreadable

    union all

    select
        line,
        reason,
        text

    from shifted

)

select
    line,
    reason,
    text

from rejected

order by line
