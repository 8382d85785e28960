"""What a terminal, a shell and UTF-8 can take of a text from elsewhere."""

import shlex


def plain(text: str) -> str:
    """Returns a text as a terminal may show it: what is not printable is escaped."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def plain_lines(text: str) -> str:
    """Returns lines as a terminal may show them."""
    return "\n".join(map(plain, text.split("\n")))


def whole(text: str) -> str:
    """Returns a text without half characters, which JSON may hold and no song has."""
    return text.encode("utf-8", "replace").decode()


def shell_word(text: str) -> str:
    """Returns a text as a word of a shell (bash, zsh, ksh) that a terminal may show."""
    if text.isprintable():
        return shlex.quote(text)
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{''.join(one if one.isprintable() else _bytes(one) for one in quoted)}'"


def _bytes(one: str) -> str:
    """Returns a character as bash reads it: by its bytes, which depend on no locale."""
    return "".join(f"\\x{byte:02x}" for byte in one.encode("utf-8", "surrogateescape"))
