# ruff: noqa: RUF001 (dashes and quotes that look alike are what is tested)
"""Each way to write a name finds its song; the answers are compared with a plain reading."""

import gc
import random
import unicodedata
from collections.abc import Callable

import duckdb
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from next_song import sql
from next_song.serving import song_search
from next_song.serving.song_search import Song, SongIndex
from next_song.serving.song_search.matches import Matches
from next_song.serving.song_search.postings import Postings
from next_song.serving.song_search.typos import Spelling
from next_song.serving.song_search.words import asked_words, words

# the first is the most played one
ROWS = [
    ("1", "Beyoncé", "Halo"),
    ("2", "Sigur Rós", "Hoppípolla"),
    ("3", "AC/DC", "Back in Black"),
    ("4", "Guns N’ Roses", "Sweet Child O' Mine"),
    ("5", "The Beatles", "Here Comes the Sun"),
    ("6", "The Beatles", "Here, There and Everywhere"),
    ("7", "Röyksopp", "What Else Is There?"),
    ("8", "Kølsch", "Grey"),
    ("9", "宇多田ヒカル", "First Love"),
    ("10", "Кино", "Группа крови"),
    ("11", "!!!", "???"),
    ("12", "Jay-Z", "99 Problems – Live “in” Brooklyn"),
    ("13", None, "🎵"),
    ("halo", "Someone", "Else"),
    ("15", "Αλκίνοος Ιωαννίδης", "Βόσπορος"),
    ("16", "Straße", "Weiß"),
]
NAMES = {row[0]: " - ".join(part for part in row[1:] if part) for row in ROWS}
LETTERS = st.sampled_from("aábcdeéfgöøñ АБвй Σσς 日本の 12 -–'’\"“!&🎵")
TEXTS = st.text(LETTERS, max_size=20)
DASHES, QUOTES = "-‐‑–—−", "'’‘´"


def table(rows: list[tuple[str, str | None, str | None]]) -> duckdb.DuckDBPyRelation:
    columns = dict(zip(("song_id", "artist", "track"), zip(*rows, strict=True), strict=True))
    numbers = {"song": pa.array(range(len(rows)), pa.int32())}
    strings = {name: pa.array(column, pa.string()) for name, column in columns.items()}
    return sql.connection().from_arrow(pa.table(numbers | strings))


@pytest.fixture(scope="module")
def index() -> SongIndex:
    return SongIndex(table(ROWS))


def ids(found: list[Song]) -> list[str]:
    return [song.song_id for song in found]


def bare(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    return "".join(part for part in parts if not unicodedata.combining(part))


WAYS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "upper": str.upper,
    "lower": str.lower,
    "bare": bare,
    "NFC": lambda text: unicodedata.normalize("NFC", text),
    "NFD": lambda text: unicodedata.normalize("NFD", text),
    "NFKD": lambda text: unicodedata.normalize("NFKD", text),
    "no dash": lambda text: text.replace(" - ", " "),
    "wide": lambda text: "".join(chr(ord(c) + 0xFEE0) if "A" <= c <= "z" else c for c in text),
}


@given(st.sampled_from(sorted(NAMES)), st.lists(st.sampled_from(sorted(WAYS))), st.data())
def test_every_way_to_write_a_name_finds_its_song(
    index: SongIndex, song: str, ways: list[str], data: st.DataObject
) -> None:
    text = NAMES[song]
    for way in ways:
        text = WAYS[way](text)
    text = "".join(
        data.draw(st.sampled_from(marks))
        if (marks := next((marks for marks in (DASHES, QUOTES) if part in marks), ""))
        else part
        for part in text
    )
    written = " ".join(data.draw(st.permutations(text.split(" "))))
    assert ids(index.search(written))[0] == song
    assert index.find([written])[written].song_id == song


@pytest.mark.parametrize("dash", DASHES)
def test_a_name_of_signs_with_any_dash(index: SongIndex, dash: str) -> None:
    assert ids(index.search(f"!!! {dash} ???")) == ["11"]


@given(st.sampled_from(sorted(NAMES)), st.data())
def test_each_keystroke_shows_it(index: SongIndex, song: str, data: st.DataObject) -> None:
    name = NAMES[song]
    typed = name[: data.draw(st.integers(1, len(name)))]
    assume(words(typed) and not typed.endswith("O'"))
    assert song in ids(index.search(typed))


