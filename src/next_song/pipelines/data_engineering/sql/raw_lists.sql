-- One row per song of playlists that are lists, or per line that is none. A list is JSON, or text
-- with spaces, or else commas, `;` or `|`, between the songs. A song is an id, or an object with an
-- id and names. Artists and titles may be lists in quotes as well. Each list is a playlist of its
-- own: if it has no name, it is named after its row; the second one of a name gets a tab and 2
-- after it.
with

numbered as (

    select
        *,
        row_number() over () as list

    from cells

),

named as (

    select
        * exclude (playlist),
        if(problem is null, coalesce(tidy(playlist), list::varchar), null) as name

    from numbered

),

distinct_names as (

    select
        * exclude (name),
        kept_apart(name, row_number() over same_name) as playlist

    from named

    window
        same_name as (
            partition by tidy("user"), name
            order by list
        )

),

listed as (

    select
        * exclude (song),
        printed_names(artist) as artists,
        printed_names(track) as tracks,
        case
            when problem is not null or song is null then null
            else coalesce(
                printed_list(in_brackets(song)),
                if(
                    regexp_matches(song, '[,;|]'),
                    string_split_regex(trim(song), '\s*[,;|]\s*'),
                    string_split_regex(trim(song), '\s+')
                )
            )
        end as songs

    from distinct_names

    order by list

),

-- a line without a song keeps its row, which counts the lines
filled as (

    select
        * replace (
            if(len(songs) > 0, problem, coalesce(problem, 'blank')) as problem,
            if(len(songs) > 0, songs, [null]) as songs,
            if(artists is null, artist, null) as artist,
            if(tracks is null, track, null) as track
        )

    from listed

),

songs as (

    select
        * exclude (songs, artists, tracks),
        unnest(songs) as item,
        unnest(list_resize(artists, len(songs))) as own_artist,
        unnest(list_resize(tracks, len(songs))) as own_track,
        generate_subscripts(songs, 1) as place

    from filled

),

typed as (

    select
        *,
        starts_with(item, '{') and json_valid(item) as is_object

    from songs

)

select
    file,
    playlist,
    place::varchar as position,
    time,
    "user",
    split,
    if(is_object, first_of(item, $ids), item) as song,
    coalesce(own_artist, artist, if(is_object, first_of(item, $artists), null)) as artist,
    coalesce(own_track, track, if(is_object, first_of(item, $titles), null)) as track,
    problem,
    line

from typed
