-- One row per row in objects that hold all of them, as an array or by their index.
select
    file,
    unnest(json_extract(json, $path)) as json

from documents
