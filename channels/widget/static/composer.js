// Where the citizen writes: the field, the paper clip, a file dropped or pasted, and the way to a human.
import { el } from "./dom.js";
import { ACCEPT, named } from "./files.js";
import { icon } from "./icons.js";

export class Composer {
  // `acts`: say(text), typing(), attach(files)
  constructor(acts) {
    this.acts = acts;
    this.field = el("textarea", { id: "field", rows: "1", holder: "placeholder", autocomplete: "off", "aria-describedby": "hint",
      oninput: () => this.grow(true), onpaste: (event) => this.#pasted(event) });
    this.human = el("button", { type: "button", class: "human", onclick: () => acts.say("Оператор") }, icon("person"), el("span", { t: "human" }));
    const chooser = el("input", { type: "file", hidden: true, multiple: true, accept: ACCEPT, tabindex: "-1",
      onchange: () => { acts.attach([...chooser.files]); chooser.value = ""; } });
    const form = el("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); this.submit(); } },
      el("button", { type: "button", class: "round clip", label: "attach", tip: "kinds", "aria-describedby": "kinds", onclick: () => chooser.click() }, icon("clip")), chooser,
      el("label", { class: "sr", for: "field", t: "field" }), this.field,
      el("button", { type: "submit", class: "send", label: "send", tip: "send" }, icon("send")));
    this.root = el("div", { class: "foot" }, form, el("div", { class: "under" }, this.human,
      el("span", { id: "hint", class: "sr", t: "hint" }), el("span", { id: "kinds", class: "sr", t: "kinds" })));
  }

  submit() {
    const text = this.field.value.trim();
    if (!text) {
      this.field.focus();
      return;
    }
    this.fill("");
    this.acts.say(text);
  }

  fill(text) {
    this.field.value = text;
    this.grow(false);
  }

  grow(typed) {
    this.field.rows = 1;
    while (this.field.scrollHeight > this.field.clientHeight + 1 && this.field.rows < 5) this.field.rows += 1;
    if (typed) this.acts.typing();
  }

  // A picture out of the clipboard; text beside it (a table out of an office program brings both) is pasted as text.
  #pasted(event) {
    const files = [...event.clipboardData.files];
    if (!files.length || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    this.acts.attach(files.map(named));
  }
}

// Lets files be dropped anywhere on `zone`; `veil` is shown while one hangs over it.
export function dropZone(zone, veil, attach) {
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  zone.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    veil.hidden = false;
  });
  zone.addEventListener("dragleave", (event) => { if (!zone.contains(event.relatedTarget)) veil.hidden = true; });
  zone.addEventListener("drop", (event) => {
    veil.hidden = true;
    if (!carriesFiles(event)) return;
    event.preventDefault();
    attach([...event.dataTransfer.files]);
  });
}
