// The conversation on the screen: each message once, in the order of its number, what is still on its way at the end.
import { el, hidden, hiddenWords } from "./dom.js";
import { fileLink, fileOnItsWay } from "./files.js";
import { drawForm } from "./forms.js";
import { avatar, icon } from "./icons.js";
import { safeUrl } from "./links.js";
import { prose } from "./prose.js";
import { clock, dayName } from "./times.js";
import { verdict } from "./verdict.js";

const SHOWN = 1600;

export class Messages {
  // `acts`: choose(button, seq), cancel(id), listen(key, path), vote(seq, value), write(). Files are fetched below `base`.
  constructor(base, acts) {
    this.base = base;
    this.acts = acts;
    this.list = el("ol", { class: "messages" });
    this.bySeq = new Map();
    this.byId = new Map();
    this.players = new Map();
    this.speaks = false; // whether the robot's messages can be listened to
    this.newest = 0; // the last message of an operator
  }

  get empty() {
    return this.list.children.length === 0;
  }

  // Returns whether it was new.
  show(frame) {
    const known = this.bySeq.get(frame.seq) ?? (frame.id && this.byId.get(frame.id));
    if (known) {
      // A file that has just gone up becomes one that can be fetched, a recording its words.
      if (frame.attachments || frame.voice) this.#fill(known, frame);
      if (frame.id) this.settle(frame.id, frame.seq);
      return false;
    }
    const item = this.#item(frame, new Date(frame.at));
    item.seq = frame.seq;
    this.bySeq.set(frame.seq, item);
    this.#place(item);
    this.#retire();
    if (frame.author === "operator") this.newest = Math.max(this.newest, frame.seq);
    this.#corrected(this.bySeq.get(frame.corrects));
    return true;
  }

  // What the citizen has just sent and the server has not confirmed yet.
  showPending({ id, text, file, voice }) {
    const item = this.#item({ author: "citizen", text: text ?? "", buttons: [] }, new Date());
    item.seq = Infinity;
    if (file) {
      item.way = fileOnItsWay(file, () => this.acts.cancel(id), voice);
      item.bubble.replaceChildren(item.way);
    }
    this.byId.set(id, item);
    this.list.append(item);
    this.#label(item);
    this.#retire();
  }

  progress(id, share) {
    const item = this.byId.get(id);
    item?.way?.progress(share);
    this.#calm(item);
  }

  settle(id, seq) {
    const item = this.byId.get(id);
    if (!item) return;
    this.byId.delete(id);
    this.#calm(item);
    item.way?.stopped();
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
    item.state.replaceChildren(icon("retry"), el("span", { t: "late" }));
  }

  // `again` sends it anew, where that can help.
  failed(id, again) {
    const item = this.byId.get(id);
    if (!item) return;
    item.way?.stopped();
    item.classList.add("late");
    item.state.replaceChildren(el("span", { t: "failed" }));
    if (again) item.state.append(el("button", { type: "button", class: "cancel", t: "again", onclick: () => { this.forget(id); again(); } }));
  }

  playing(key, on) {
    const button = this.players.get(key);
    if (!button) return;
    const words = el("span", { t: on ? "hush" : "listen" });
    button.replaceChildren(icon(on ? "stop" : "sound"), words);
  }

  voted(seq, value) {
    this.bySeq.get(seq)?.verdict?.show(value);
    this.#retire();
  }

  // Other readings of a question whose answer did not help.
  otherwise(seq, buttons) {
    this.bySeq.get(seq)?.verdict?.offer(buttons);
  }

  forget(id) {
    this.byId.get(id)?.remove();
    this.byId.delete(id);
  }

  relabel() {
    for (const item of this.list.children) {
      item.day = dayName(item.moment);
      this.#label(item);
    }
  }

