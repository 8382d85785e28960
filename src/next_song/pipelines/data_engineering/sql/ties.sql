-- One row: the plays that can be used, and how many of them share playlist and place with another
-- one, the first of each place not counted.
with

places as (

    select count(*) as plays

    from placed

    where problem is null and dropped is null

    group by playlist, place

)

select
    coalesce(sum(plays), 0)::bigint as plays,
    coalesce(sum(plays - 1), 0)::bigint as ties

from places
