-- One row per line of a CSV table that DuckDB could not read: where it stands and why.
select
    line::bigint as line,
    min(error_message) as reason,
    min(csv_line) as text

from reject_errors

group by line

order by line