  // What was wrong stays, with a word that it was put right.
  #corrected(item) {
    if (!item) return;
    item.corrected = true;
    item.classList.remove("joined");
    item.state.replaceChildren(el("span", { t: "corrected" }));
  }

  #calm(item) {
    item?.state.replaceChildren();
    item?.classList.remove("late");
  }

  #item(frame, moment) {
    const mine = frame.author === "citizen";
    const item = el("li", { class: `message ${frame.author}` });
    item.author = frame.author + (frame.name ?? "");
    item.moment = moment;
    item.day = dayName(moment);
    item.clock = clock(moment);
    item.state = el("span", { class: "state" });
    item.choices = el("div", { class: "choices" });
    item.bubble = el("div", { class: "bubble", lang: mine ? null : "ru" });
    this.#fill(item, frame);
    const speech = this.speaks && frame.author === "robot" && frame.text ? this.#player(frame.seq, `speech/${frame.seq}`) : null;
    const form = drawForm(frame.form, (button) => this.acts.choose(button, item.seq));
    if (form) item.choices.append(form);
    else (frame.buttons ?? []).forEach((button) => item.choices.append(this.#button(button, item)));
    item.append(
      mine ? "" : el("span", { class: "face" }, avatar(frame.author)),
      el("div", { class: "column" },
        el("span", { class: mine ? "sr" : "author" }, frame.name ? `${frame.name}, ` : null, el("span", { class: frame.name ? "role" : null, t: frame.author }), hidden(": ")),
        item.bubble,
        el("span", { class: `meta${speech ? " heard" : ""}` }, el("time", { datetime: moment.toISOString() }, item.clock), item.state, speech),
        form ? null : item.choices));
    if (form) item.append(item.choices);
    if (frame.vote) {
      item.verdict = verdict(frame.vote, { vote: (value) => this.acts.vote(item.seq, value), choose: (button) => this.acts.choose(button, item.seq), write: this.acts.write });
      item.querySelector(".column").append(item.verdict);
    }
    return item;
  }

  #fill(item, frame) {
    const files = frame.voice ? this.#recording(frame) : (frame.attachments ?? []).map((file) => fileLink(this.base, file));
    if (frame.text.length <= SHOWN + 400) {
      item.bubble.replaceChildren(...prose(frame.text), ...files);
      return;
    }
    const rest = el("button", { type: "button", class: "more", t: "more", onclick: () => item.bubble.replaceChildren(...prose(frame.text), ...files) });
    item.bubble.replaceChildren(...prose(frame.text.slice(0, SHOWN)), rest, ...files);
  }

  // One's own recording is listened to, not downloaded; one without words says at least what it is.
  #recording({ text, attachments: [file] = [] }) {
    const url = /^files\/\d+\/\d+$/.test(file?.url ?? "") ? file.url : null;
    return [text ? null : el("span", { class: "file" }, icon("mic"), el("span", { t: "spoken" })), url && this.#player(url, url)].filter(Boolean);
  }

  #player(key, path) {
    const button = el("button", { type: "button", class: "listen", onclick: () => this.acts.listen(key, path) });
    this.players.set(key, button);
    this.playing(key, false);
    return button;
  }

  #button(button, item) {
    const url = button.url && safeUrl(button.url);
    if (url) return el("a", { class: "chip link", href: url, target: "_blank", rel: "noopener noreferrer" }, button.title, hiddenWords("newTab"));
    return el("button", { type: "button", class: "chip", onclick: () => this.acts.choose(button, item.seq) }, button.title);
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
    before?.classList.toggle("joined", follows && before.clock === item.clock && !before.corrected);
  }

  // Choices hold until the citizen says something; then only links and the words of a form stay. Only the newest answer asks whether
  // it helped; what was said of earlier ones stays.
  #retire() {
    const items = [...this.list.children];
    const asked = items.filter((item) => item.verdict);
    asked.forEach((item) => { item.verdict.hidden = item !== asked.at(-1) && item.verdict.value === "none"; });
    const last = items.findLastIndex((item) => item.classList.contains("citizen"));
    items.slice(0, Math.max(last, 0)).forEach((item) => {
      item.verdict?.rest();
      item.choices.querySelectorAll("button, .controls").forEach((control) => control.remove());
      if (!item.choices.textContent) item.choices.replaceChildren();
    });
  }
}
