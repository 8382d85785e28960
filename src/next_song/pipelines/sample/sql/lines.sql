-- One row per line of the file, the header first: it is play 0 of song -1 in playlist -1. (With a
-- header added by `union all`, DuckDB 2.0.1 could not spill this sort to disk.)
with whole as (
    select
        plays.play,
        plays.fault,
        playlists.user_field || ',' || songs.fields as start,
        playlists.name_field
    from fake_plays as plays
    inner join fake_playlists as playlists on plays.playlist = playlists.playlist
    inner join fake_songs as songs on plays.song = songs.song
)

select
    case fault
        when 2 then start
        -- The line is cut anywhere after the middle of the user field.
        when 3 then left(start, (20 + play % (length(start) - 20))::integer)
        else start || ',' || name_field
    end as line
from whole
order by play
