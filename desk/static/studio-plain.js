"use strict";
// Replaced words take their button away: the keyboard goes on at the score, so nobody is thrown back to the page's beginning.
document.addEventListener("htmx:afterSettle", (event) => {
  const sum = document.getElementById("try-sum");
  const lost = !document.activeElement || document.activeElement === document.body;
  if (sum && lost && event.detail.requestConfig?.triggeringEvent?.submitter?.name === "replace") sum.focus();
});
