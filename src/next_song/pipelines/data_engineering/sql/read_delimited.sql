-- One row per record of delimited text: its fields as they are written, and the file.
select * -- noqa: AM04

from
    read_csv(
        $input,
        delim = $delimiter,
        quote = '"',
        escape = '"',
        header = $header,
        skip = $skip,
        auto_detect = false,
        columns = $columns,
        compression = $compression,
        filename = 'file',
        store_rejects = true,
        strict_mode = true
    )
