// A file dropped anywhere in the box goes into its file field.
export function startDrops() {
  for (const type of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(type, (event) => {
      const zone = event.target.closest?.("[data-drop]");
      if (!zone) return;
      event.preventDefault();
      zone.toggleAttribute("data-over", type === "dragover");
      if (type !== "drop" || !event.dataTransfer.files.length) return;
      zone.querySelector('input[type="file"]').files = event.dataTransfer.files;
    });
  }
}
