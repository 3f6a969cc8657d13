// Step by step: a chosen step beside the list, keys, search, and an address that names step, account and field.
"use strict";
(function () {
  const section = document.getElementById("steps");
  if (!section) return;
  const rows = [...section.querySelectorAll("tbody tr[id]")].filter((row) => /^e\d+$/.test(row.id));
  const aside = section.querySelector(".chosen-step");
  const search = section.querySelector("[data-do=search]");
  const help = section.querySelector("dialog");
  const say = (where, text) => { section.querySelector(`[data-say=${where}]`).textContent = text; };
  const drawn = [...document.querySelectorAll("figure.drawing")].map(
    (figure) => ({ account: figure.dataset.account, field: figure.dataset.field }));
  let chosen = null;
  let about = drawn[0] || { account: "", field: "" };

  section.classList.add("live");
  section.querySelector(".keys").hidden = false;

  // -- the chosen step -------------------------------------------------------------------------------------------

  function choose(row, scroll, { quietly = false, asked = "" } = {}) {
    if (!row) return;
    if (chosen) { chosen.classList.remove("chosen"); chosen.removeAttribute("aria-current"); }
    chosen = row;
    row.classList.add("chosen");
    row.setAttribute("aria-current", "true");
    const panel = row.querySelector(".panel");
    aside.hidden = false;
    aside.replaceChildren(panel ? panel.cloneNode(true) : note(row));
    aside.scrollTop = 0;
    if (asked) lookAt(asked);
    for (const mark of document.querySelectorAll("svg a.chosen")) mark.classList.remove("chosen");
    if (quietly) return;
    say("status", "");
    for (const mark of document.querySelectorAll(`svg a.mark[href="#${row.id}"], svg a.flow[href="#${row.id}"]`)) mark.classList.add("chosen");
    if (scroll) row.scrollIntoView({ block: "nearest" });
    history.replaceState(null, "", address());
  }

  // The panel tells of some accounts: the one that was asked for comes first.
  function lookAt(account) {
    const tables = [...aside.querySelectorAll("table.cells")];
    const table = tables.find((each) => each.dataset.account === account);
    if (!table || table === tables[0]) return;
    const onTheLink = table.nextElementSibling;
    tables[0].before(table, onTheLink);
  }

  function note(row) {
    const text = document.createElement("p");
    text.textContent = `${row.cells[1].textContent} · ${row.cells[4].textContent}. The trace has the details of this event.`;
    return text;
  }

  function address() {
    const parts = [chosen.id];
    if (about.account) parts.push(`account=${encodeURIComponent(about.account)}`, `field=${encodeURIComponent(about.field)}`);
    return `#${parts.join("&")}`;
  }

  function follow(scroll) {
    const [step, ...given] = location.hash.slice(1).split("&");
    if (!/^e\d+$/.test(step)) return;
    const asked = new URLSearchParams(given.join("&"));
    const [account, field] = [asked.get("account") || "", asked.get("field") || ""];
    const found = drawn.find((each) => each.account === account && each.field === field);
    if (found) {
      about = found;
      document.dispatchEvent(new CustomEvent("field-asked", { detail: about }));
    }
    const row = document.getElementById(step);
    const isListed = rows.includes(row);
    if (isListed) {
      choose(row, false, { asked: account });
      if (scroll) row.scrollIntoView({ block: "center" });
    }
    const missing = [
      isListed ? "" : notListed(step.slice(1)),
      found || !(account || field) ? "" : notDrawn(account, field),
    ];
    say("status", missing.filter(Boolean).join(" "));
  }

  function notListed(number) {
    const events = Number(section.dataset.events);
    return Number(number) >= 1 && Number(number) <= events
      ? `Step ${number} is not listed here; the trace has it.`
      : `There is no step ${number}: the events are 1 to ${events}.`;
  }

  // The address is that of what is shown, so the reader is told what was asked for.
  function notDrawn(account, field) {
    const asked = [account, field].filter(Boolean).join("’s ").slice(0, 100);
    return `${asked} is not drawn; the drawing is ${about.account}’s ${about.field}.`;
  }

  // -- going from step to step -----------------------------------------------------------------------------------

  const listed = () => rows.filter((row) => !row.hidden);
  const changes = (row) => {
    const number = drawn.findIndex((each) => each.account === about.account && each.field === about.field);
    return (row.dataset.moves || "").split(" ").includes(String(number));
  };

  function go(by, fits) {
    const all = listed();
    const at = all.indexOf(chosen);
    const order = by > 0 ? all.slice(at + 1) : all.slice(0, at < 0 ? all.length : at).toReversed();
    const next = order.find(fits);
    if (next) choose(next, true);
    else say("status", "There is no further one.");
  }

  const copied = () => say("status", "The link is copied.");

  function link() {
    if (!chosen) return;
    const text = new URL(address(), location.href).href;
    const byHand = () => {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      if (document.execCommand("copy")) copied(); else say("status", text);
      area.remove();
    };
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(copied, byHand); else byHand();
  }

  const keys = {
    j: () => go(1, () => true),
    k: () => go(-1, () => true),
    n: () => go(1, changes),
    p: () => go(-1, changes),
    x: () => go(1, (row) => "wrong" in row.dataset),
    c: link,
    t: () => document.querySelector("[data-do=theme]")?.click(),
    "/": () => { search.focus(); search.select(); },
    "?": () => { help.showModal(); },
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, select, textarea, [contenteditable]");
    if (event.ctrlKey || event.metaKey || event.altKey || typing || document.querySelector("dialog[open]")) return;
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    say("status", "");
    keys[event.key]();
  });

  // -- searching -------------------------------------------------------------------------------------------------

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    say("found", words.length ? `${listed().length} of ${rows.length}` : "");
  }

  search.addEventListener("input", filter);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { search.value = ""; filter(); search.blur(); }
    if (event.key === "Enter") { search.blur(); go(1, () => true); }
  });

  // -- what a reader clicks --------------------------------------------------------------------------------------

  section.querySelector("tbody").addEventListener("click", (event) => {
    const row = event.target.closest("tr[id]");
    if (!row || event.target.closest("a")) return;
    event.preventDefault();
    choose(row, false);
  });
  section.querySelector("[data-do=help]").addEventListener("click", () => help.showModal());
  document.addEventListener("field-chosen", (event) => {
    about = event.detail;
    if (chosen) history.replaceState(null, "", address());
  });
  window.addEventListener("hashchange", () => follow(true));
  follow(true);
  if (!chosen) {
    // Nothing was asked for: what went wrong first, or the first step, is shown, and the address stays as it is.
    const start = rows.find((row) => "wrong" in row.dataset) || rows[0];
    choose(start, false, { quietly: true });
  }
})();
