"""What is done with the playlist as a whole, in a real browser: undo, copying, keeping it."""

import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playground_support import ODD, name
from playwright.sync_api import Browser, Locator, Page, expect

from next_song.playground.server import free_port

Start = Callable[[int], AbstractContextManager[subprocess.Popen[str]]]
NO_CLIPBOARD = "() => { navigator.clipboard.writeText = () => Promise.reject() }"
LIST = [name(5), *ODD.values(), name(5)]


def playlist(page: Page) -> Locator:
    return page.get_by_label("Playlist", exact=True).locator(".name")


def paste(page: Page, text: str) -> None:
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.locator("#field").press("Control+V")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def test_undo_by_button_and_by_key(page: Page) -> None:
    paste(page, "\n".join(LIST))
    expect(playlist(page)).to_have_text(LIST)
    button(page, "Clear").click()
    expect(playlist(page)).to_have_count(0)
    button(page, "Undo").click()
    expect(playlist(page)).to_have_text(LIST)
    button(page, "Move down: Artist - Song 5").first.focus()
    page.keyboard.press("Enter")
    expect(playlist(page).first).to_have_text(ODD[10])
    page.keyboard.press("Control+Z")
    expect(playlist(page)).to_have_text(LIST)
    page.locator("#field").fill("id")
    page.locator("#field").press("Control+Z")  # of what was typed
    expect(playlist(page)).to_have_text(LIST)


@pytest.mark.parametrize("clipboard", [True, False], ids=["clipboard", "without, as over http"])
def test_a_copied_list_can_be_pasted(page: Page, clipboard: bool) -> None:
    paste(page, "\n".join(LIST))
    expect(playlist(page)).to_have_text(LIST)
    page.evaluate("navigator.clipboard.writeText('')")
    if not clipboard:
        page.evaluate(NO_CLIPBOARD)
    button(page, "Copy").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Copied, one song a line")
    expect(button(page, "Copy")).to_be_focused()
    assert page.evaluate("navigator.clipboard.readText()") == "\n".join(LIST)
    button(page, "Clear").click()
    expect(playlist(page)).to_have_count(0)
    page.locator("#field").press("Control+V")
    expect(playlist(page)).to_have_text(LIST)


def test_a_browser_that_does_not_copy_is_told(page: Page) -> None:
    paste(page, "id 5\nid 6")
    page.evaluate(NO_CLIPBOARD)
    page.evaluate("() => { document.execCommand = () => false }")
    button(page, "Copy").click()
    expect(page.get_by_role("status")).to_contain_text("did not copy the list: download it")


def test_a_list_is_downloaded(page: Page, tmp_path: Path) -> None:
    paste(page, "\n".join(LIST))
    expect(playlist(page)).to_have_text(LIST)
    with page.expect_download() as download:
        button(page, "Download").click()
    assert download.value.suggested_filename == "playlist.txt"
    download.value.save_as(tmp_path / "playlist.txt")
    assert (tmp_path / "playlist.txt").read_text("utf-8") == "\n".join(LIST) + "\n"


def test_a_list_outlives_its_server(browser: Browser, start: Start) -> None:
    port = free_port("127.0.0.1", 0)
    page = browser.new_context().new_page()
    with start(port) as process:
        page.goto(f"http://127.0.0.1:{port}/")
        page.locator("#field").fill("id 5")
        page.keyboard.press("Enter")
        expect(playlist(page)).to_have_text([name(5)])
        page.evaluate("() => { window.before = true }")
        process.send_signal(signal.SIGINT)
        asked = time.monotonic()
        assert process.wait(timeout=10) == 0
        assert time.monotonic() - asked < 3
    with start(port):
        page.wait_for_function("!window.before")  # it found another server, and loads anew
        expect(page.get_by_text("Playlist · 1")).to_be_visible()
        expect(playlist(page)).to_have_text([name(5)])
        button(page, "Add Artist - Song 6, score 100%").click()
        expect(playlist(page)).to_have_text([name(5), name(6)])
        tab = page.context.new_page()  # another tab has a list of its own
        tab.goto(f"http://127.0.0.1:{port}/")
        expect(tab.get_by_text("10 most played songs")).to_be_attached()
        expect(playlist(tab)).to_have_count(0)
    page.context.close()


def test_what_was_put_into_the_browser_s_storage_does_no_harm(page: Page) -> None:
    for kept in ["<img src=x onerror=alert(1)>", "\u0000", "x" * 900_000, "id 99\nid 5"]:
        page.evaluate("text => sessionStorage.setItem('next-song playlist', text)", kept)
        page.reload()
        page.get_by_label("Next songs").get_by_role("button").first.wait_for()
    expect(playlist(page)).to_have_text([name(5)])
    expect(page.locator(".message")).to_have_text(
        "1 of 2 songs are unknown to the model: not added."
    )


def test_a_held_out_playlist_by_keyboard(page: Page) -> None:
    button(page, "Try a held-out playlist").focus()
    page.keyboard.press("Enter")
    expect(playlist(page)).to_have_text([name(1), name(2)])
    expect(page.locator(".verdict")).to_contain_text("“Artist - Song 5” came next: rank 3 of 29.")
    expect(page.get_by_role("status")).to_contain_text("rank 3 of 29")
    expect(page.locator(".target")).to_contain_text(name(5))
    expect(button(page, "Try a held-out playlist")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".verdict")).to_contain_text("not among the model's first 29.")
    button(page, "Undo").click()
    expect(playlist(page)).to_have_text([name(1), name(2)])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_score_is_a_bar_with_the_score_in_a_tooltip(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.locator("#field").fill("id 5")
    page.keyboard.press("Enter")
    bar = page.locator(".score").nth(1)
    expect(bar).to_have_text("50%")
    expect(bar).to_have_attribute("title", "Score 0.500")
    expect(page.get_by_text("why it is recommended")).to_be_visible()
    images = bar.evaluate("one => getComputedStyle(one).backgroundSize")
    assert images == "50% 3px, 100% 3px"
