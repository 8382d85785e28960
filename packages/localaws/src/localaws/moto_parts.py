"""How parts of moto are exchanged for better ones."""

from __future__ import annotations

from typing import Any


def replace(owner: Any, name: str, part: Any) -> None:
    """Set an attribute of a moto module or class; AttributeError if moto has none of that name."""
    getattr(owner, name)
    setattr(owner, name, part)
