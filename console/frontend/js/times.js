// Relative times keep up with the clock; the title gets the reader's own time zone beside UTC.
const STEPS = [["day", 86400], ["hour", 3600], ["minute", 60]];

function relative(date) {
  const seconds = Math.round((Date.now() - date.getTime()) / 1000);
  if (Math.abs(seconds) < 5) return "just now";
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return phrase(Math.trunc(seconds / size), unit);
  }
  return phrase(seconds, "second");
}

function phrase(count, unit) {
  const words = `${Math.abs(count)} ${unit}${Math.abs(count) === 1 ? "" : "s"}`;
  return count < 0 ? `in ${words}` : `${words} ago`;
}

function refresh(root = document) {
  for (const element of root.querySelectorAll("time[data-relative]")) {
    const date = new Date(element.dateTime);
    element.textContent = relative(date);
    if (!element.dataset.local) {
      element.dataset.local = date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
      element.title = `${element.dataset.local}\n${element.title}`;
    }
  }
}

export function startTimes() {
  refresh();
  document.addEventListener("htmx:load", (event) => refresh(event.detail.elt.parentElement ?? document));
  setInterval(() => { if (!document.hidden) refresh(); }, 5000);
}
