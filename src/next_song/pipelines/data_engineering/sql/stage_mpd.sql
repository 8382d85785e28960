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
    track.pos::double as place,
    false as by_row,
    modified_at::double as time,
    nullif(trim(track.track_uri), '') as song_id,
    nullif(trim(track.artist_name), '') as artist,
    nullif(trim(track.track_name), '') as track,
    null::varchar as split,
    null::varchar as problem,
    null::varchar as line

from tracks
