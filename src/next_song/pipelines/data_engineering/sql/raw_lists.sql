-- One row per song of playlists that are lists: JSON, or text with spaces between the songs. Each
-- song is an id, or an object with an id. Artists and titles may be lists as well.
with

listed as (

    select
        * exclude (song),
        case
            when json_valid(song) and starts_with(song, '[') then json_extract_string(song, '$[*]')
            else string_split_regex(trim(song), '\s+')
        end as songs

    from cells

    where song is not null

),

songs as (

    select
        * exclude (songs),
        unnest(songs) as item,
        generate_subscripts(songs, 1) as place

    from listed

)

select
    file,
    playlist,
    place::varchar as position,
    time,
    "user",
    split,
    if(
        starts_with(item, '{') and json_valid(item),
        coalesce(
            item ->> 'song_id',
            item ->> 'track_id',
            item ->> 'track_uri',
            item ->> 'uri',
            item ->> 'id',
            item ->> 'song'
        ),
        item
    ) as song,
    if(
        json_valid(artist) and starts_with(artist, '['),
        json_extract_string(artist, '$[*]')[place],
        artist
    ) as artist,
    if(
        json_valid(track) and starts_with(track, '['),
        json_extract_string(track, '$[*]')[place],
        track
    ) as track

from songs