def typo(word: str, place: int, kind: str) -> str:
    before, letter, after = word[:place], word[place], word[place + 1 :]
    changed = {
        "missing": before + after,
        "twice": before + letter * 2 + after,
        "other": f"{before}x{after}",
        "swapped": before + after[:1] + letter + after[1:],
    }
    return changed[kind]


@given(
    st.sampled_from(["beatles", "hoppipolla", "everywhere", "brooklyn", "royksopp", "группа"]),
    st.sampled_from(["missing", "twice", "other", "swapped"]),
    st.data(),
)
def test_a_typo_is_tolerated(index: SongIndex, word: str, kind: str, data: st.DataObject) -> None:
    (right, *_) = ids(index.search(word))
    assert right in ids(index.search(typo(word, data.draw(st.integers(0, len(word) - 1)), kind)))


@pytest.mark.parametrize(
    "nonsense", ["qqqq", "beat qqqq", "hxyz comes", "zzzzzzzzzzzz", "sn", "½¾⅔", "...", "- –", "\0"]
)
def test_nonsense_finds_nothing(index: SongIndex, nonsense: str) -> None:
    assert index.search(nonsense) == []
    assert index.find([nonsense]) == {}
    assert len(index.nearest(nonsense)) == 3


def test_best_match_comes_first_then_the_most_played(index: SongIndex) -> None:
    assert ids(index.search("here")) == ["5", "6"]
    assert ids(index.search("the beatles here there")) == ["6"]
    assert ids(index.search("else")) == ["7", "halo"]
    assert ids(index.search("halo")) == ["halo", "1"]  # an id is the best match
    assert ids(index.search("")) == [row[0] for row in ROWS]
    assert ids(index.search("", 2)) == ["1", "2"]


def test_whole_words_come_before_begun_ones_and_phrases_before_scattered_words() -> None:
    rows = [("1", "Loved", "X"), ("2", "A B", "Love C"), ("3", "C", "Love B A"), ("4", "Y", "Love")]
    index = SongIndex(table(rows))
    assert ids(index.search("love")) == ["2", "3", "4", "1"]
    assert ids(index.search("love b")) == ["3", "2"]
    assert ids(index.search("love y")) == ["4"]


def found(text: str, *tracks: str) -> list[str]:
    """The tracks that a text finds, of which the first is the most played one."""
    index = SongIndex(table([(f"id{row}", None, track) for row, track in enumerate(tracks)]))
    return [song.name for song in index.search(text)]


def test_whole_words_with_others_come_before_a_begun_one_alone() -> None:
    assert found("love", "Loved", "Love Me", "Love") == ["Love", "Love Me", "Loved"]


def test_fewer_typos_come_first_and_more_than_two_are_none() -> None:
    names = ("evarywhera xy", "everywhera xy", "everywhere x", "everywhxxx xy", "evarywhera")
    assert found("everywhere xy", *names) == ["everywhera xy", "evarywhera xy"]


@pytest.mark.parametrize(
    ("typed", "name", "is_found"),
    [
        ("abx", "abc", False),
        ("abcx", "abcd", True),
        ("abcdexy", "abcdefg", False),
        ("abcdefxy", "abcdefgh", True),
    ],
)
def test_words_of_four_letters_have_a_typo_and_those_of_eight_two(
    typed: str, name: str, is_found: bool
) -> None:
    assert found(typed, name) == [name] * is_found


@pytest.mark.parametrize(("words_asked", "count"), [(12, 1), (13, 0)])
def test_typos_are_tolerated_in_twelve_words(words_asked: int, count: int) -> None:
    name = " ".join(f"word{letter}" for letter in "abcdefghijklm"[:words_asked])
    assert len(found(f"wrod{name[4:]}", name)) == count
    assert found(name, name) == [name]


def test_a_name_without_words_is_found_by_itself_alone() -> None:
    index = SongIndex(table([("1", None, "love"), ("2", None, "–"), ("3", None, '"-"')]))
    assert ids(index.search("–")) == ["2"]
    assert index.find(["–", '"-"', "-"]) == {"–": Song("2", "–"), '"-"': Song("3", '"-"')}


