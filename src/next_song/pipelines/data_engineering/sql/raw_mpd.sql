-- One row per track of the playlists in Million Playlist Dataset slices, as a play.
with

slices as (

    select
        playlists,
        file

    from
        read_json(
            $input,
            columns = {
                'playlists': 'struct(
                    pid varchar,
                    modified_at varchar,
                    tracks struct(
                        pos varchar, track_uri varchar, artist_name varchar, track_name varchar
                    )[]
                )[]'
            },
            format = 'unstructured',
            compression = $compression,
            maximum_object_size = $largest,
            filename = 'file',
            hive_partitioning = false
        )

),

lists as (

    select
        file,
        unnest(playlists) as list

    from slices

),

tracks as (

    select
        file,
        list.pid,
        list.modified_at,
        unnest(list.tracks) as track

    from lists

)

select
    file,
    pid as playlist,
    track.track_uri as song,
    track.pos as position,
    modified_at as time,
    track.artist_name as artist,
    track.track_name as track

from tracks
