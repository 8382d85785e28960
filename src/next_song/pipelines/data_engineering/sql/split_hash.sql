-- One row per play read, with its split: playlists drawn by the hash of their id.
with

drawn as (

    select
        *,
        (md5_number_lower(playlist) % 1000000) / 1000000 as draw

    from cleaned

)

select
    row,
    playlist,
    place,
    time,
    song_id,
    artist,
    track,
    case
        when dropped is not null then null
        when draw < $test then 'test'
        when draw < $test + $validation then 'validation'
        else 'train'
    end as split,
    dropped

from drawn

order by row
