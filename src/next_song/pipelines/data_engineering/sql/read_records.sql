-- One row per object of a JSON file: its values as text as they are written, and the file.
select * -- noqa: AM04

from
    read_json(
        $input,
        format = $format,
        columns = $columns,
        compression = $compression,
        maximum_object_size = $largest,
        filename = 'read from',
        hive_partitioning = false
    )
