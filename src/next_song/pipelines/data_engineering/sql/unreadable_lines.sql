-- One row per line that DuckDB could not read: its number, one of the reasons, its text and file.
select
    reject_errors.line::bigint as line,
    min(reject_errors.error_message) as reason,
    min(reject_errors.csv_line) as text,
    reject_scans.file_path as file,
    min(reject_errors.error_type) as kind

from reject_errors

inner join reject_scans
    on
        reject_errors.scan_id = reject_scans.scan_id
        and reject_errors.file_id = reject_scans.file_id

group by reject_scans.file_path, reject_errors.line
