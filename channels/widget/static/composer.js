// Where the citizen writes: the field, the paper clip, a file dropped or pasted, and the way to a human.
import { el } from "./dom.js";
import { ACCEPT, named } from "./files.js";
import { icon } from "./icons.js";
import { Voice } from "./voice.js";

export class Composer {
  // `acts`: say(text), typing(), attach(files), aloud(on), and those of `Voice`.
  constructor(acts) {
    this.acts = acts;
    this.field = el("textarea", { id: "field", rows: "1", holder: "placeholder", autocomplete: "off", "aria-describedby": "hint",
      oninput: () => this.grow(true), onpaste: (event) => this.#pasted(event) });
    this.human = el("button", { type: "button", class: "human", onclick: () => acts.say("Оператор") }, icon("person"), el("span", { t: "human" }));
    const chooser = el("input", { type: "file", hidden: true, multiple: true, accept: ACCEPT, tabindex: "-1",
      onchange: () => { acts.attach([...chooser.files]); chooser.value = ""; } });
    this.voice = new Voice(acts, (on) => form.classList.toggle("recording", on));
    this.aloud = el("button", { type: "button", class: "human aloud", label: "aloud", tip: "aloud", hidden: true, "aria-pressed": "true",
      onclick: () => { acts.aloud(this.aloud.getAttribute("aria-pressed") === "false"); } });
    this.button = el("button", { type: "submit", class: "send", label: "send", tip: "send" }, icon("send"));
    const form = el("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); this.submit(); } },
      el("button", { type: "button", class: "round clip", label: "attach", tip: "kinds", "aria-describedby": "kinds", onclick: () => chooser.click() }, icon("clip")), chooser,
      el("label", { class: "sr", for: "field", t: "field" }), this.field, this.voice.bar, this.button);
    this.form = form;
    this.root = el("div", { class: "foot" }, form, el("div", { class: "under" }, this.human, this.aloud,
      el("span", { id: "hint", class: "sr", t: "hint" }), el("span", { id: "kinds", class: "sr", t: "kinds" })));
  }

  // The microphone stands where the way to send does, as long as nothing is written.
  offerVoice() {
    if (this.voice.button.isConnected) return;
    this.form.classList.add("voiced");
    this.form.append(this.voice.button);
    this.root.append(el("span", { id: "voice-hint", class: "sr", t: "voiceHint" }));
  }

  showAloud(on) {
    this.aloud.hidden = false;
    this.aloud.setAttribute("aria-pressed", String(on));
    this.aloud.replaceChildren(icon(on ? "sound" : "mute"), el("span", { t: "aloudShort" }));
  }

  submit() {
    const text = this.field.value.trim();
    if (!text) {
      this.field.focus();
      return;
    }
    const pressed = this.form.getRootNode().activeElement === this.button;
    this.fill("");
    if (pressed && this.voice.button.isConnected) this.voice.button.focus();
    this.acts.say(text);
  }

  fill(text) {
    this.field.value = text;
    this.grow(false);
  }

  grow(typed) {
    this.form.classList.toggle("written", Boolean(this.field.value.trim()));
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
