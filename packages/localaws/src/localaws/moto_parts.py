"""Replaces parts of moto."""

from __future__ import annotations

from typing import Any


def replace(owner: Any, name: str, part: Any) -> None:
    """Replaces an attribute of a moto module or class; raises AttributeError if it has none."""
    getattr(owner, name)
    setattr(owner, name, part)
