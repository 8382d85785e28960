-- One row per history: its songs as the model numbers them, oldest first, $songs for one that it
-- does not know; how many these are; and, if it knows none, the artists.
select
    histories.number,
    any_value(histories.playlist) as playlist,
    list(coalesce(songs.song, $songs)::integer order by histories.position) as songs,
    count(*) filter (where songs.song is null) as unknown,
    if(
        count(songs.song) = 0,
        list(coalesce(histories.artist, '') order by histories.position),
        []
    ) as artists

from histories

left join songs on histories.song_id = songs.song_id

where $shard < 0 or histories.number % $shards = $shard

group by histories.number

order by histories.number
