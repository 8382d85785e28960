"""Names of columns that are paths: the keys of objects that lie in each other."""

MARK = "\x1f"  # which no key is expected to have


def path(*keys: str) -> str:
    """Returns the name for these keys, the outermost first."""
    return MARK.join(keys)


def keys_of(name: str) -> list[str]:
    """Returns the keys of a name; of a column that is no path, its name."""
    return name.split(MARK)


def shown(name: str) -> str:
    """Returns the name as a person writes it: `track_metadata.track_name`."""
    return name.replace(MARK, ".")
