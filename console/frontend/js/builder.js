// Drag and drop on the canvas. Everything it does there is a button for, too.
import htmx from "htmx.org";

let dragged = null;

function editOf(element) {
  if (element.matches("[data-tile]")) return { edit: element.value };
  const node = element.closest("[data-node]");
  return node ? { node: node.dataset.node } : null;
}

function start(event) {
  const source = event.target.closest?.("[data-tile], .grip");
  dragged = source && editOf(source);
  if (!dragged) return;
  const shown = source.closest("[data-node]") ?? source;
  event.dataTransfer.setData("text/plain", shown.getAttribute("aria-label") ?? shown.textContent.trim());
  event.dataTransfer.setDragImage(shown, 12, 12);
  event.dataTransfer.effectAllowed = dragged.node ? "move" : "copy";
  document.querySelector(".builder")?.classList.add("dragging");
}

function over(event) {
  const place = dragged && event.target.closest?.("[data-drop]");
  for (const other of document.querySelectorAll("[data-drop].over")) {
    if (other !== place) other.classList.remove("over");
  }
  if (!place) return;
  event.preventDefault();
  place.classList.add("over");
}

function drop(event) {
  const place = dragged && event.target.closest?.("[data-drop]");
  if (!place) return;
  event.preventDefault();
  const { drop: into, at } = place.dataset;
  const values = dragged.node ? { do: "move", node: dragged.node, into, at } : { ...dragged, into, at };
  htmx.ajax("POST", document.querySelector("[data-builder]").dataset.builder, {
    source: "#ops",
    target: "#canvas",
    swap: "outerHTML",
    values,
  });
  end();
}

function end() {
  dragged = null;
  document.querySelector(".builder")?.classList.remove("dragging");
  for (const place of document.querySelectorAll("[data-drop].over")) place.classList.remove("over");
}

/** The control that was used may be gone with its card: go on from the canvas, not from the top. */
function keepFocus(event) {
  if (event.detail.target.id !== "canvas" || document.activeElement !== document.body) return;
  document.getElementById("canvas-title")?.focus({ preventScroll: true });
}

// A button cannot be dragged in Firefox while it takes the press itself.
document.addEventListener("dragstart", start);
document.addEventListener("dragover", over);
document.addEventListener("drop", drop);
document.addEventListener("dragend", end);
document.addEventListener("htmx:afterSettle", keepFocus);
