// The conversation on the screen: each message once, in the order of its number, what is still on its way at the end.
import { el, hidden } from "./dom.js";
import { drawForm } from "./forms.js";
import { avatar, icon } from "./icons.js";
import { linked, safeUrl } from "./links.js";
import { clock, dayName } from "./times.js";

const NAMES = { citizen: "Вы", robot: "Робот", operator: "Специалист" };
const SHOWN = 1600;

export class Messages {
  constructor(choose) {
    this.choose = choose;
    this.list = el("ol", { class: "messages" });
    this.bySeq = new Map();
    this.byId = new Map();
  }

  get empty() {
    return this.list.children.length === 0;
  }

  // Returns whether it was new.
  show(frame) {
    if (this.bySeq.has(frame.seq)) return false;
    const pending = frame.id && this.byId.get(frame.id);
    if (pending) {
      this.settle(frame.id, frame.seq);
      return false;
    }
    const item = this.#item(frame, new Date(frame.at));
    item.seq = frame.seq;
    this.bySeq.set(frame.seq, item);
    this.#place(item);
    this.#retire();
    return true;
  }

  // What the citizen has just sent and the server has not confirmed yet.
  showPending({ id, text }) {
    const item = this.#item({ author: "citizen", text, buttons: [] }, new Date());
    item.seq = Infinity;
    this.byId.set(id, item);
    this.list.append(item);
    this.#label(item);
    this.#retire();
  }

  settle(id, seq) {
    const item = this.byId.get(id);
    if (!item) return;
    this.byId.delete(id);
    item.state.replaceChildren();
    item.classList.remove("late");
    if (this.bySeq.has(seq)) {
      item.remove();
      return;
    }
    item.seq = seq;
    this.bySeq.set(seq, item);
    this.#place(item);
    this.#retire();
  }

  late(id) {
    const item = this.byId.get(id);
    if (!item || item.classList.contains("late")) return;
    item.classList.add("late");
    item.state.replaceChildren(icon("retry"), "не отправлено, повторяю");
  }

  failed(id) {
    const item = this.byId.get(id);
    if (!item) return;
    item.classList.add("late");
    item.state.replaceChildren("не отправлено");
  }

  #item(frame, moment) {
    const mine = frame.author === "citizen";
    const item = el("li", { class: `message ${frame.author}` });
    item.author = frame.author;
    item.day = dayName(moment);
    item.clock = clock(moment);
    item.state = el("span", { class: "state" });
    item.choices = el("div", { class: "choices" });
    const form = drawForm(frame.form, this.choose);
    if (form) item.choices.append(form);
    else (frame.buttons ?? []).forEach((button) => item.choices.append(this.#button(button)));
    item.append(
      mine ? "" : el("span", { class: "face" }, avatar(frame.author)),
      el("div", { class: "column" },
        el("span", { class: mine ? "sr" : "author" }, NAMES[frame.author] ?? frame.author, hidden(": ")),
        el("div", { class: "bubble" }, ...this.#text(frame)),
        el("span", { class: "meta" }, el("time", { datetime: moment.toISOString() }, item.clock), item.state),
        form ? null : item.choices));
    if (form) item.append(item.choices);
    return item;
  }

  #text(frame) {
    const files = (frame.attachments ?? []).map((file) => el("span", { class: "file" }, `Файл: ${file.name}`));
    if (frame.text.length <= SHOWN + 400) return [...linked(frame.text), ...files];
    const rest = el("button", { type: "button", class: "more", onclick: () => {
      rest.replaceWith(...linked(frame.text.slice(SHOWN)));
    } }, "… показать полностью");
    return [...linked(frame.text.slice(0, SHOWN)), rest, ...files];
  }

  #button(button) {
    const url = button.url && safeUrl(button.url);
    if (url) return el("a", { class: "chip link", href: url, target: "_blank", rel: "noopener noreferrer" }, button.title, hidden(" (откроется в новой вкладке)"));
    return el("button", { type: "button", class: "chip", onclick: () => this.choose(button) }, button.title);
  }

  #place(item) {
    let next = null;
    let before = this.list.lastElementChild;
    while (before && (before === item || before.seq > item.seq)) {
      if (before !== item) next = before;
      before = before.previousElementSibling;
    }
    if (item.parentNode !== this.list || item.nextElementSibling !== next) this.list.insertBefore(item, next);
    this.#label(item);
    if (next) this.#label(next);
  }

  // The day above its first message, the face beside the first of several in a row, the time under the last of one minute.
  #label(item) {
    const before = item.previousElementSibling;
    item.querySelector(".day")?.remove();
    if (before?.day !== item.day) item.prepend(el("span", { class: "day" }, item.day));
    const follows = before?.day === item.day && before.author === item.author;
    item.classList.toggle("follows", follows);
    before?.classList.toggle("joined", follows && before.clock === item.clock);
  }

  // Choices hold until the citizen says something; then only links and the words of a form stay.
  #retire() {
    const items = [...this.list.children];
    const last = items.findLastIndex((item) => item.classList.contains("citizen"));
    items.slice(0, Math.max(last, 0)).forEach((item) => {
      item.choices.querySelectorAll("button, .controls").forEach((control) => control.remove());
      if (!item.choices.textContent) item.choices.replaceChildren();
    });
  }
}
