-- One row per song: the quoted artist and track fields of its lines, including faults. Song -1 is
-- the header.
with words as (
    select
        codes.song,
        codes.fault,
        codes.suffix,
        codes.form,
        artists.name as artist,
        guests.name as guest,
        english.text as english,
        invented.text as invented
    from fake_song_codes as codes
    inner join fake_artists as artists on codes.artist = artists.artist
    left join fake_artists as guests on codes.artist = guests.artist + 1
    inner join fake_english as english on codes.english = english.number
    inner join fake_invented as invented on codes.invented = invented.number
),

titles as (
    select
        *,
        case form
            when 0 then invented || lower(english)
            when 1 then english || ' ' || invented
            when 2 then invented || '''s ' || english
            when 3 then english || ' in ' || invented
            when 4 then english || ', ' || invented
            when 5 then english || ' (' || invented || ')'
            when 6 then 'The ' || english || ' of ' || invented
            else invented || ' & ' || english
        end || case suffix
            when 1 then ' - Remastered'
            when 2 then ' - ' || (1995 + song % 20) || ' Digital Remaster'
            when 3 then ' - Live'
            when 4 then ' [Radio Edit]'
            when 5 then coalesce(' (feat. ' || guest || ')', '')
            else ''
        end as track
    from words
),

faulty as (
    select
        song,
        case fault
            when 2 then artist || ' "La Voz"'
            when 4 then ''
            when 6 then artist || ' '
            else artist
        end as artist,
        case
            when fault = 1 and song % 2 = 0 then track || ' - From "' || english || '"'
            when fault = 1 then track || ' - Original 12"'
            when fault = 3 then ''
            when fault = 5 then ' ' || track
            else track
        end as track
    from titles
)

select
    song,
    '"' || artist || '","' || track || '"' as fields
from faulty
union all
select
    -1 as song,
    ' "artistname", "trackname"' as fields
order by song
