"""The playground as people use it, at a backend and on a phone."""

from pathlib import Path

from playground_support import ODD, name
from playwright.sync_api import Locator, Page, expect


def playlist(page: Page) -> Locator:
    return page.get_by_label("Playlist", exact=True).locator(".name")


def next_songs(page: Page) -> Locator:
    return page.get_by_label("Next songs").locator(".name")


def paste(page: Page, text: str) -> None:
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.locator("#field").press("Control+V")


def test_search_click_reorder_remove_clear(page: Page) -> None:
    expect(page.locator(".about")).to_contain_text("model 0123456789ab")
    expect(page.locator(".about")).to_contain_text("hit rate@10 50.0%")
    page.locator("#field").press_sequentially("song 2", delay=20)
    page.get_by_role("button", name="Add Artist - Song 29", exact=True).click()
    expect(playlist(page)).to_have_text([name(29)])
    expect(page.locator("#field")).to_have_value("")
    expect(page.get_by_label("Found songs")).to_have_count(0)
    expect(next_songs(page).first).to_have_text(name(0))
    page.get_by_role("button", name="Add Artist - Song 0, score 100%").click()
    expect(playlist(page)).to_have_text([name(29), name(0)])
    expect(next_songs(page).first).to_have_text(name(1))
    page.get_by_role("button", name="Move up: Artist - Song 0").click()
    expect(playlist(page)).to_have_text([name(0), name(29)])
    page.get_by_role("button", name="Remove: Artist - Song 29").click()
    expect(playlist(page)).to_have_text([name(0)])
    page.get_by_role("button", name="Show more").click()
    expect(next_songs(page)).to_have_count(20)
    page.get_by_role("button", name="Clear").click()
    expect(playlist(page)).to_have_count(0)


def test_no_click_is_lost_however_fast(page: Page) -> None:
    click = "document.querySelector('[data-list=next] button').click()"
    for _ in range(20):
        page.evaluate(click)
    expect(playlist(page)).to_have_count(20)


def test_the_keyboard_alone(page: Page) -> None:
    keys = page.keyboard
    expect(page.locator("#field")).to_be_focused()
    keys.type("song 2", delay=20)
    page.get_by_role("button", name="Add Artist - Song 29", exact=True).wait_for()
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    expect(page.get_by_role("button", name="Add Artist - Song 20", exact=True)).to_be_focused()
    keys.press("ArrowUp")
    keys.press("ArrowUp")
    expect(page.locator("#field")).to_be_focused()
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(playlist(page)).to_have_text([name(2)])
    expect(page.locator("#field")).to_be_focused()  # ready for the next one
    keys.type("artist - song 7")
    keys.press("Enter")
    expect(playlist(page)).to_have_text([name(2), name(7)])
    expect(page.locator("#field")).to_have_value("")
    for _ in range(4):
        keys.press("Tab")  # Undo, Copy, Download, Clear
    keys.press("Tab")
    expect(page.get_by_role("button", name="Move up: Artist - Song 2")).to_be_focused()
    keys.press("ArrowDown")
    keys.press("Enter")  # the focus goes with the song
    expect(playlist(page)).to_have_text([name(7), name(2)])
    expect(page.get_by_role("button", name="Move up: Artist - Song 7")).to_be_focused()
    keys.press("Tab")
    keys.press("Tab")
    expect(page.get_by_role("button", name="Remove: Artist - Song 7")).to_be_focused()
    keys.press("Enter")
    expect(playlist(page)).to_have_text([name(2)])
    expect(page.get_by_role("button", name="Remove: Artist - Song 2")).to_be_focused()
    keys.press("Enter")  # the next one stands where the last one stood
    expect(playlist(page)).to_have_count(0)
    expect(page.locator("#field")).to_be_focused()
    expect(next_songs(page).first).to_have_text(name(0))
    keys.press("Tab")  # Undo
    keys.press("Tab")  # Try a held-out playlist
    keys.press("Tab")
    keys.press("Enter")
    expect(playlist(page)).to_have_text([name(0)])
    expect(next_songs(page).first).to_have_text(name(1))
    keys.press("Enter")  # the focus stays at the first of the next songs
    expect(playlist(page)).to_have_text([name(0), name(1)])


