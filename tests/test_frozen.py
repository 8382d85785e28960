"""Dataclasses are frozen, so that no run changes what the next one in its process reads."""

import re
from pathlib import Path

CODE = Path(__file__).parents[1] / "src/next_song"
CHANGING = {"playground/search_field.py", "serving/endpoint/rollout.py"}


def test_every_dataclass_is_frozen() -> None:
    found = {
        path.relative_to(CODE).as_posix(): {*re.findall(r"@dataclass\b.*", path.read_text("utf-8"))}
        for path in CODE.rglob("*.py")
    }
    assert len([one for one in found.values() if one]) > 20
    others = {name for name, one in found.items() if one - {"@dataclass(frozen=True)"}}
    assert others == CHANGING
