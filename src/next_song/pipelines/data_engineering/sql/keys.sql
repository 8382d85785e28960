-- One row per name of a value in JSON objects.
select distinct unnest(json_keys(json)) as key

from objects

where json_type(json) = 'OBJECT'