def test_a_rare_word_counts_more_than_a_frequent_one() -> None:
    names = [*(f"often {letter}" for letter in "abcde"), "rare f", "rare often"]
    postings = Postings.of(pa.array(names, pa.large_string()))
    of = {word: number for number, word in enumerate(postings.words)}
    asked = [[(of["often"], 1.0)], [(of["rare"], 1.0)]]
    found = Matches(postings).closest(asked, 7)
    assert [names[row] for row in found] == ["rare often", "rare f", *names[:5]]
    weaker = [[(of["often"], 1.0)], [(of["rare"], 0.1)]]
    assert [names[row] for row in Matches(postings).closest(weaker, 2)] == ["rare often", "often a"]


def test_only_the_last_word_may_be_begun() -> None:
    assert found("one two thr", "one two three") == ["one two three"]
    assert found("one tw three", "one two three") == []
    assert found("on two three", "one two three") == []


def test_twenty_songs_are_found_and_the_three_nearest() -> None:
    index = SongIndex(table([(f"id{row}", None, f"love {row}") for row in range(30)]))
    assert ids(index.search("love")) == [f"id{row}" for row in range(20)]
    assert ids(index.search("love", 30)) == [f"id{row}" for row in range(30)]
    assert ids(index.search("")) == [f"id{row}" for row in range(20)]
    assert ids(index.nearest("love 7")) == ["id7", "id17", "id27"]
    assert ids(index.nearest("love 7", 1)) == ["id7"]


HOSTILE = ["'", '"', "a'or 1=1 --", "NEAR(a b)", "love*", "^love", "a AND", "%", "_", "\\", "$text",
           "a\0b", "\x1b[31m", "\ud800", "\udce9", "a" * 100_000, "love " * 20_000, "é" * 100_000,
           "\u202e", "{}", "[", "(?", "\n\r\t"]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:20])
def test_a_text_is_data(index: SongIndex, text: str) -> None:
    assert index.search(text) == index.search(text)
    assert index.find([text]) == {}
    assert song_search.find(table(ROWS), [text]) == {}
    assert len(index.nearest(text)) == 3


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=8), TEXTS)
def test_the_index_agrees_with_a_plain_reading_of_all_names(names: list[str], text: str) -> None:
    """A song is found if each word of the text is a word of its name, or begins the last one."""
    index = SongIndex(table([(f"id{row}", None, name) for row, name in enumerate(names)]))
    asked = asked_words(text)
    assume(asked)
    *whole, last = asked
    plain = {
        f"id{row}"
        for row, name in enumerate(names)
        if {*whole} <= {*words(name)} and any(word.startswith(last) for word in words(name))
    }
    if plain:
        assert {*ids(index.search(text))} == plain
    else:
        near = [song for song in index.search(text) if song.name != text]
        assert all(all(is_near(word, song.name) for word in asked) for song in near)


def is_near(word: str, name: str) -> bool:
    allowed = (len(word) >= 4) + (len(word) >= 8)
    return any(
        OSA.distance(word, other) <= allowed or other.startswith(word) for other in words(name)
    )


@given(st.lists(TEXTS, min_size=1, max_size=8, unique=True))
def test_an_exact_name_or_id_finds_that_song_first(names: list[str]) -> None:
    rows = [(name or "none", None, f"{name}!") for name in names]
    index = SongIndex(table(rows))
    for song, _, name in rows:
        if song.strip():
            assert ids(index.search(song))[0] == song
            assert index.find([song])[song].song_id == song
        first = next(other for other in rows if other[2].lower() == name.lower())
        if name not in {row[0] for row in rows}:
            assert index.find([name])[name].song_id == first[0]


def test_the_index_finds_and_names_as_the_queries_do(index: SongIndex) -> None:
    songs = table(ROWS)
    texts = [*NAMES, *NAMES.values(), "HALO", "no such song", "halo beyonce"]
    assert index.find(texts) == song_search.find(songs, texts)
    given_ids = ["3", "1", "halo", "3", "nobody"]
    assert index.names(given_ids) == song_search.names(songs, given_ids)


def test_ids_and_names_as_they_are_need_no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(song_search, "_index", asked.append)
    found = song_search.find(table(ROWS), ["3", "ac/dc - BACK in black", "", "  "])
    assert {text: song.song_id for text, song in found.items()} == {
        "3": "3",
        "ac/dc - BACK in black": "3",
    }
    assert asked == []


