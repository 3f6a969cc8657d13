// The keys of the page of a walk. Every key follows a link or opens a part that is on the page already.
"use strict";
(function () {
  const typing = (target) => target.matches("input, select, textarea, button, summary") || target.isContentEditable;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "?") {
      const help = document.getElementById("help");
      help.open = !help.open;
      help.scrollIntoView();
    } else if (event.key === "s") {
      event.preventDefault();
      document.getElementById("save-name").focus();
    } else if (/^[u1-9]$/.test(event.key)) {
      const link = document.querySelector(`a[data-key="${event.key}"]`);
      if (link) window.location.assign(link.href);
    }
  });
  // The theme that a reader chose stays from page to page, as long as the tab is open.
  const root = document.documentElement;
  const kept = window.sessionStorage.getItem("theme");
  if (kept) root.dataset.theme = kept;
  for (const button of document.querySelectorAll("[data-do=theme]")) {
    if (kept) button.textContent = kept === "dark" ? "Light" : "Dark";
    if (kept) button.setAttribute("aria-pressed", String(kept === "dark"));
    button.addEventListener("click", () => window.sessionStorage.setItem("theme", root.dataset.theme));
  }
})();
