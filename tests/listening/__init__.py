"""The same playlists and history in the files of every source: to write them and read them back."""
