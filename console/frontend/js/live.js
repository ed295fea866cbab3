// Polling parts: silent while the tab is hidden or the reader paused them; focus survives swaps.
function isPolling(element) {
  return (element.getAttribute("hx-trigger") ?? "").includes("every");
}

function setPaused(button, paused) {
  const target = document.getElementById(button.dataset.pauses);
  if (!target) return;
  target.toggleAttribute("data-paused", paused);
  button.setAttribute("aria-pressed", String(paused));
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
    if (document.hidden || element.hasAttribute("data-paused") || element.contains(document.querySelector("details.menu[open]"))) {
      event.preventDefault();
    }
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-pauses]");
    if (button) setPaused(button, button.getAttribute("aria-pressed") !== "true");
  });
  for (const list of document.querySelectorAll("[data-tail]")) markNewRows(list);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.hasAttribute?.("data-tail")) markNewRows(event.detail.target);
  });
}
