// The two forms the assistant may show: the consent with a mark of its own, and the rating.
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./strings.js";

let made = 0;

export function consentForm(form, choose) {
  const id = `consent-${++made}`;
  const accept = el("button", { type: "button", class: "button main", disabled: true, onclick: () => choose(form.accept) }, form.accept.title);
  // Unticked by law: the mark is the citizen's own deed, and nothing can be agreed to before it.
  const mark = el("input", { type: "checkbox", id: `${id}-mark`, onchange: () => { accept.disabled = !mark.checked; } });
  return el("div", { class: "form consent", role: "group", "aria-labelledby": `${id}-title`, lang: "ru" },
    el("h3", { id: `${id}-title` }, icon("shield"), form.title),
    el("div", { class: "consent-text", tabindex: "0", role: "region", label: "consentText" }, form.text),
    el("p", { class: "version" }, t("version", version(form.version))),
    el("div", { class: "controls" },
      el("label", { class: "mark", for: mark.id }, mark, form.mark ? el("span", {}, form.mark) : el("span", { t: "consentMark" })),
      el("div", { class: "row" }, accept,
        el("button", { type: "button", class: "button", onclick: () => choose(form.decline) }, form.decline.title))));
}

function version(text) {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text ?? "") ?? [];
  return year ? `${day}.${month}.${year}` : text;
}

// One tab stop and arrows, as radio buttons have; but only a press gives the grade, since it cannot be taken back.
export function ratingForm(form, choose) {
  const grades = form.scale.map((grade, index) =>
    el("button", { type: "button", class: "button", role: "radio", "aria-checked": "false", tabindex: index ? "-1" : "0", onclick: () => give(grade) }, grade.title));
  const group = el("div", { class: "controls scale", role: "radiogroup", label: "rating", onkeydown: move }, ...grades);
  const box = el("div", { class: "form rating", lang: "ru" }, group);

  function give(grade) {
    box.replaceChildren(el("p", { class: "rated" }, icon("check"), t("rated", grade.title)));
    choose(grade);
  }

  function move(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = grades.indexOf(event.target);
    const next = grades[(at + step + grades.length) % grades.length];
    grades.forEach((grade) => grade.setAttribute("tabindex", grade === next ? "0" : "-1"));
    next.focus();
  }

  return box;
}

export function drawForm(form, choose) {
  if (form?.type === "consent" && form.accept && form.decline) return consentForm(form, choose);
  if (form?.type === "rating" && form.scale?.length) return ratingForm(form, choose);
  return null;
}
