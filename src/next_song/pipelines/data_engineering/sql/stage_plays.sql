-- One row per row of `raw`, in input order: its text as ids, numbers and moments. A moment is a
-- number of seconds since 1970 in UTC. Ids are in Unicode's form NFC. An id of two names joins them
-- with a tab, and a tab inside a name is escaped, so different pairs never get the same id.
with

composed as (

    -- what is ASCII, or has no combining marks, is in NFC already: the function itself is slow
    select
        file,
        case
            when length("user") = strlen("user") then "user"
            when not regexp_matches("user", '[^\x00-\x{2ff}]') then "user"
            else nfc_normalize("user")
        end as "user",
        case
            when length(playlist) = strlen(playlist) then playlist
            when not regexp_matches(playlist, '[^\x00-\x{2ff}]') then playlist
            else nfc_normalize(playlist)
        end as playlist,
        case
            when length(song) = strlen(song) then song
            when not regexp_matches(song, '[^\x00-\x{2ff}]') then song
            else nfc_normalize(song)
        end as song,
        case
            when length(artist) = strlen(artist) then artist
            when not regexp_matches(artist, '[^\x00-\x{2ff}]') then artist
            else nfc_normalize(artist)
        end as artist,
        case
            when length(track) = strlen(track) then track
            when not regexp_matches(track, '[^\x00-\x{2ff}]') then track
            else nfc_normalize(track)
        end as track,
        position,
        nullif(trim(time), '') as time,
        nullif(trim(split), '') as split,
        duration,
        problem,
        line

    from raw

),

tidy as (

    select
        file,
        nullif(trim("user"), '') as user_id,
        nullif(trim(playlist), '') as playlist,
        nullif(trim(
            if(
                contains(song, e'\t') or contains(song, e'\n') or contains(song, e'\r'),
                translate(song, e'\t\n\r', '   '),
                song
            )
        ), '') as song_id,
        nullif(trim(artist), '') as artist,
        nullif(trim(track), '') as track,
        try_cast(position as double) as position,
        time,
        split,
        try_cast(duration as double) as duration,
        problem,
        line

    from composed

),

escaped as (

    select
        *,
        if(
            contains(user_id, e'\t') or contains(user_id, '\t') or contains(user_id, '\\'),
            replace(replace(user_id, '\', '\\'), e'\t', '\t'),
            user_id
        ) as user_part,
        if(
            contains(playlist, e'\t') or contains(playlist, '\t') or contains(playlist, '\\'),
            replace(replace(playlist, '\', '\\'), e'\t', '\t'),
            playlist
        ) as playlist_part,
        if(
            contains(artist, e'\t') or contains(artist, '\t') or contains(artist, '\\')
            or contains(artist, e'\n') or contains(artist, e'\r'),
            translate(replace(replace(artist, '\', '\\'), e'\t', '\t'), e'\n\r', '  '),
            artist
        ) as artist_part,
        if(
            contains(track, e'\t') or contains(track, '\t') or contains(track, '\\')
            or contains(track, e'\n') or contains(track, e'\r'),
            translate(replace(replace(track, '\', '\\'), e'\t', '\t'), e'\n\r', '  '),
            track
        ) as track_part,
        -- DuckDB reads no offset that is apart
        regexp_replace(time, '\s+(Z|[+-]\d\d(:?\d\d)?)$', '\1') as time_in_one_word,
        if($has_format, null, try_cast(time as double)) as time_number

    from tidy

)

select
    file,
    if($has_playlist, null, user_part) as user_id,
    case
        when not $has_user then playlist
        when user_part is null then playlist_part
        else user_part || e'\t' || playlist_part
    end as playlist,
    if(isfinite(position), position, null) as position,
    if(abs(time_number) < 1e19, time_number, null) as time_number,
    case
        when time_number is not null then null
        when $has_format then epoch(try_strptime(time, $time_format))
        else epoch(try_cast(time_in_one_word as timestamptz))
    end as time_moment,
    time is not null as has_time,
    if($has_song, song_id, coalesce(artist_part, '') || e'\t' || track_part) as song_id,
    artist,
    track,
    split,
    duration / $duration_unit as seconds,
    problem,
    line

from escaped
