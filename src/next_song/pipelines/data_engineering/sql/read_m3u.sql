-- One row per line of M3U files.
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
        delim = e'\x1f',
        filename = 'file',
        strict_mode = false,
        store_rejects = true
    )
