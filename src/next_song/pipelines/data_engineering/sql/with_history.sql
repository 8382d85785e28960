-- The number of playlists with a play to predict, and one before it, in validation and test.
with

lists as (

    select
        count(*) filter (divided.split = 'train') as train,
        count(*) filter (divided.split = 'validation') as validation,
        count(*) filter (divided.split = 'test') as test

    from divided

    inner join cleaned on divided.row = cleaned.row

    where divided.dropped is null

    group by cleaned.list

)

select
    count(*) filter (validation > 0 and train + validation > 1) as validation,
    count(*) filter (test > 0 and train + validation + test > 1) as test

from lists
