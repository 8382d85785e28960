-- One row per song that is trained now: its number before, -1 if it had none.
select coalesce(former_songs.song, -1) as former

from present_songs

left join former_songs
    on present_songs.song_id = former_songs.song_id and former_songs.plays > 0

order by present_songs.song
