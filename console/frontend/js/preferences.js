// Theme, narrow navigation and shortcuts are cookies, so that the server draws the page right at once.
const YEAR = 60 * 60 * 24 * 365;

export function readCookie(name) {
  return document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.split("=")[1];
}

function remember(name, value) {
  const secure = window.location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
}

const apply = {
  theme(value) {
    if (value === "system") document.documentElement.removeAttribute("data-bs-theme");
    else document.documentElement.dataset.bsTheme = value;
    document.dispatchEvent(new CustomEvent("onefold:theme"));
  },
  nav(value) {
    document.querySelector(".shell")?.setAttribute("data-nav", value);
  },
  shortcuts() {},
};

function refreshButtons(name, value) {
  for (const button of document.querySelectorAll(`button[name="${name}"][aria-pressed]`)) {
    button.setAttribute("aria-pressed", String(button.value === value));
  }
}

export function startPreferences() {
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!event.target.matches("[data-preferences]") || !button) return;
    event.preventDefault();
    remember(button.name, button.value);
    apply[button.name]?.(button.value);
    refreshButtons(button.name, button.value);
    if (button.name === "nav") {
      const mini = button.value === "mini";
      button.value = mini ? "full" : "mini";
      button.querySelector(".nav-text").textContent = mini ? "Expand" : "Collapse";
    }
  });
}
