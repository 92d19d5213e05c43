// Leaving a field asks for a check of its words. While the mouse is down the check waits: its answer would move the button from under it.
"use strict";
(() => {
  let pressed = false;
  let waiting = [];

  function release() {
    pressed = false;
    const requests = waiting;
    waiting = [];
    for (const send of requests) send();
  }

  document.addEventListener("pointerdown", (event) => { if (event.isPrimary && event.button === 0) pressed = true; }, true);
  // The click comes after the release, and goes first.
  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => setTimeout(release), true);
  document.addEventListener("keydown", () => { if (pressed) release(); }, true);

  document.addEventListener("htmx:confirm", (event) => {
    const { triggeringEvent, issueRequest } = event.detail;
    if (!pressed || !["input", "change"].includes(triggeringEvent?.type)) return;
    event.preventDefault();
    waiting.push(() => issueRequest(true));
  });
})();
