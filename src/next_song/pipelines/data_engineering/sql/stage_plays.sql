-- One row per row of `raw`, in input order: its text as ids, numbers and moments. A moment is a
-- number of seconds since 1970 in UTC. Ids are in Unicode's form NFC: see macros.sql.
with

tidied as (

    select
        file,
        tidy("user") as user_id,
        tidy(playlist) as playlist,
        tidy(without_outer_breaks(song)) as song_id,
        tidy(artist) as artist,
        tidy(track) as track,
        try_cast(position as double) as position,
        tidy(time) as time,
        tidy(split) as split,
        coalesce(try_cast(duration as double) / $duration_unit, clock_seconds(duration))
            as seconds,
        problem,
        line

    from raw

),

parts as (

    select
        *,
        escaped(user_id) as user_part,
        escaped(playlist) as playlist_part,
        in_one_line(escaped(artist)) as artist_part,
        in_one_line(escaped(track)) as track_part,
        -- DuckDB reads no offset that is apart
        regexp_replace(time, '\s+(Z|[+-]\d\d(:?\d\d)?)$', '\1') as time_in_one_word,
        -- DuckDB takes 03/01/24 for the year 3, and BST for a zone in Asia
        regexp_matches(time, '^\d{4}[-/ \\]')
        and not regexp_matches(
            regexp_replace(time, '(?i)utc|gmt|[a-z]+(/[a-z_+-]+)+', ''), '[A-Za-z]{2}'
        ) as is_iso,
        if($has_format, null, try_cast(time as double)) as time_number

    from tidied

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
        when is_iso then epoch(try_cast(time_in_one_word as timestamptz))
    end as time_moment,
    time is not null as has_time,
    if($has_song, song_id, coalesce(artist_part, '') || e'\t' || track_part) as song_id,
    artist,
    track,
    split,
    seconds,
    problem,
    line

from parts
