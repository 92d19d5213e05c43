// The two forms the assistant may show: the consent with a mark of its own, and the rating.
import { el } from "./dom.js";
import { icon } from "./icons.js";

let made = 0;

export function consentForm(form, choose) {
  const id = `consent-${++made}`;
  const accept = el("button", { type: "button", class: "button main", disabled: true, onclick: () => choose(form.accept) }, form.accept.title);
  // Unticked by law: the mark is the citizen's own deed, and nothing can be agreed to before it.
  const mark = el("input", { type: "checkbox", id: `${id}-mark`, onchange: () => { accept.disabled = !mark.checked; } });
  return el("div", { class: "form consent", role: "group", "aria-labelledby": `${id}-title` },
    el("h3", { id: `${id}-title` }, icon("shield"), form.title),
    el("div", { class: "consent-text", tabindex: "0", role: "region", "aria-label": "Текст согласия" }, form.text),
    el("p", { class: "version" }, `Редакция от ${version(form.version)}`),
    el("div", { class: "controls" },
      el("label", { class: "mark", for: mark.id }, mark, el("span", {}, form.mark ?? "Текст прочитан, согласие даю добровольно")),
      el("div", { class: "row" }, accept,
        el("button", { type: "button", class: "button", onclick: () => choose(form.decline) }, form.decline.title))));
}

function version(text) {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text ?? "") ?? [];
  return year ? `${day}.${month}.${year}` : text;
}

export function ratingForm(form, choose) {
  return el("div", { class: "form rating", role: "group", "aria-label": "Оценка" },
    el("div", { class: "controls scale" },
      ...form.scale.map((grade) => el("button", { type: "button", class: "button", onclick: () => choose(grade) }, grade.title))));
}

export function drawForm(form, choose) {
  if (form?.type === "consent" && form.accept && form.decline) return consentForm(form, choose);
  if (form?.type === "rating" && form.scale?.length) return ratingForm(form, choose);
  return null;
}
