-- One row per track of the playlists in Million Playlist Dataset slices, as a play.
with

slices as (

    select playlists

    from
        read_json(
            $input,
            columns = {
                'playlists': 'struct(
                    pid bigint,
                    modified_at bigint,
                    tracks struct(
                        pos bigint, track_uri varchar, artist_name varchar, track_name varchar
                    )[]
                )[]'
            },
            format = 'unstructured',
            maximum_object_size = $largest
        )

),

lists as (

    select unnest(playlists) as list

    from slices

),

tracks as (

    select
        list.pid,
        list.modified_at,
        unnest(list.tracks) as track

    from lists

)

select
    pid::varchar as playlist,
    track.track_uri as song,
    track.pos::varchar as position,
    modified_at::varchar as time,
    track.artist_name as artist,
    track.track_name as track

from tracks
