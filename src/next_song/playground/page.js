// What must be at once, or needs the keyboard's focus: the rest is done by the server.

const PAUSE = 100; // milliseconds without a key, before a search
let waiting;

const field = () => document.getElementById("field");

function typed(event, emit) {
  clearTimeout(waiting);
  const input = event.target;
  waiting = setTimeout(() => emit(input.value), PAUSE);
}

function entered(event, emit) {
  if (event.key !== "Enter" || event.isComposing || !event.target.value.trim()) return;
  clearTimeout(waiting);
  emit(event.target.value);
}

function pasted(event, emit) {
  const text = event.clipboardData.getData("text").replace(/^[\r\n]+|[\r\n]+$/g, "");
  if (!/[\r\n]/.test(text)) return;
  event.preventDefault();
  emit(text.slice(0, Number(event.target.dataset.most) + 1));
}

function clicked(event, emit) {
  const { act, of } = event.target.closest("[data-act]")?.dataset ?? {};
  if (act === "copy") copyList().then((done) => emit(["copied", String(done)]));
  else if (act === "download") downloadList();
  else if (act) emit([act, of ?? "null"]);
}

// Ctrl+Z or Command+Z takes back a change of the playlist, but in the field what was typed there.
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "z" || event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
  const undo = document.querySelector('[data-act="undo"]');
  if (!undo || event.target.matches("input")) return;
  event.preventDefault();
  undo.click();
});

// The entered text was taken; what was typed since stays.
function emptied(text) {
  if (field().value === text) field().value = "";
}

function endSearch() {
  field().value = "";
  field().dispatchEvent(new Event("input"));
  field().focus();
}

// Arrow keys go through the rows of a list, and between the field and what it found.
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const at = event.target.closest("[data-list]") && spotOf(event.target);
  const inSearch = event.target === field() || at?.list === "found";
  if (event.key === "Escape" && inSearch) endSearch();
  if (!step || !(at || event.target === field())) return;
  const next = at ? { ...at, row: at.row + step } : { list: "found", row: 0, button: 0 };
  if (event.target === field() && step < 0) return;
  event.preventDefault();
  if (next.row < 0 && next.list === "found") field().focus();
  else buttonAt(next)?.focus();
});

// A list is drawn anew after each change: the keyboard's focus goes back to where it was, or
// follows a song. A finger or a mouse needs none, and a phone would open its keyboard.
let spot = null;

document.addEventListener("focusin", ({ target }) => {
  spot = target.matches(":focus-visible") ? spotOf(target) : null;
});
document.addEventListener("click", ({ target }) => {
  if (spot && target.dataset.step) spot.row += Number(target.dataset.step);
  if (target.closest('[data-list="found"]')) field().value = "";
});
document.addEventListener("DOMContentLoaded", () => {
  new MutationObserver(() => {
    scrollPlaylist();
    if (spot && document.activeElement === document.body) (nearestButton(spot) ?? field()).focus();
  }).observe(document.body, { childList: true, subtree: true });
});

// A long playlist shows its end after a song was added, and else what it showed before.
const end = { list: null, distance: 0, songs: 0 };

document.addEventListener(
  "scroll",
  ({ target }) => {
    if (target === end.list) end.distance = target.scrollHeight - target.clientHeight - target.scrollTop;
  },
  true,
);

function scrollPlaylist() {
  const list = document.querySelector('[data-list="playlist"]');
  if (!list || list === end.list) return;
  const songs = list.start + list.children.length;
  if (songs > end.songs) end.distance = 0;
  Object.assign(end, { list, songs });
  list.scrollTop = list.scrollHeight - list.clientHeight - end.distance;
}

// Where a button stands: its list, its row and its place in the row, or outside of lists its name.
function spotOf(button) {
  const row = button.closest?.("[data-list] > li");
  if (!row) return button.dataset?.keep ? { keep: button.dataset.keep } : null;
  const rows = [...row.parentElement.children];
  return {
    list: row.parentElement.dataset.list,
    row: rows.indexOf(row),
    button: [...row.querySelectorAll("button")].indexOf(button),
  };
}

const rowsOf = (list) => [...document.querySelectorAll(`[data-list="${list}"] > li`)];

function buttonAt({ list, row, button }) {
  return rowsOf(list)[row]?.querySelectorAll("button")[button];
}

function nearestButton({ keep, list, row, button }) {
  if (keep) return document.querySelector(`[data-keep="${keep}"]`);
  const last = rowsOf(list).length - 1;
  return last < 0 ? null : buttonAt({ list, row: Math.max(0, Math.min(row, last)), button });
}
