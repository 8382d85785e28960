"""What a person may ask of a model."""

from typing import Any

import pytest

from next_song.serving.wishes import NO_WISHES, Wishes

RULES: list[dict[str, Any]] = [
    {"exclude": ("a",)},
    {"only": ("a", "b")},
    {"exclude_set": "market"},
    {"only_set": "market"},
    {"per_artist": 1},
]


@pytest.mark.parametrize("rules", RULES, ids=str)
def test_an_explanation_is_no_rule(rules: dict[str, Any]) -> None:
    for explain in (False, True):
        assert Wishes(**rules, explain=explain).has_rules
        assert not Wishes(explain=explain).has_rules
    assert not NO_WISHES.has_rules


@pytest.mark.parametrize("rules", RULES, ids=str)
def test_an_instance_has_all_inputs_of_the_signature(rules: dict[str, Any]) -> None:
    nothing = {"exclude": [""], "only": [""], "exclude_set": "", "only_set": "", "per_artist": 0}
    given = {name: [*value] if isinstance(value, tuple) else value for name, value in rules.items()}
    asked = Wishes(**rules, explain=True)
    artists = {"artists": ["Björk"]}
    assert (
        asked.instance(["x", "y"], ["Björk"])
        == {"song_ids": ["x", "y"]} | artists | nothing | given
    )
    assert asked.instance([], []) == {"song_ids": [""], "artists": [""]} | nothing | given
