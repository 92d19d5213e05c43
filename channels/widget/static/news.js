// Emergency notices above the conversation; one that was put away does not come back in this browser.
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { recall, remember } from "./store.js";

const MOST_KEPT = 50;

export class News {
  // `gone` is called after a notice was put away.
  constructor(base, gone) {
    Object.assign(this, { base, gone });
    this.root = el("div", { class: "news", role: "status", lang: "ru" });
  }

  async load() {
    try {
      const answer = await fetch(`${this.base}/notices`);
      if (answer.ok) this.#show(await answer.json());
    } catch {
      // No connection: the chat works without them.
    }
  }

  #show(notices) {
    const hidden = recall("notices", [], true);
    const wanted = notices.filter(({ id }) => !hidden.includes(id));
    const shown = wanted.map(({ id }) => id).join();
    if (shown === this.shown) return; // nothing new: it must not be read out again
    this.shown = shown;
    this.root.replaceChildren(...wanted.map(({ id, text }) => {
      const row = el("div", {}, el("p", {}, text), el("button", { type: "button", class: "round", label: "hideNotice", tip: "hideNotice", onclick: () => {
        remember("notices", [...recall("notices", [], true), id].slice(-MOST_KEPT), true);
        row.remove();
        this.gone();
      } }, icon("close")));
      return row;
    }));
  }
}
