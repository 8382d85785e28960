-- One row per artist, with a unique name.
with words as (
    select
        codes.artist,
        codes.form,
        english.text as english,
        invented.text as invented
    from fake_artist_codes as codes
    inner join fake_english as english on codes.english = english.number
    inner join fake_invented as invented on codes.invented = invented.number
)

select
    artist,
    case form
        when 0 then invented || ' ' || english
        when 1 then 'The ' || invented || ' ' || english || 's'
        when 2 then english || ' ' || invented
        when 3 then 'DJ ' || invented || ' ' || english
        when 4 then invented || ', ' || english || ' & Co.'
        when 5 then 'O''' || invented || ' ' || english
        when 6 then invented || ' & The ' || english || 's'
        else invented || ' ' || english || ' (Trio)'
    end as name
from words
order by artist
