-- One row per song of playlists that Exportify wrote, one file for each, in the order of the lines.
select
    file,
    regexp_replace(
        file, '^.*[/\\]|(?i)(\.(csv|tsv|txt))?(\.(gz|zst|bz2|xz))?$', '', 'g'
    ) as playlist,
    song,
    artist,
    track,
    time,
    problem,
    line

from cells
