-- One row per playlist and split: its song numbers in play order. Songs before `first_target`
-- belong to an earlier split and are only history. All splits that train are named `train`.
-- `ordinal` numbers the playlists from the oldest to the newest, by the time of the last play that
-- trains (or of the last one, if none does), and then by the row of the first.
with

kept as (

    select
        plays.playlist,
        plays.row,
        plays.place,
        plays.tie,
        plays.time,
        songs.song,
        case
            when list_contains($training, plays.split) then 0
            when plays.split = 'validation' then 1
            else 2
        end as level

    from plays

    inner join songs on plays.song_id = songs.song_id

    where plays.dropped is null

),

whole as (

    select
        playlist,
        coalesce(max(time) filter (where level = 0), max(time)) as ended,
        min(row) as first_row,
        list(song order by level, place, tie) as songs,
        count(*) filter (where level = 0) as train,
        count(*) filter (where level = 1) as validation,
        count(*) filter (where level = 2) as test

    from kept

    group by playlist

),

parts as (

    select
        playlist,
        age_rank(ended, first_row) as ordinal,
        songs,
        unnest([
            { 'level': 0, 'split': 'train', 'first': 0, 'last': train },
            { 'level': 1, 'split': 'validation', 'first': train, 'last': train + validation },
            {
                'level': 2,
                'split': 'test',
                'first': train + validation,
                'last': train + validation + test
            }
        ]) as part

    from whole

)

select
    playlist,
    part.split,
    ordinal,
    songs[1:part.last] as songs,
    part.first as first_target

from parts

where part.last > part.first

order by part.level, ordinal
