"""What the server asks: the model of an archive, or any other that answers questions."""

from collections.abc import Sequence
from typing import Protocol

from next_song.serving.wishes import Answer, Question


class Model(Protocol):
    """Answers questions; one thread calls `ask`, others the rest."""

    @property
    def most(self) -> int:
        """How many songs an answer may have."""
        ...

    @property
    def sets(self) -> Sequence[str]:
        """The names of the sets of songs that rules may name."""
        ...

    def artist(self, name: str) -> str:
        """Returns an artist as questions name it, from a name in any case; "" if it is unknown."""
        ...

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        """Returns the answer to each question, with `k` songs."""
        ...
