// The playlist as text, one song a line: this tab keeps it, so that it outlives a reload and a
// restart of the server. Copying needs it at once: browsers allow that only within a click.

const KEPT = "next-song playlist";
let list = "";
list = kept();

function kept() {
  try {
    return sessionStorage.getItem(KEPT) ?? "";
  } catch {
    return list; // a browser that forbids to keep anything
  }
}

function keep(text, fits) {
  list = text;
  try {
    if (text && fits) sessionStorage.setItem(KEPT, text);
    else sessionStorage.removeItem(KEPT);
  } catch {
    // full or forbidden: the list lasts as long as the page
  }
}

// Resolves to whether it was copied. Only pages of this machine or over https have a clipboard.
async function copyList() {
  try {
    await navigator.clipboard.writeText(list);
    return true;
  } catch {
    return copyAsSelected();
  }
}

function copyAsSelected() {
  const before = document.activeElement;
  const area = document.createElement("textarea");
  area.value = list;
  area.setAttribute("aria-hidden", "true");
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus();
  return done;
}

function downloadList() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([list, "\n"], { type: "text/plain;charset=utf-8" }));
  link.download = "playlist.txt";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