def test_buttons_outside_of_lists_keep_the_focus(page: Page) -> None:
    page.locator("#field").fill("id 5")
    page.keyboard.press("Enter")
    expect(next_songs(page).first).to_have_text(name(6))
    page.get_by_role("button", name="Show more").focus()
    page.keyboard.press("Enter")
    expect(next_songs(page)).to_have_count(20)
    expect(page.get_by_role("button", name="Show more")).to_be_focused()
    page.get_by_role("button", name="Clear").focus()
    page.keyboard.press("Enter")
    expect(playlist(page)).to_have_count(0)
    expect(page.locator("#field")).to_be_focused()


def test_escape_ends_a_search(page: Page) -> None:
    page.locator("#field").press_sequentially("song")
    page.get_by_label("Found songs").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Found songs")).to_have_count(0)
    expect(page.locator("#field")).to_be_focused()
    expect(page.locator("#field")).to_have_value("")


def test_an_unknown_song_is_told_with_its_nearest(page: Page) -> None:
    page.locator("#field").fill("Artist - Snxyg 5")
    expect(
        page.locator(".message", has_text="no song with “Artist - Snxyg 5” in its name")
    ).to_be_visible()
    page.keyboard.press("Enter")
    expect(
        page.locator(".message", has_text="no song “Artist - Snxyg 5”: not added.")
    ).to_be_visible()
    expect(page.locator("#field")).to_have_value("Artist - Snxyg 5")  # to be put right
    page.get_by_role("button", name="Add Artist - Song 5").first.click()
    expect(playlist(page)).to_have_text([name(5)])


def test_names_are_text_in_their_own_direction(page: Page) -> None:
    page.on("dialog", lambda _: page.close())  # what HTML in a name would open
    paste(page, "\n".join(ODD.values()))
    expect(playlist(page)).to_have_text(list(ODD.values()))
    sides = playlist(page).evaluate_all("all => all.map(one => getComputedStyle(one).direction)")
    assert sides == ["ltr", "ltr", "rtl"]
    page.locator("#field").fill("<img src=x onerror=alert(1)>")
    expect(
        page.locator(".message", has_text="no song with “<img src=x onerror=alert(1)>”")
    ).to_be_visible()


def test_a_long_playlist_shows_what_was_added(page: Page) -> None:
    paste(page, "\n".join(f"id {number}" for number in range(30)))
    expect(playlist(page).last).to_be_in_viewport()
    page.get_by_role("button", name="Remove: Artist - Song 3", exact=True).click()
    expect(playlist(page)).to_have_count(29)
    expect(playlist(page).nth(3)).to_be_in_viewport()
    page.get_by_role("button", name="Add Artist - Song 0, score 100%").click()
    expect(playlist(page)).to_have_count(30)
    expect(playlist(page).last).to_be_in_viewport()


def test_ten_thousand_songs(page: Page) -> None:
    paste(page, "\n".join(f"Artist - Song {number % 10}" for number in range(10_000)))
    expect(page.get_by_text("Playlist · 10,000")).to_be_visible()
    expect(playlist(page)).to_have_count(50)
    expect(next_songs(page).first).to_have_text(name(10))
    page.get_by_role("button", name="Show earlier songs (9,950)").click()
    expect(playlist(page)).to_have_count(100)


def test_a_list_that_is_too_long_is_refused(page: Page) -> None:
    paste(page, "فيروز - نسم علينا الهوا\n" * 50_000)
    expect(page.locator(".message", has_text="found more than 800,000 characters")).to_be_visible()
    expect(playlist(page)).to_have_count(0)


def test_a_dead_endpoint_and_its_recovery(page: Page, dead: Path) -> None:
    dead.touch()
    page.locator("#field").fill("id 5")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("endpoint x: it is dead")
    page.locator("#field").fill("song 7")  # the search goes on
    page.get_by_label("Found songs").wait_for()
    dead.unlink()
    page.get_by_role("button", name="Try again").click()
    expect(next_songs(page).first).to_have_text(name(6))
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_playlist_outlives_a_reload(page: Page) -> None:
    paste(page, "id 5\nid 6")
    expect(playlist(page)).to_have_count(2)
    page.reload()
    expect(playlist(page)).to_have_text([name(5), name(6)])
    expect(next_songs(page).first).to_have_text(name(7))
