-- One row per text that names a song, by its id or, ignoring case, by "artist - title". If a text
-- names several songs, the one with that id comes first, then the most played one.
with

asked as (
    select
        text,
        nfc_normalize(text) as composed -- as ids and names are

    from (select distinct unnest($texts::varchar[]) as text) as given
),

by_id as (
    select
        asked.text,
        named.song,
        named.song_id,
        named.name,
        0 as preference

    from asked
    inner join named on asked.composed = named.song_id
),

by_name as (
    select
        asked.text,
        named.song,
        named.song_id,
        named.name,
        1 as preference

    from asked
    inner join named on lower(asked.composed) = lower(named.name)
),

found as (
    from by_id
    union all
    from by_name
)

select
    text,
    song_id,
    name

from found

qualify row_number() over (partition by text order by preference, song) = 1

order by text
