// Whether an answer helped: two quiet buttons under it, a word of thanks, and what else may help.
import { el } from "./dom.js";
import { icon } from "./icons.js";

const VALUES = ["up", "down"];

// `acts`: vote(value), choose(button), write(). The box has `value`, and show(value), offer(buttons), rest().
export function verdict(value, acts) {
  const thumbs = VALUES.map((name) => el("button", { type: "button", class: "thumb", onclick: () => press(name) }, icon(name), el("span", { t: name })));
  const thanks = el("span", { class: "thanks" });
  const next = el("div", { class: "choices", role: "group", label: "otherwise" });
  const box = el("div", { class: "verdict" }, el("div", { class: "thumbs", role: "group", label: "helpful" }, ...thumbs, thanks), next);

  box.show = (now) => {
    box.value = now;
    thumbs.forEach((thumb, index) => thumb.setAttribute("aria-pressed", String(now === VALUES[index])));
    thanks.replaceChildren(...(now === "up" ? [el("span", { t: "thanksUp" })] : []));
    if (now !== "down") box.rest();
  };

  // Once the citizen goes on, what was offered is out of date; her word stays.
  box.rest = () => next.replaceChildren();

  // Other readings of the question, before what is always offered: they are known only when the vote is stored.
  box.offer = (buttons) => next.firstChild?.after(
    ...buttons.map((button) => el("button", { type: "button", class: "chip", onclick: () => acts.choose(button) }, button.title)));

  function press(name) {
    if (box.value === name) return;
    box.show(name);
    if (name === "down") {
      next.replaceChildren(el("p", { t: "thanksDown" }),
        el("button", { type: "button", class: "chip", t: "human", onclick: () => acts.choose({ title: "Позвать специалиста", payload: "/request_operator" }) }),
        el("button", { type: "button", class: "chip", t: "rephrase", onclick: acts.write }));
    }
    acts.vote(name);
    box.scrollIntoView({ block: "nearest" });
  }

  box.show(value);
  return box;
}
