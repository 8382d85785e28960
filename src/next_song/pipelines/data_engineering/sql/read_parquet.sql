-- One row per row of a Parquet file, and the file. folders: whether those above it are columns.
select * -- noqa: AM04

from
    read_parquet(
        $input,
        filename = 'read from',
        hive_partitioning = $folders,
        hive_types_autocast = false
    )
