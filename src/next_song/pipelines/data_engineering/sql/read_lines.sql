-- One row per line of text files, as it is written, and the file; null where a line is blank.
select
    line,
    file

from
    read_csv(
        $input,
        columns = { 'line': 'varchar' },
        auto_detect = false,
        header = false,
        quote = '',
        escape = '',
        delim = e'\x1f\x1e\x1f\x1e', -- which no text has
        compression = $compression,
        filename = 'file',
        max_line_size = $longest,
        strict_mode = false,
        store_rejects = true
    )
