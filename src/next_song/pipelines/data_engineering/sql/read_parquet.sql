-- One row per row of a Parquet file, and the file.
select * -- noqa: AM04 (the columns are those of the file)

from read_parquet($input, filename = 'read from')
