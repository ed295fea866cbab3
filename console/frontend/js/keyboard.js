// "/" focuses search, "?" lists shortcuts, "g" then a letter opens a workspace. All can be turned off.
import { readCookie } from "./preferences.js";

const SEQUENCE_MS = 1200;
let afterG = 0;

function isTyping(target) {
  return target.closest("input, textarea, select, [contenteditable]") !== null;
}

function follow(letter) {
  const link = document.querySelector(`.side-nav [data-shortcut="${CSS.escape(letter)}"]`);
  if (link) window.location.assign(link.href);
  return Boolean(link);
}

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (readCookie("shortcuts") === "off") return;
  if (afterG && Date.now() - afterG < SEQUENCE_MS) {
    afterG = 0;
    if (follow(event.key)) event.preventDefault();
    return;
  }
  afterG = event.key === "g" ? Date.now() : 0;
  if (event.key === "/") {
    const box = document.getElementById("global-search");
    if (box) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  }
  if (event.key === "?") document.getElementById("shortcuts")?.showModal();
}

export function startKeyboard() {
  document.addEventListener("keydown", onKey);
}
