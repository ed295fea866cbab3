// Ticks of a list go to the server at once: it keeps them while people page and filter.
import htmx from "htmx.org";

function boxesOf(form) {
  return [...form.elements].filter((element) => element.name === "chosen");
}

function showAll() {
  for (const all of document.querySelectorAll("[data-select-all]")) {
    const form = document.getElementById(all.dataset.selectAll);
    const boxes = form ? boxesOf(form) : [];
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  }
}

export function startSelections() {
  showAll();
  document.addEventListener("htmx:afterSettle", showAll);
  document.addEventListener("change", (event) => {
    const box = event.target;
    const all = box.matches("[data-select-all]");
    const form = all ? document.getElementById(box.dataset.selectAll) : box.form;
    if (!form?.matches("[data-selection]") || (!all && box.name !== "chosen")) return;
    if (all) for (const each of boxesOf(form)) each.checked = box.checked;
    showAll();
    htmx.trigger(form, "pick");
  });
}
