// What every page does beside being read: the theme, printing. Nothing is loaded, and nothing is needed to read the page.
"use strict";
(function () {
  const root = document.documentElement;
  const dark = () => root.dataset.theme
    ? root.dataset.theme === "dark"
    : window.matchMedia("(prefers-color-scheme: dark)").matches;

  function label(button) {
    button.setAttribute("aria-pressed", String(dark()));
    button.textContent = dark() ? "Light" : "Dark";
  }

  for (const tools of document.querySelectorAll(".tools")) tools.hidden = false;
  for (const button of document.querySelectorAll("[data-do=theme]")) {
    label(button);
    button.addEventListener("click", () => {
      root.dataset.theme = dark() ? "light" : "dark";
      label(button);
    });
  }
  for (const button of document.querySelectorAll("[data-do=print]")) {
    button.addEventListener("click", () => window.print());
  }
  // A printed page cannot be opened further: everything that is folded away is printed unfolded.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const part of opened) part.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const part of opened) part.open = false;
  });
})();
