-- One row per value of a JSON file, and the file: an object of an array or of a line, or all of it.
select
    json,
    file

from
    read_json_objects(
        $input,
        format = $format,
        compression = $compression,
        maximum_object_size = $largest,
        filename = 'file',
        hive_partitioning = false
    )
