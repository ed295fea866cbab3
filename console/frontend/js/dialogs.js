// <button command="show-modal" commandfor="id"> is native in new browsers; this serves the others.
// What a server answers into the dialog "ask" is a question: it opens at once.
function startQuestions() {
  document.addEventListener("htmx:afterSwap", (event) => {
    const dialog = event.detail.target;
    if (dialog.id === "ask" && !dialog.open) dialog.showModal();
  });
  document.addEventListener("click", (event) => {
    const way = event.target.closest("dialog [data-closes]");
    if (!way) return;
    event.preventDefault();
    way.closest("dialog").close();
  });
}

export function startDialogs() {
  startQuestions();
  if ("commandForElement" in HTMLButtonElement.prototype) return;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[commandfor]");
    const dialog = button && document.getElementById(button.getAttribute("commandfor"));
    if (!dialog) return;
    if (button.getAttribute("command") === "show-modal") dialog.showModal();
    else dialog.close();
  });
}
