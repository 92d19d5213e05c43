// The menu behind the three dots: size of the text, looks, language, the conversation as a file. By mouse or by keys alone.
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { language, LANGUAGES } from "./strings.js";

const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

export class Menu {
  // `wishes` holds size, theme and lang as they are; `acts`: wish(name, value), save().
  constructor(wishes, acts) {
    this.wishes = wishes;
    this.acts = acts;
    this.button = el("button", { type: "button", class: "round dots-button", label: "menu", tip: "menu", "aria-haspopup": "menu", "aria-expanded": "false", "aria-controls": "menu",
      onclick: () => this.toggle(),
      onkeydown: (event) => {
        if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
        event.preventDefault();
        this.open(event.key === "ArrowUp");
      } }, icon("menu"));
    this.list = el("div", { id: "menu", class: "menu", role: "menu", label: "menu", hidden: true, onkeydown: (event) => this.#keys(event) },
      this.#group("size", "size", [0, 1, 2].map((step) => [step, el("span", { class: "sample", "data-step": step, "aria-hidden": "true" }, "А"), `size${step}`])),
      this.#group("theme", "theme", ["system", "light", "dark"].map((theme) => [theme, null, theme])),
      this.#group("lang", "language", Object.entries(LANGUAGES).map(([lang, title]) => [lang, el("span", { lang }, title)])),
      el("button", { type: "button", class: "item wide", role: "menuitem", tabindex: "-1", onclick: () => { this.close(true); this.acts.save(); } }, icon("save"), el("span", { t: "save" })));
    this.#mark();
  }

  get isOpen() {
    return !this.list.hidden;
  }

  get #items() {
    return [...this.list.querySelectorAll("button")];
  }

  toggle() {
    if (this.isOpen) this.close(true);
    else this.open();
  }

  open(last = false) {
    this.list.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.#items.at(last ? -1 : 0).focus();
  }

  close(back) {
    if (!this.isOpen) return;
    this.list.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    if (back) this.button.focus();
  }

  #group(name, title, choices) {
    return el("div", { class: "group", role: "group", "aria-labelledby": `menu-${name}` },
      el("span", { class: "group-title", id: `menu-${name}`, role: "presentation", t: title }),
      el("div", { class: "items", role: "presentation" }, ...choices.map(([value, face, words]) => {
        const item = el("button", { type: "button", class: "item", role: "menuitemradio", tabindex: "-1",
          onclick: () => { this.acts.wish(name, value); this.#mark(); } }, face, words ? el("span", { t: words }) : null);
        item.wish = { name, value };
        return item;
      })));
  }

  #mark() {
    const now = { ...this.wishes, lang: language() };
    this.#items.filter((item) => item.wish).forEach((item) => item.setAttribute("aria-checked", String(now[item.wish.name] === item.wish.value)));
  }

  #keys(event) {
    const items = this.#items;
    const at = items.indexOf(event.target);
    const to = STEPS[event.key] ? (at + STEPS[event.key] + items.length) % items.length : { Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items[to].focus();
    } else if (event.key === "Escape") {
      event.stopPropagation(); // the menu first, the whole chat with the next press
      this.close(true);
    } else if (event.key === "Tab") this.close(true);
  }
}
