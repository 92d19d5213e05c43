// The trial's page: which column a phone shows, writing only when the robots are ready; and test conversations: steps, and words taken from a real answer.
"use strict";
(() => {
  const room = document.querySelector(".trial");
  if (!room) return;

  const show = (side) => {
    room.dataset.shown = side;
    for (const tab of room.querySelectorAll(".trial-tabs button")) tab.setAttribute("aria-pressed", String(tab.dataset.side === side));
  };
  show("draft");
  for (const tab of room.querySelectorAll(".trial-tabs button")) tab.addEventListener("click", () => show(tab.dataset.side));

  const form = document.getElementById("trial-say");
  const text = document.getElementById("t-text");
  const ready = () => {
    const houses = document.getElementById("houses");
    if (!form || !houses) return;
    const waiting = houses.dataset.waiting === "yes";
    const was = text.disabled;
    for (const part of form.querySelectorAll("input, button")) part.disabled = waiting;
    if (was && !waiting) text.focus();
  };
  ready();
  document.body.addEventListener("htmx:afterSettle", ready);
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const said = event.detail.requestConfig.path.endsWith("/trial/say");
    if (!said || !event.detail.successful) return;
    if (event.detail.elt === form) form.reset();
    document.getElementById("exchanges").lastElementChild?.scrollIntoView({ block: "nearest" });
    text.focus();
  });

  const steps = document.getElementById("steps");
  if (!steps) return;
  const count = () => steps.querySelectorAll("[data-count]").forEach((place, i) => { place.textContent = i + 1; });
  let next = steps.children.length;
  document.getElementById("add-step").addEventListener("click", () => {
    const html = document.getElementById("step").innerHTML.replaceAll("9990", String(next++));
    steps.insertAdjacentHTML("beforeend", html);
    count();
    steps.lastElementChild.querySelector("input").focus();
  });
  steps.addEventListener("click", (event) => {
    const step = event.target.closest(".step");
    if (event.target.matches(".drop")) {
      const near = step.nextElementSibling || step.previousElementSibling;
      step.remove();
      count();
      (near?.querySelector("input") || document.getElementById("add-step")).focus();
    }
    if (event.target.matches(".take")) take(step);
  });
  const take = (step) => {
    const chosen = getSelection();
    const words = chosen.toString().replace(/\s+/g, " ").trim();
    if (!words || !step.querySelector(".real").contains(chosen.anchorNode)) return desk.say("Выделите слова в ответе робота над этой кнопкой.", true);
    const field = step.querySelector("textarea");
    field.value = field.value.trim() ? `${field.value.trimEnd()}\n${words}` : words;
    desk.say(`Взято: «${words}»`);
  };
})();
