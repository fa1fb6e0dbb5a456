// Screening: after a key has answered a criterion, the next one is in turn.
"use strict";
(() => {
  const turn = (criterion) => {
    for (const other of document.querySelectorAll(".criterion[data-current]")) delete other.dataset.current;
    criterion.dataset.current = "";
  };

  // What the server keeps for "Decide as answered", told before it is sent.
  const follow = (form) => {
    const criteria = [...form.querySelectorAll(".criterion")];
    const failing = criteria.findIndex((one) => one.querySelector(".fails:checked"));
    const answered = criteria.filter((one) => one.querySelector(":checked")).length;
    const open = answered < criteria.length || form.querySelector(".unclear:checked");
    const verdict = failing >= 0 ? "exclude" : open ? "unsure" : "include";
    const why = failing >= 0 ? `, for criterion ${failing + 1}` : "";
    const told = answered ? `From your answers follows: ${verdict}${why}.` : "";
    if (form.querySelector(".follows").textContent !== told) form.querySelector(".follows").textContent = told;
    for (const button of form.querySelectorAll(".verdicts button")) {
      button.toggleAttribute("data-follows", Boolean(answered) && button.value === verdict);
    }
  };
  const followAll = () => document.querySelectorAll("form.decide").forEach(follow);

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form.decide");
    if (form) follow(form);
  });
  document.addEventListener("htmx:afterSettle", followAll);
  followAll();

  // What scrolls of its own is brought to the top of the window first: then the verdicts and every
  // criterion fit into it, and the text beside it stays where it is.
  const goTo = (criterion) => {
    const desk = criterion.closest(".desk");
    const above = desk.getBoundingClientRect().top;
    if (above > 0 && getComputedStyle(desk).position === "sticky") window.scrollBy(0, above);
    criterion.focus();
  };

  document.addEventListener("click", (event) => {
    const criterion = event.target.closest(".criterion");
    if (!criterion) return;
    if (event.target.closest(".number-link")) {
      event.preventDefault();
      goTo(criterion);
    }
    // A press of a key clicks without a pointer; whoever points or uses the arrows stays.
    if (event.isTrusted || !event.target.matches("input")) return;
    const all = [...document.querySelectorAll(".criterion")];
    const next = all[all.indexOf(criterion) + 1];
    // Once the key is dealt with: what it pressed is given the focus first.
    if (next) queueMicrotask(() => goTo(next));
  });

  document.addEventListener("focusin", (event) => {
    const criterion = event.target.closest(".criterion");
    if (criterion) turn(criterion);
  });

  document.addEventListener("keydown", (event) => {
    // Out of the note, so that keys act again.
    if (event.key === "Escape" && event.target.matches("#note-text")) event.target.blur();
  });
})();
