-- One row per row of a Parquet file, and the file.
select * -- noqa: AM04

from read_parquet($input, filename = 'read from', hive_partitioning = false)
