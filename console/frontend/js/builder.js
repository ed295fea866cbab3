// Drag and drop on the canvas. Everything it does there is a button for, too.
import { isMoreToCome, sendEdit } from "./in_turn.js";

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
  const edit = dragged.node ? { do: "move", node: dragged.node } : dragged;
  const values = new FormData(document.getElementById("ops"));
  for (const [name, value] of Object.entries({ ...edit, into, at })) values.set(name, value);
  sendEdit(document.querySelector("[data-builder]").dataset.builder, values);
  end();
}

function end() {
  dragged = null;
  document.querySelector(".builder")?.classList.remove("dragging");
  for (const place of document.querySelectorAll("[data-drop].over")) place.classList.remove("over");
}

// --- Canvases that come back while people go on

let typing = null;

function beforeSwap(event) {
  const { target, xhr } = event.detail;
  if (target.id !== "canvas-slot") return;
  const revision = Number(xhr.getResponseHeader("Draft-Revision"));
  if (isMoreToCome() || revision < Number(target.dataset.revision)) {
    event.detail.shouldSwap = false;
    return;
  }
  target.dataset.revision = revision;
  const box = document.activeElement;
  typing = box?.id && box.closest("#canvas-slot") && isChanged(box) ? { id: box.id, value: box.value } : null;
}

function isChanged(box) {
  if (box.matches("select")) return !box.selectedOptions[0]?.defaultSelected;
  return box.matches("input, textarea") && box.value !== box.defaultValue;
}

/** What was typed while the answer was on its way stays; leaving the box sends it. */
function restoreTyping(event) {
  const box = event.detail.target.id === "canvas-slot" && typing && document.getElementById(typing.id);
  if (!box) return;
  box.value = typing.value;
  typing = null;
  if (box.matches("select")) return;
  const sent = new AbortController();
  box.addEventListener("change", () => sent.abort(), { signal: sent.signal });
  box.addEventListener("blur", () => {
    sent.abort();
    if (box.value !== box.defaultValue) box.dispatchEvent(new Event("change", { bubbles: true }));
  }, { signal: sent.signal });
}

/** The control that was used may be gone with its card: go on from the canvas, not from the top. */
function afterSettle(event) {
  if (event.detail.target.id !== "canvas-slot") return;
  if (document.activeElement !== document.body) return;
  document.getElementById("canvas-title")?.focus({ preventScroll: true });
}

document.addEventListener("dragstart", start);
document.addEventListener("dragover", over);
document.addEventListener("drop", drop);
document.addEventListener("dragend", end);
document.addEventListener("htmx:beforeSwap", beforeSwap);
document.addEventListener("htmx:afterSwap", restoreTyping);
document.addEventListener("htmx:afterSettle", afterSettle);
