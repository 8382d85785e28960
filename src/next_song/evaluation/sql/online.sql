-- One row per history that an endpoint was asked, and one per event that cannot be read: whether it
-- can be read, how many of the first $k answers there are, in how many playlists the history is the
-- beginning, which is the first of them, and in what share of them the next song is an answer.
with

events as (

    select
        if(json_valid(request), request::json, '{}') as request,
        from_json(
            if(json_valid(answer), answer, '{}'),
            '{"predictions": [{"song_ids": ["VARCHAR"]}], "outputs": {"song_ids": [["VARCHAR"]]}}'
        ) as answer

    from captured

    where inference is distinct from $smoke

),

-- in TensorFlow Serving's row format, or else in its column format; a model with one input takes
-- its values without the name, and SageMaker's container takes them without `instances`
listed as (

    select
        list_transform(
            list_filter(
                [
                    json_extract(request, '$.instances[*].song_ids'),
                    json_extract(request, '$.instances[*]'),
                    json_extract(request, '$.inputs.song_ids[*]'),
                    json_extract(request, '$.inputs[*]'),
                    json_extract(request, '$[*].song_ids'),
                    json_extract(request, '$[*]'),
                    [json_extract(request, '$.song_ids')]
                ],
                lambda found: len(found) > 0 and json_type(found[1]) = 'ARRAY'
            )[1],
            lambda songs: from_json(songs, '["VARCHAR"]')
        ) as histories,
        coalesce(
            list_transform(answer.predictions, lambda row: row.song_ids), answer.outputs.song_ids
        ) as answers

    from events

),

pairs as (

    select
        unnest(
            if(
                len(histories) = len(answers) and len(histories) > 0,
                list_zip(histories, answers),
                [null]
            )
        ) as pair

    from listed

),

sent as (

    select
        row_number() over () as number,
        list_filter(pair[1], lambda song: song != '') as history, -- without padding
        list_slice(pair[2], 1, $k) as songs

    from pairs

),

-- without repeats in a row, as in cleaned playlists
asked as (

    select
        * exclude (history),
        list_transform(
            list_filter(
                range(1, len(history) + 1), lambda place:
                $repeats or place = 1 or history[place] != history[place - 1]
            ),
            lambda place: history[place]
        ) as history

    from sent

),

played as (

    select
        number as playlist,
        list(song_id order by position) as songs

    from histories

    group by number

),

found as (

    select
        asked.number,
        played.playlist,
        list_contains(asked.songs, played.songs[len(asked.history) + 1])::integer as hit

    from asked

    inner join played
        on
            asked.history[1] = played.songs[1]
            and len(asked.history) < len(played.songs)
            and asked.history = list_slice(played.songs, 1, len(asked.history))

    where asked.songs is not null

)

select
    asked.number,
    any_value(asked.history is not null and asked.songs is not null) as is_read,
    any_value(len(asked.songs)) as answers,
    count(found.playlist) as playlists,
    min(found.playlist) as playlist,
    avg(found.hit) as hits

from asked

left join found on asked.number = found.number

group by asked.number

order by asked.number
