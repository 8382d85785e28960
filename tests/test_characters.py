"""Texts from elsewhere, as a terminal, a shell and UTF-8 can take them."""

import logging
import subprocess
from pathlib import Path

import pytest

from next_song.characters import plain_lines, shell_word, whole
from next_song.cli.texts import histories_of
from next_song.errors import DisagreementError, EndpointError, InputError
from next_song.terminal.log import RunLog

RAW = "\x1b]0;title\x07 \u202e"
SHOWN = r"\x1b]0;title\x07 \u202e"


@pytest.mark.parametrize("error", [InputError, EndpointError, DisagreementError])
def test_errors_are_shown_without_what_a_terminal_obeys(error: type[InputError]) -> None:
    assert error(f"a {RAW}\nb").format_message() == f"a {SHOWN}\nb"


@pytest.mark.parametrize("name", ["next_song.pipelines.any", "elsewhere"])
def test_lines_of_the_log_are_shown_so_too(name: str) -> None:
    record = logging.LogRecord(name, logging.INFO, "", 0, "column %s\nb", (RAW,), None)
    assert RunLog().filter(record)
    shown = SHOWN if name.startswith("next_song") else RAW
    assert record.getMessage() == f"column {shown}\nb"


@pytest.mark.parametrize("text", [RAW, "it's", "a\\b", "a\\b\x1b", "é\u200d'", "plain"])
def test_a_word_comes_back_from_a_shell(text: str) -> None:
    word = shell_word(text)
    assert plain_lines(word) == word
    said = subprocess.run(["bash", "-c", f"printf %s {word}"], capture_output=True, check=True)
    assert said.stdout.decode() == text


def test_half_a_character_is_replaced(tmp_path: Path) -> None:
    assert whole("a\ud800b") == "a?b"
    path = tmp_path / "histories.jsonl"
    path.write_text('["\\ud800", "x"]\n')
    assert histories_of(str(path)) == [["?", "x"]]
