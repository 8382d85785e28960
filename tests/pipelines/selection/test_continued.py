"""Which playlists the training of a champion is continued with."""

from next_song import sql
from next_song.pipelines.selection import refitting

# a and b gained songs in validation; the others are as they were
BEFORE = "from (values ('a', 'train'), ('a', 'validation'), ('b', 'validation')) t(playlist, split)"
NAMES = "hgfedcba"


def lines(seed: int) -> list[str]:
    places = [3, 6, 1, 4, 7, 2, 5, 0]  # not the order of the file
    rows = [f"('{NAMES[place]}', 'train', {place}, [{place}, 7])" for place in places]
    rows += [f"('{name}', 'test', {place}, [9])" for place, name in enumerate(NAMES)]
    after = f"from (values {', '.join(rows)}) t(playlist, split, ordinal, songs)"
    found = sql.query(
        refitting.__package__,
        "continued",
        {"seed": seed},
        playlists=sql.connection().sql(BEFORE),
        refit_playlists=sql.connection().sql(after),
    )
    return [line for (line,) in found.fetchall()]


def test_those_that_gained_songs_and_as_many_others_in_their_order() -> None:
    drawn = set()
    for seed in range(20):
        found = lines(seed)
        assert found == lines(seed)
        assert len(found) == 4
        assert found == sorted(found)
        assert {"6 7", "7 7"} < {*found}
        drawn |= {*found}
    assert drawn == {f"{place} 7" for place in range(8)}
