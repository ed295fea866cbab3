// Polling parts: silent while the tab is hidden or the reader paused them; focus and what was
// unfolded survive swaps. When the server is away they keep their last values, say so, and go on.
function isPolling(element) {
  return (element.getAttribute("hx-trigger") ?? "").includes("every");
}

function isPaused(element) {
  return document.querySelector(`[data-pauses="${CSS.escape(element.id)}"][aria-pressed="true"]`) !== null;
}

function noteOf(element) {
  return document.querySelector(`[data-stale-note="${CSS.escape(element.id)}"]`);
}

function tellStale(event) {
  const element = event.detail.elt;
  const note = isPolling(element) && noteOf(element);
  if (!note || note.textContent) return;
  const at = new Date().toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  note.textContent = `Numbers delayed since ${at}. Trying again.`;
}

function tellFresh(event) {
  const element = event.detail.requestConfig.elt; // the event's own may be what took its place
  const note = event.detail.successful && isPolling(element) && noteOf(element);
  if (note) note.textContent = "";
}

let unfolded = [];

function keepUnfolded(event) {
  if (!isPolling(event.detail.elt)) return;
  unfolded = [...event.detail.elt.querySelectorAll("details[id][open]")].map((each) => each.id);
}

function unfoldAgain() {
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
  unfolded = [];
}

function markNewRows(list) {
  const known = list.dataset.newest;
  const rows = list.querySelectorAll("[data-record]");
  if (!rows.length) return;
  if (known) {
    for (const row of rows) {
      if (row.dataset.record === known) break;
      row.classList.add("tail-row-new");
    }
  }
  list.dataset.newest = rows[0].dataset.record;
}

export function startLive() {
  document.addEventListener("htmx:beforeRequest", (event) => {
    const element = event.detail.elt;
    if (!isPolling(element)) return;
    if (document.hidden || isPaused(element) || element.contains(document.querySelector("details.menu[open]"))) {
      event.preventDefault();
    }
  });
  document.addEventListener("htmx:sendError", tellStale);
  document.addEventListener("htmx:responseError", tellStale);
  document.addEventListener("htmx:afterRequest", tellFresh);
  document.addEventListener("htmx:beforeSwap", keepUnfolded);
  document.addEventListener("htmx:afterSwap", unfoldAgain);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-pauses]");
    if (button) button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
  });
  for (const list of document.querySelectorAll("[data-tail]")) markNewRows(list);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.hasAttribute?.("data-tail")) markNewRows(event.detail.target);
  });
}
