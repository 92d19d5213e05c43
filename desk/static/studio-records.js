"use strict";
// Records: a search among many boxes, words that were not saved are not lost by a click, and the first mistake takes the focus.
document.addEventListener("DOMContentLoaded", () => {
  const plain = (text) => text.toLowerCase().replaceAll("ё", "е");
  document.querySelectorAll("[data-narrow]").forEach((field) => {
    const rows = [...document.querySelectorAll(`#${CSS.escape(field.dataset.narrow)} label`)];
    field.addEventListener("input", () => {
      const words = plain(field.value);
      rows.forEach((row) => { row.hidden = !plain(row.textContent).includes(words) && !row.querySelector("input").checked; });
    });
    // Enter here means «search», not «save».
    field.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  });
  document.querySelector("[data-first]")?.focus();

  const form = document.querySelector("form.record");
  if (!form) return;
  let unsaved = document.querySelector("[data-first]") !== null;
  form.addEventListener("input", () => { unsaved = true; });
  form.addEventListener("submit", () => { unsaved = false; });
  window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
});
