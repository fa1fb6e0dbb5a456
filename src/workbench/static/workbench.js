// Keys, focus, what is told, and answers that wait for the connection. Pages work without it.
"use strict";
(() => {
  const one = (selector, within = document) => within.querySelector(selector);
  const meta = (name) => one(`meta[name="${name}"]`)?.content ?? "";
  // Also what stands in a closed part has a place of its own; it is not shown for that.
  const shown = (node) => node.checkVisibility() && !node.disabled;

  function tell(sentence) {
    const place = one("#said");
    place.textContent = "";
    // Emptied first: the same sentence twice is to be heard twice.
    setTimeout(() => { place.textContent = sentence; }, 50);
  }

  // --- keys ------------------------------------------------------------------------------------
  const words = (node) =>
    node.dataset.label || node.getAttribute("aria-label") ||
    [...node.childNodes].filter((n) => n.nodeName !== "KBD").map((n) => n.textContent).join("").trim();

  function showKeys() {
    const list = one("#keys-of-page dl");
    list.textContent = "";
    const seen = new Set();
    for (const node of document.querySelectorAll("[data-key]")) {
      if (!shown(node) || seen.has(node.dataset.key)) continue;
      seen.add(node.dataset.key);
      const key = document.createElement("dt");
      key.append(Object.assign(document.createElement("kbd"), { textContent: node.dataset.key }));
      list.append(key, Object.assign(document.createElement("dd"), { textContent: words(node) }));
    }
    one("#keys-of-page").showModal();
  }

  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const at = event.target;
    const writes = at.closest("textarea, select, [contenteditable]") ||
      (at.matches("input") && !["radio", "checkbox", "button", "submit"].includes(at.type));
    if (writes || one("dialog[open]")) return;
    const matching = (within) => [...within.querySelectorAll("[data-key]")]
      .find((node) => node.dataset.key === event.key.toLowerCase() && shown(node));
    // The card one is in goes first, then the current one, then the page.
    const card = at.closest("[data-card]") || one("[data-card][data-current]");
    const found = (card && matching(card)) || matching(document);
    if (!found) return;
    event.preventDefault();
    found.click();
    // What is ticked is where one is: the next key is about it.
    if (found.matches("input, summary")) found.focus();
  });

  document.addEventListener("click", (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!event.target.closest("[data-help]") || document.body.querySelector("[data-help][aria-current]")) return;
    event.preventDefault();
    showKeys();
  });

  // --- after a part of the page is swapped -----------------------------------------------------
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRF-Token"] = meta("csrf");
    const fresh = event.detail.elt.closest("[data-fresh]")?.dataset.fresh;
    if (fresh) event.detail.parameters[fresh] = newId();
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    const part = event.detail.elt;
    const spoken = part.matches("[data-say]") ? part : one("[data-say]", part);
    if (spoken) tell(spoken.dataset.say);
    scrollTo(part);
    const focus = part.matches("[data-focus]") ? part : one("[data-focus]", part);
    if (!focus) return;
    focus.tabIndex = -1;
    focus.focus({ preventScroll: true });
    // No further than it takes: what one compares it with stays in view.
    focus.scrollIntoView({ block: "nearest" });
  });

  // What is looked at stands in the midst of what scrolls around it.
  function scrollTo(part) {
    const current = one("[data-scroll]", part);
    const around = current?.closest(".scroll");
    if (!around) return;
    around.scrollTop += current.getBoundingClientRect().top - around.getBoundingClientRect().top - around.clientHeight / 3;
  }
  scrollTo(document);

  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status === 401 || status === 403) {
      keep(event.detail);
      return;
    }
    tell("That did not work; nothing was changed. Open the page again.");
  });

  // crypto.randomUUID is there on secure pages only.
  function newId() {
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64;
    b[8] = (b[8] & 63) | 128;
    const hex = [...b].map((n) => n.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  // --- answers that wait for the connection ----------------------------------------------------
  // Kept per reviewer, so that nobody's answers are sent by the one who signs in next. Each carries
  // the id its form was drawn with: sent twice it is one answer.
  const place = `waiting:${meta("reviewer")}`;
  const waiting = () => JSON.parse(localStorage.getItem(place) || "[]");
  let sending = false;

  function keep(detail) {
    const form = detail.elt.closest("form[data-keep]");
    if (!form) return;
    const sent = new FormData();
    for (const [name, value] of Object.entries(detail.requestConfig.parameters)) {
      for (const each of [value].flat()) sent.append(name, each);
    }
    sent.delete("csrf");
    const body = new URLSearchParams(sent).toString();
    const all = waiting().filter((answer) => answer.body !== body);
    localStorage.setItem(place, JSON.stringify([...all, { path: detail.requestConfig.path, body }]));
    showWaiting("");
  }

  function showWaiting(why) {
    const count = waiting().length;
    const bar = one("#waiting");
    bar.hidden = count === 0 && !why;
    const answers = count === 1 ? "1 answer waits" : `${count} answers wait`;
    bar.textContent = count === 0 ? why : `${answers} in this browser, to be sent when it can be. ${why}`;
  }

  async function send() {
    if (sending) return;
    sending = true;
    let why = "";
    try {
      while (waiting().length) {
        const [first] = waiting();
        const answer = await fetch(first.path, {
          method: "POST", redirect: "manual", body: first.body,
          headers: { "X-CSRF-Token": meta("csrf"), "Content-Type": "application/x-www-form-urlencoded" },
        });
        if (answer.status === 401 || answer.status === 403) {
          why = "Sign in again and open this page anew.";
          break;
        }
        if (answer.status >= 500) break;
        localStorage.setItem(place, JSON.stringify(waiting().filter((a) => a.body !== first.body)));
        if (answer.status >= 400) {
          why = "One answer was not taken: what it was about has changed. Open its page again.";
          continue;
        }
        if (!waiting().length && !why) {
          tell("All answers are sent.");
          // A page that shows what was answered is drawn anew.
          window.htmx?.trigger(document.body, "sent");
        }
      }
    } catch {
      // Still no connection.
    }
    sending = false;
    showWaiting(why);
  }

  document.addEventListener("htmx:sendError", (event) => keep(event.detail));
  window.addEventListener("online", send);
  setInterval(() => { if (waiting().length) send(); }, 5000);
  if (waiting().length) send();
})();
