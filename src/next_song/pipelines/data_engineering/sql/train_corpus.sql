-- One row per training playlist, the oldest first: its song numbers as one line of text.
select array_to_string(songs, ' ') as line

from playlists

where split = 'train'

order by ordinal
