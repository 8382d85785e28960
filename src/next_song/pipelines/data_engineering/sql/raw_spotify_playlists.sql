-- One row per item of the playlists in Spotify's own export, as a play in the order of the items.
-- Playlists of the same name stay apart: the second one gets a tab and 2 after its name.
with

lists as (

    select
        file,
        unnest(json_extract(json, '$.playlists[*]')) as list

    from documents

),

named as (

    select
        file,
        list,
        coalesce(tidy(list ->> '$.name'), (row_number() over ())::varchar) as name,
        row_number() over () as place

    from lists

),

distinct_names as (

    select
        * exclude (name),
        kept_apart(name, row_number() over same_name) as playlist

    from named

    window
        same_name as (
            partition by name
            order by place
        )

),

items as (

    select
        file,
        place,
        playlist,
        unnest(json_extract(list, '$.items[*]')) as item,
        generate_subscripts(json_extract(list, '$.items[*]'), 1) as item_place

    from distinct_names

)

select
    file,
    playlist,
    coalesce(
        item ->> '$.track.trackUri',
        (item ->> '$.track.artistName') || e'\t' || (item ->> '$.track.trackName')
    ) as song,
    item ->> '$.track.artistName' as artist,
    item ->> '$.track.trackName' as track,
    item ->> '$.addedDate' as time

from items

order by place, item_place
