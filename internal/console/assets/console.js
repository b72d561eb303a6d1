// Reads a page that moves again and puts its content in place: when the server says that something moved, and every few
// seconds where it cannot say so. Without script the page is whole too.
"use strict";
(() => {
  const every = 5000, told = 30000;
  const main = document.querySelector("main[data-refresh]");
  if (!main) return;
  const busy = () => main.contains(document.activeElement) && document.activeElement !== document.body || main.querySelector("details.do[open]");
  const state = () => (document.querySelector("h1") || {}).textContent;
  let reading = false, last = 0, live = false;
  const read = async () => {
    if (document.hidden || busy() || reading) return;
    reading = true;
    last = Date.now();
    try {
      const response = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "error" });
      if (!response.ok) throw new Error(response.status);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.querySelector("main[data-refresh]");
      if (!fresh || busy()) return;
      const before = state();
      const opened = (tree) => [...tree.querySelectorAll("details.more")];
      const open = opened(main).map((d) => d.open); // a refresh closes nothing
      main.replaceChildren(...fresh.childNodes);
      const now = opened(main);
      if (now.length === open.length) now.forEach((d, i) => { d.open = open[i]; });
      main.classList.remove("old");
      if (state() !== before) document.getElementById("said").textContent = state();
    } catch {
      main.classList.add("old"); // what is shown stays, greyed; its age stands on the page
    } finally {
      reading = false;
    }
  };
  setInterval(() => { if (Date.now() - last >= (live ? told : every)) read(); }, 1000);
  // A browser keeps pages that were left, with their connections, of which it has six to a server: only a page that is
  // looked at listens, and one that is looked at again reads what moved meanwhile.
  let events;
  const leave = () => {
    if (events) events.close();
    events = undefined;
    live = false;
  };
  const listen = () => {
    if (events || document.hidden) return;
    events = new EventSource("/live");
    events.onopen = () => { live = true; };
    events.onerror = () => { live = false; };
    events.addEventListener("moved", read);
  };
  addEventListener("pagehide", leave);
  addEventListener("pageshow", (shown) => { listen(); if (shown.persisted) read(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) { leave(); } else { listen(); read(); } });
  listen();
})();
