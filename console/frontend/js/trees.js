// ARIA trees: one tab stop, arrows move and open. Rows stay ordinary links without this script.
function itemsOf(tree) {
  return [...tree.querySelectorAll('[role="treeitem"]')];
}

function setStop(tree, item) {
  for (const each of itemsOf(tree)) each.tabIndex = each === item ? 0 : -1;
}

function prepare(root) {
  for (const tree of root.querySelectorAll('[role="tree"]')) {
    const items = itemsOf(tree);
    const active = items.includes(document.activeElement) ? document.activeElement : null;
    setStop(tree, active ?? items.find((item) => item.ariaSelected === "true") ?? items[0]);
  }
}

function parentOf(items, index) {
  const level = Number(items[index].ariaLevel);
  return items.slice(0, index).findLast((item) => Number(item.ariaLevel) < level);
}

function toggle(item) {
  item.parentElement.querySelector("a.tree-twisty")?.click();
}

/** The item to go to, or null after a branch was opened or closed instead. */
function next(key, items, index) {
  const item = items[index];
  const expanded = item.getAttribute("aria-expanded");
  switch (key) {
    case "ArrowDown": return items[index + 1];
    case "ArrowUp": return items[index - 1];
    case "Home": return items[0];
    case "End": return items.at(-1);
    case "ArrowRight":
      if (expanded === "true") return items[index + 1];
      if (expanded === "false") toggle(item);
      return null;
    default:
      if (expanded !== "true") return parentOf(items, index);
      toggle(item);
      return null;
  }
}

const KEYS = new Set(["ArrowDown", "ArrowUp", "ArrowRight", "ArrowLeft", "Home", "End"]);

function onKey(event) {
  const item = event.target.closest('[role="treeitem"]');
  if (!item || !KEYS.has(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const tree = item.closest('[role="tree"]');
  const items = itemsOf(tree);
  const target = next(event.key, items, items.indexOf(item));
  if (!target) return;
  setStop(tree, target);
  target.focus();
}

export function startTrees() {
  prepare(document);
  document.addEventListener("keydown", onKey);
  document.addEventListener("htmx:afterSettle", () => prepare(document));
}
