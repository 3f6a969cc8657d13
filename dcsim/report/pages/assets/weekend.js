// The weekend: one of several drawings is shown. Without a script it is the first, which the page is about.
"use strict";
(function () {
  const section = document.getElementById("weekend");
  const select = section && section.querySelector("[data-choose=drawing]");
  if (!select) return;
  const figures = [...section.querySelectorAll("figure.drawing")];
  select.closest(".chooser").hidden = false;

  function show(index) {
    figures.forEach((figure, at) => { figure.hidden = at !== index; });
    select.selectedIndex = index;
  }

  select.addEventListener("change", () => {
    show(select.selectedIndex);
    const { account, field } = figures[select.selectedIndex].dataset;
    document.dispatchEvent(new CustomEvent("field-chosen", { detail: { account, field } }));
  });
  // A link may ask for another field than the page is about.
  document.addEventListener("field-asked", (event) => {
    const index = figures.findIndex(
      (figure) => figure.dataset.account === event.detail.account && figure.dataset.field === event.detail.field);
    if (index >= 0) show(index);
  });
})();
