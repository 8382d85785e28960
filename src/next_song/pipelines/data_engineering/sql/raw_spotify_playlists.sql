-- One row per item of the playlists in Spotify's own export, as a play in the order of the items;
-- each playlist has a name and its place in the file.
with

lists as (

    select
        file,
        unnest(json_extract(json, '$.playlists[*]')) as list

    from documents

),

items as (

    select
        file,
        list ->> '$.name' as name,
        unnest(json_extract(list, '$.items[*]')) as item

    from lists

)

select
    file,
    name as playlist,
    coalesce(
        item ->> '$.track.trackUri',
        (item ->> '$.track.artistName') || e'\t' || (item ->> '$.track.trackName')
    ) as song,
    item ->> '$.track.artistName' as artist,
    item ->> '$.track.trackName' as track,
    item ->> '$.addedDate' as time

from items
