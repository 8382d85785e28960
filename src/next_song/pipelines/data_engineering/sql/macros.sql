-- What several files of this folder say in the same way.

-- The number of a playlist from the oldest to the newest, by the time of its last play, or without
-- times by the row of its first.
create or replace temp macro age_rank(ended, first_row) as
row_number() over (order by ended nulls first, first_row);

-- How names become part of an id. Most text needs no change, and tests for that are cheap.

-- Without spaces around it and tabs after it, and in Unicode's form NFC; null if nothing is left. A
-- tab before it stays: the id of a song without an artist begins with one. ASCII, and what has no
-- combining marks, is in NFC, and only other text can begin or end in other spaces.
create or replace temp macro tidy(name) as
case
    when name = '\N' then null -- as MySQL writes it
    when strlen(name) <> length(name) and regexp_matches(name, '[\x{a0}\x{300}-\x{10ffff}]')
        then nullif(trim(rtrim(nfc_normalize(name), e' \t')), '')
    when name < '!' or ends_with(name, ' ') or ends_with(name, e'\t')
        then nullif(trim(rtrim(name, e' \t')), '')
    else name
end;

-- A name as a part of an id: parts are joined with a tab, so a tab inside of one is escaped, and
-- different pairs never get the same id.
create or replace temp macro escaped(name) as
case
    when not contains(name, '\') and not contains(name, e'\t') then name
    when contains(name, e'\t') or contains(name, '\t') or contains(name, '\\')
        then replace(replace(name, '\', '\\'), e'\t', '\t')
    else name
end;

-- The name of a playlist that is the `number`th of this name: the second one gets a tab and 2.
create or replace temp macro kept_apart(name, number) as
if(number > 1, name || e'\t' || number, name);

-- An id without line breaks around it; with one inside, the play is left out: placed.sql.
create or replace temp macro without_outer_breaks(name) as
if(
    contains(name, e'\n') or contains(name, e'\r'),
    trim(replace(name, e'\r', e'\n'), e' \n'),
    name
);

-- A name in one line.
create or replace temp macro in_one_line(name) as
if(contains(name, e'\n') or contains(name, e'\r'), translate(name, e'\n\r', '  '), name);

-- An item of a printed list; null if the list says without quotes that it is missing.
create or replace temp macro unless_missing(item, printed) as
if(
    item in ('None', 'nan', 'NaN') and not regexp_matches(printed, '[''"]' || item || '[''"]'),
    null,
    item
);

create or replace temp macro without_quotes(items) as
list_transform(items, lambda item: if(item in ('None', 'nan'), null, item[2:-2]));

-- A number of a list without the names of NumPy's types, as in [np.int64(1)].
create or replace temp macro without_types(printed) as
if(
    starts_with(printed, '[np.'),
    regexp_replace(printed, '\bnp\.\w+\(([^()]*)\)', '\1', 'g'),
    printed
);

-- NumPy's [1. 2.] as [1 2].
create or replace temp macro without_points(printed) as
regexp_replace(printed, '(\d)\.(\s|\])', '\1\2', 'g');

create or replace temp macro is_cut_short(printed) as
contains(printed, '...')
and regexp_matches(
    regexp_replace(printed, '''[^'']*''|"[^"]*"', '', 'g'), '(^\[|[\s,])\.\.\.([\s,]|\]$)'
);

-- The items of a list as JSON, NumPy ([1 2], ['a' 'b' nan]) or Python prints it; null if it is no
-- list. Of what is cut short with `...`, or printed as dicts or tuples, no item is known.
create or replace temp macro printed_list(printed) as
list_transform(
    case
        when not starts_with(printed, '[') then null
        when json_valid(printed) then json_extract_string(printed, '$[*]')
        when regexp_matches(printed, '^\[\s*(\([^)]*,|\{[^}]*:)') or is_cut_short(printed)
            then [null]
        when regexp_full_match(printed, '\[(\s*(''[^'']*''|"[^"]*"|None|nan)(\s|\]$)){2,}')
            then without_quotes(regexp_extract_all(printed, '''[^'']*''|"[^"]*"|None|nan'))
        when regexp_full_match(printed, '\[\s*[^\s,''"\[\]]+(\s+[^\s,''"\[\]]+)+\s*\]')
            then string_split_regex(trim(without_points(printed), e'[] \n'), '\s+')
        else try_cast(without_types(printed) as varchar[])
    end,
    lambda item: unless_missing(item, printed)
);

-- A list of several as Postgres ({a,"b c"}) or Python (('a', 'b')) prints it, in brackets instead.
-- What has such marks inside, too, is no such list: {aa-1},{bb-2} or (Intro) x (Remix). No dict is.
create or replace temp macro in_brackets(printed) as
if(
    regexp_full_match(trim(printed), '\{[^{}]*,[^{}]*\}|\([^()]*,[^()]*\)')
    and not regexp_matches(printed, '[''"]\s*:'),
    '[' || regexp_replace(trim(printed)[2:-2], ',\s*$', '') || ']',
    printed
);

-- A list of names; null if it is one name, of all songs. The items of a list have quotes or are
-- missing: [Untitled] is a name.
create or replace temp macro printed_names(names) as
if(
    starts_with(names, '[')
    and (json_valid(names) or regexp_matches(names, '^\[\s*([''"]|(None|nan)\b)')),
    printed_list(names),
    null
);

-- The first text or number that an object has at one of these paths.
create or replace temp macro first_of(object, paths) as
list_filter(
    json_extract(object, paths), lambda found: json_type(found) not in ('NULL', 'OBJECT', 'ARRAY')
)[1] ->> '$';

-- The seconds of a duration such as 3:20 or 1:03:20.
create or replace temp macro clock_seconds(clock) as
if(
    regexp_full_match(clock, '(\d+:)?\d+:\d\d(\.\d+)?'),
    3600 * coalesce(try_cast(split_part(clock, ':', -3) as double), 0)
    + 60 * try_cast(split_part(clock, ':', -2) as double)
    + try_cast(split_part(clock, ':', -1) as double),
    null
);
