-- One row per file: the playlist that it is.
select
    unnest($files) as file,
    unnest($names) as playlist
