"""The words of a text, so that all ways to write a name have the same ones."""

import re
import unicodedata

TYPED = 1000  # characters of a text that are read; names are shorter
# inside of words, so that "don't" and "dont" are one; typed straight, curly or as an accent
APOSTROPHES = "'`\u00b4\u02bc\u2018\u2019\u2032\uff07"
LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th"}
    | {"\u0131": "i"}  # without its dot
    | dict.fromkeys(APOSTROPHES, "")
)
MARKS = dict.fromkeys(map(ord, '"_\u2212'))  # quotes and dashes by other categories: a minus, too
# scripts without spaces between words: each character is a word
UNSPACED = r"\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff"
WORD = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+")


def words(text: str) -> list[str]:
    """Returns the words in their order: without case, accents, quotes, dashes and compatible forms.

    What stands alone between spaces and has no letter or digit, such as "!!!", is a word, too,
    unless it is a dash or a quote. The words of two texts are those of both with a space between.
    """
    return [word for token in text.split(" ") for word in _of_token(token)]


def asked_words(text: str) -> list[str]:
    """Returns the distinct words of a text that is searched for, in their order.

    Words without letters and digits are left out if there are others: "a / b" asks for "a - b".
    """
    found = list(dict.fromkeys(words(text)))
    return [word for word in found if is_spoken(word)] or found


def is_spoken(word: str) -> bool:
    """Returns whether a word has letters or digits."""
    return WORD.match(word) is not None


def readable(text: str) -> str:
    """Returns the beginning of a text as it can be encoded: composed, and no half characters."""
    whole = text[:TYPED].encode("utf-8", "replace").decode()
    return unicodedata.normalize("NFC", whole)


def _of_token(token: str) -> list[str]:
    if token.isascii():
        plain = token.lower().translate(LETTERS)
    else:
        parts = unicodedata.normalize("NFKD", token.translate(LETTERS))
        bare = "".join(part for part in parts if unicodedata.category(part)[0] != "M")
        plain = bare.casefold().translate(LETTERS)
    return WORD.findall(plain) or _symbols(plain)


def _symbols(token: str) -> list[str]:
    kept = (part for part in token if unicodedata.category(part) not in ("Pd", "Pi", "Pf", "Zs"))
    word = "".join(kept).translate(MARKS).strip()
    return [word] if word else []
