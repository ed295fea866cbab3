// Toasts: rendered by the server on full pages, or sent with HX-Trigger: {"toast": {tone, text}}.
const STAYS_MS = 6000;

function expire(item) {
  if (item.dataset.tone !== "negative") setTimeout(() => item.remove(), STAYS_MS);
}

function show({ tone = "positive", text }) {
  const template = document.getElementById("toast-template");
  const item = template.content.firstElementChild.cloneNode(true);
  item.dataset.tone = tone;
  item.querySelector("p").textContent = text;
  document.getElementById("toasts").append(item);
  expire(item);
}

export function startToasts() {
  for (const item of document.querySelectorAll(".toast-item")) expire(item);
  document.addEventListener("toast", (event) => show(event.detail));
  document.addEventListener("htmx:sendError", (event) => {
    if ((event.detail.elt.getAttribute("hx-trigger") ?? "").includes("every")) return; // see live.js
    show({ tone: "negative", text: "The console cannot be reached. Try again in a moment." });
  });
  document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".toast-item").remove());
}
