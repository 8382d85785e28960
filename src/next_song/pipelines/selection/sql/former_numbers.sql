-- One row per song of the refit: its number before, -1 if it had none.
select coalesce(songs.song, -1) as former

from refit_songs

left join songs on refit_songs.song_id = songs.song_id and songs.plays > 0

order by refit_songs.song
