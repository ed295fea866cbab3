// <details class="menu"> closes on Escape and on a click elsewhere; the sandbox list can be filtered.
function close(menu, { refocus = false } = {}) {
  menu.open = false;
  if (refocus) menu.querySelector("summary").focus();
}

function filterList(input) {
  const wanted = input.value.trim().toLowerCase();
  for (const item of input.closest("[data-filterable]").querySelectorAll("[data-filter-text]")) {
    item.hidden = !item.dataset.filterText.toLowerCase().includes(wanted);
  }
}

export function startMenus() {
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) close(menu);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (menu) close(menu, { refocus: true });
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-filters]")) filterList(event.target);
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("details.menu[open]")) event.target.querySelector("[data-filters]")?.focus();
  }, true);
}
