-- One row per row of `raw`, in input order: its text as ids, numbers and moments. A moment is a
-- number of seconds since 1970 in UTC. Ids are in Unicode's form NFC. An id of two names joins them
-- with a tab, and a tab inside a name is escaped, so different pairs never get the same id.
with

tidy as (

    select
        file,
        nullif(trim(translate(nfc_normalize("user"), e'\n\r', '  ')), '') as user_id,
        nullif(trim(translate(nfc_normalize(playlist), e'\n\r', '  ')), '') as playlist,
        try_cast(position as double) as position,
        nullif(trim(time), '') as time,
        nullif(trim(translate(nfc_normalize(song), e'\t\n\r', '   ')), '') as song_id,
        nullif(trim(translate(nfc_normalize(artist), e'\n\r', '  ')), '') as artist,
        nullif(trim(translate(nfc_normalize(track), e'\n\r', '  ')), '') as track,
        nullif(trim(split), '') as split,
        try_cast(duration as double) as duration,
        problem,
        line

    from raw

),

escaped as (

    select
        *,
        if(
            regexp_matches(user_id, '\t|\\[\\t]'),
            replace(replace(user_id, '\', '\\'), e'\t', '\t'),
            user_id
        ) as user_part,
        if(
            regexp_matches(playlist, '\t|\\[\\t]'),
            replace(replace(playlist, '\', '\\'), e'\t', '\t'),
            playlist
        ) as playlist_part,
        if(
            regexp_matches(artist, '\t|\\[\\t]'),
            replace(replace(artist, '\', '\\'), e'\t', '\t'),
            artist
        ) as artist_part,
        if(
            regexp_matches(track, '\t|\\[\\t]'),
            replace(replace(track, '\', '\\'), e'\t', '\t'),
            track
        ) as track_part,
        -- DuckDB reads no offset that is apart
        regexp_replace(time, '\s+(Z|[+-]\d\d(:?\d\d)?)$', '\1') as time_in_one_word,
        if($has_format, null, try_cast(time as double)) as time_number

    from tidy

)

select
    file,
    user_part as user_id,
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
