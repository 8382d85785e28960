-- One row per playlist: the quoted user and name fields of its lines. The names of each user are
-- distinct. Playlist -1 is the header.
with named as (
    select
        heads.playlist,
        heads.user,
        case heads.fault
            when 1 then '"/'
            when 2 then 'The "' || names.text || '" list'
            when 3 then names.text || ' '
            when 4 then ' ' || names.text
            else names.text
        end as name
    from fake_heads as heads
    inner join fake_names as names on heads.name = names.number
),

numbered as (
    select
        *,
        row_number() over (partition by user, name order by playlist) as copy
    from named
)

select
    playlist,
    '"' || md5($seed || ':' || user) || '"' as user_field,
    '"' || name || case when copy > 1 then ' ' || copy else '' end || '"' as name_field
from numbered
union all
select
    -1 as playlist,
    '"user_id"' as user_field,
    ' "playlistname"' as name_field
order by playlist
