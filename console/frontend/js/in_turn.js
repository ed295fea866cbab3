// Edits of the canvas reach the server one after the other, in the order they were made.
// Of two on their way at once either may arrive first, and the older one would win.
import htmx from "htmx.org";

const CANVAS = "canvas-slot";
const waiting = [];
let sending = false;
let leaving = null;

/**
 * Posts an edit to the draft when its turn comes, and shows the canvas that answers it.
 * It is sent from the page, not from a form: to a form htmx adds whichever of its buttons has the focus.
 */
export function sendEdit(path, values) {
  htmx.ajax("POST", path, { source: "[data-builder]", target: `#${CANVAS}`, values });
}

/** True while a later edit still waits: its answer shows what this one did, too. */
export function isMoreToCome() {
  return waiting.length > 0;
}

function queue(event) {
  const { elt, target, path, etc, triggeringEvent } = event.detail;
  if (target?.id !== CANVAS || !sending) return;
  event.preventDefault();
  const values = etc.values ?? new FormData(elt, triggeringEvent?.submitter);
  const last = waiting.at(-1);
  if (last?.elt === elt && elt.classList.contains("item-form")) waiting.pop();
  waiting.push({ elt, path, values });
}

function begin(event) {
  if (event.detail.target.id === CANVAS) sending = true;
}

function next(event) {
  if (event.detail.target.id !== CANVAS) return;
  sending = false;
  const edit = waiting.shift();
  if (edit) {
    sendEdit(edit.path, edit.values);
  } else if (leaving) {
    const leave = leaving;
    leaving = null;
    leave();
  }
}

/** Saves and links that leave the page go after the edits made before them. */
function leaveLast(event) {
  if (!sending || event.defaultPrevented) return;
  const { target, submitter } = event;
  if (event.type === "submit") {
    leaving = () => target.requestSubmit(submitter);
  } else {
    const link = target.closest?.("a[href]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    leaving = () => link.click();
  }
  event.preventDefault();
}

document.addEventListener("htmx:confirm", queue);
document.addEventListener("htmx:beforeSend", begin);
document.addEventListener("htmx:afterRequest", next);
// htmx prevents the default of what it sends itself, on elements below.
document.addEventListener("submit", leaveLast);
document.addEventListener("click", leaveLast);
