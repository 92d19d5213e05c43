// Phrases of a wish: choosing by keys, moving and deleting the chosen, marking words, and fields that empty themselves when their words were taken.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const body = document.body;
  const $ = (id) => document.getElementById(id);
  const boxes = () => [...document.querySelectorAll("#phrase-rows input[type=checkbox]")];
  const words = (count) => {
    const ten = count % 10, hundred = count % 100;
    if (ten === 1 && hundred !== 11) return `Отмечена ${count} фраза`;
    return ten > 1 && ten < 5 && (hundred < 12 || hundred > 14) ? `Отмечены ${count} фразы` : `Отмечено ${count} фраз`;
  };
  const NOTHING = "Отметьте фразы, чтобы перенести или удалить их";

  const count = () => {
    const out = $("chosen-count");
    if (!out) return;
    const chosen = boxes().filter((box) => box.checked).length;
    out.textContent = chosen ? words(chosen) : NOTHING;
  };
  body.addEventListener("change", (event) => { if (event.target.closest("#phrase-rows")) count(); });

  // Keys work only while a phrase has the focus, so they take nothing from fields and screen readers.
  body.addEventListener("keydown", (event) => {
    const box = event.target;
    if (!box.matches?.("#phrase-rows input[type=checkbox]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = boxes(), at = all.indexOf(box);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const next = all[at + step];
      if (!next) return;
      if (event.shiftKey) { box.checked = next.checked = true; count(); }
      next.focus();
    } else if (event.code === "KeyM" || event.key === "Delete") {
      event.preventDefault();
      if (!all.some((one) => one.checked)) { box.checked = true; count(); }
      if (event.key === "Delete") $("remove-chosen").click(); else $("move-to").focus();
    }
  });

  // A phrase just typed is taken: the field is free for the next one.
  body.addEventListener("phrases-added", () => {
    const field = $("new-phrase");
    if (!field) return;
    field.value = "";
    $("check").replaceChildren();
    field.focus();
  });
  body.addEventListener("phrases-pasted", () => {
    $("pasted").value = "";
    $("paste-report").replaceChildren();
    $("list-title").focus();
  });
  body.addEventListener("phrases-changed", () => { if (document.activeElement === body) $("list-title").focus(); });
  body.addEventListener("htmx:afterSettle", (event) => {
    // What was swapped itself or holds what was swapped.
    const wanted = event.target.querySelector?.("[data-focus]") ?? (event.target.matches?.("[data-focus]") ? event.target : null);
    if (wanted) wanted.focus();
    if (event.target.matches?.(".phrase:not(.editing)") && document.activeElement === body) event.target.querySelector("input")?.focus();
    count();
  });
  body.addEventListener("keydown", (event) => {
    const row = event.target.closest?.("[data-editing]");
    if (!row) return;
    if (event.key === "Escape") row.querySelector("[data-cancel]").click();
    if (event.key === "Enter" && !event.shiftKey && event.target.matches("textarea")) { event.preventDefault(); row.querySelector("[data-save]").click(); }
  });
  body.addEventListener("click", (event) => {
    if (event.target.closest("[data-drop-report]")) { $("paste-report").replaceChildren(); $("pasted").focus(); }
    if (event.target.closest("[data-close]")) $("words").close();
    const button = event.target.closest("[data-words]");
    if (button) mark(button.dataset.words, "");
  });

  // Words chosen with the mouse in the list open the panel; there every word is a box of its own, for keys.
  let opener = null;
  const mark = async (phrase, chosen) => {
    opener = document.activeElement;
    await htmx.ajax("GET", "/desk/studio/phrases/words?" + new URLSearchParams({ phrase, words: chosen }), { target: "#words-box", swap: "innerHTML" });
    const panel = $("words");
    if (!panel.open) panel.showModal();
    $("words-title").focus();
  };
  $("words")?.addEventListener("close", () => opener?.focus?.());
  body.addEventListener("mouseup", () => {
    const selection = getSelection();
    const text = selection.toString().trim();
    const from = selection.anchorNode?.parentElement?.closest(".phrase-text"), to = selection.focusNode?.parentElement?.closest(".phrase-text");
    if (!text || !from || from !== to) return;
    const phrase = from.textContent;
    selection.removeAllRanges();
    mark(phrase, text);
  });
  // A dragged selection ends in a click, which would tick the phrase.
  body.addEventListener("click", (event) => { if (event.target.closest(".phrase-text") && getSelection().toString().trim()) event.preventDefault(); }, true);
  body.addEventListener("change", (event) => {
    if (!event.target.dataset?.word) return;
    const chosen = [...document.querySelectorAll("#words-box [data-word]:checked")].map((box) => box.dataset.word);
    $("words-words").value = chosen.join(" ");
  });

  // A name that the editor wrote herself is no longer made from the title.
  body.addEventListener("input", (event) => { if (event.target.id === "new-name") event.target.form.dataset.ownName = "1"; });
  body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id === "new-title" && event.target.form.dataset.ownName) event.preventDefault();
  });
});