def test_the_same_answers_in_any_order_of_questions() -> None:
    one, other = SongIndex(table(ROWS)), SongIndex(table(ROWS))
    questions = ["the", "h", "here", "betles", *NAMES.values()]
    shuffled = random.Random(1).sample(questions, len(questions))
    answers = {text: other.search(text) for text in shuffled}
    assert {text: one.search(text) for text in questions} == answers


def test_a_table_without_songs_finds_nothing() -> None:
    index = SongIndex(table([("1", "a", "b")]).filter("false"))
    assert index.search("a") == index.search("") == index.nearest("a") == []
    assert index.find(["a"]) == index.names(["a"]) == {}


def test_questions_about_many_tables_keep_one_index() -> None:
    before = indexes()
    for number in range(5):
        song_search.nearest(table([*ROWS, (f"x{number}", "Another", "Song")]), "Halo")
    assert indexes() <= before + 1
    songs = table(ROWS)
    assert song_search._index(songs) is song_search._index(songs)


def indexes() -> int:
    """How many there are in memory."""
    gc.collect()
    return sum(type(one) is SongIndex for one in gc.get_objects())


def test_the_nearest_of_a_long_text_are_those_of_its_first_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    similar = Spelling.similar

    def counted(self: Spelling, word: str, most: int) -> list[tuple[int, float]]:
        asked.append(word)
        return similar(self, word, most)

    monkeypatch.setattr(Spelling, "similar", counted)
    found = SongIndex(table(ROWS)).nearest("halo " + " ".join(f"word{n}" for n in range(500)))
    assert len(found) == 3
    assert asked[0] == "halo"
    assert len(asked) <= 12


def test_the_nearest_of_an_id_that_is_mistyped() -> None:
    rows = [*ROWS, ("spotify:track:4uLU6hMCjMI75M1A2tKUQC", "Somebody", "Something")]
    found = SongIndex(table(rows)).nearest("spotify:track:4uLU6hMCjMI75M1A2tKUQD", 1)
    assert [song.song_id for song in found] == [rows[-1][0]]


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Michał Bajor", "michal bajor"),
        ("Ka\u02bcau", "kaau"),
        ("Ka\u02bcau", "Ka'au"),
        ("Đorđe Ðór", "dorde dor"),
        ("Ħal Þór Œuvre", "hal thor oeuvre"),
        ("ıstanbul", "istanbul"),
    ],
)
def test_letters_that_a_keyboard_lacks_may_be_typed_without(written: str, typed: str) -> None:
    assert words(written) == words(typed)


@pytest.mark.parametrize("name", ["ไทยแลนด์", "ປະເທດລາວ", "宇多田", "ひらがな"])
def test_a_part_of_a_name_without_spaces_is_found(name: str) -> None:
    songs = SongIndex(table([*ROWS, ("x", name, "Song")]))
    assert "x" in [song.song_id for song in songs.search(name[1:3], 5)]


def test_words_together_come_first_though_many_songs_are_played_more() -> None:
    apart = [(str(n), "Some", f"Rain {n} Purple") for n in range(60)]
    index = SongIndex(table([*apart, ("together", "Prince", "Purple Rain")]))
    assert [song.song_id for song in index.search("purple rain", 3)] == ["together", "0", "1"]


@pytest.mark.parametrize(
    ("letters", "plain"),
    [
        ("Øø", "oo"),
        ("Łł", "ll"),
        ("Đđ", "dd"),
        ("Ðð", "dd"),
        ("Ħħ", "hh"),
        ("Ææ", "aeae"),
        ("Œœ", "oeoe"),
        ("Þþ", "thth"),
        ("ıi", "ii"),
    ],
)
def test_letters_that_have_no_accent_to_lose_are_plain_as_well(letters: str, plain: str) -> None:
    assert words(letters) == [plain]


@pytest.mark.parametrize("text", ["กขค", "ກຂຄ", "ひらか", "カタナ", "日本語"])
def test_in_scripts_without_spaces_each_character_is_a_word(text: str) -> None:
    assert words(f"{text} a{text}") == [*text, "a", *text]


def test_the_nearest_is_so_in_any_case() -> None:
    songs = SongIndex(table([("1", None, "abbb wxterxoo"), ("2", None, "ABBA WATERLOO")]))
    assert ids(songs.nearest("abba waterlo", 1)) == ["2"]


def test_an_id_is_one_of_as_many_songs_as_are_asked_for(index: SongIndex) -> None:
    assert ids(index.search("halo", 1)) == ["halo"]
