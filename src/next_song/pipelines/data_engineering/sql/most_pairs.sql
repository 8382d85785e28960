-- The $most pairs of each song with the highest sum of rates, by song and other song.
select
    song,
    other,
    next,
    later,
    earlier,
    together

from pairs

qualify
    row_number() over (
        partition by song
        order by next::double + later + earlier + together desc, other asc
    ) <= $most

order by song, other
