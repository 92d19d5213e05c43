// The microphone button and what stands in the composer's place while it records. Hold it to talk, or press it twice.
import { el, svg } from "./dom.js";
import { icon } from "./icons.js";
import { Recorder } from "./recorder.js";
import { t } from "./strings.js";

const LONGEST = 60_000;
const SHORTEST = 600;
const HELD_AFTER = 500;
const DRAW_EVERY = 100;
const BARS = 28;
const PROBLEMS = {
  NotAllowedError: "micDenied", SecurityError: "micDenied", NotFoundError: "micNone", OverconstrainedError: "micNone",
  NotReadableError: "micTaken", AbortError: "micTaken",
};

export class Voice {
  // `acts`: voice(file), announce(text), tell(text), unlock(), hush(). `mark(on)` is told when it begins and ends.
  constructor(acts, mark) {
    Object.assign(this, { acts, mark, state: "idle" });
    this.button = el("button", { type: "button", class: "mic", label: "voice", tip: "voice", "aria-pressed": "false", "aria-describedby": "voice-hint",
      onpointerdown: (event) => this.#down(event), onpointerup: () => this.#up(), onclick: () => this.#click(),
      oncontextmenu: (event) => event.preventDefault(), // a long press on a phone
      onkeydown: (event) => this.#key(event) }, icon("mic"), icon("send"));
    this.words = el("span", { class: "rec-words" });
    this.time = el("span", { class: "rec-time" });
    this.wave = svg("path", { fill: "none", stroke: "currentColor", "stroke-width": "3", "stroke-linecap": "round" });
    this.bar = el("div", { class: "rec", role: "group", label: "recording", hidden: true },
      el("button", { type: "button", class: "round", label: "dropVoice", tip: "dropVoice", onclick: () => this.drop() }, icon("close")),
      el("span", { class: "rec-middle" },
        el("span", { class: "rec-line" }, el("i", { class: "rec-lamp" }), this.time,
          svg("svg", { viewBox: `0 0 ${BARS * 6} 24`, preserveAspectRatio: "xMaxYMid slice", "aria-hidden": "true", focusable: "false", class: "rec-wave" }, this.wave)),
        this.words));
    document.addEventListener("visibilitychange", () => document.hidden && this.#interrupt("tabHidden"));
  }

  // Returns whether there was anything to drop.
  drop() {
    if (this.state === "idle") return false;
    this.take.drop();
    this.sound = null;
    this.#show("idle");
    this.acts.announce(t("recDropped"));
    return true;
  }

  #down(event) {
    if (event.button) return;
    this.begun = this.state === "idle" ? Date.now() : 0;
    if (!this.begun) return;
    this.button.setPointerCapture(event.pointerId);
    this.#begin();
  }

  // A short press leaves it recording until the next one; the end of a long one sends.
  #up() {
    if (!this.begun) return;
    this.acts.unlock(); // a finger unlocks sound only when it leaves the screen
    if (this.state === "on" && Date.now() - this.begun > HELD_AFTER && this.#elapsed() > SHORTEST) this.#finish();
    const { begun } = this;
    setTimeout(() => { if (this.begun === begun) this.begun = 0; }, 400); // its click has come by then, if it comes
  }

  #click() {
    if (this.begun) {
      this.begun = 0;
      return;
    }
    if (this.state === "idle") this.#begin();
    else if (this.state === "asking") this.drop();
    else if (this.state === "on") this.#finish();
    else if (this.state === "kept") this.#send();
  }

  #key(event) {
    this.begun = 0;
    if (event.repeat && (event.key === "Enter" || event.key === " ")) event.preventDefault();
  }

  async #begin() {
    this.acts.hush();
    this.acts.tell("");
    const take = new Recorder();
    this.take = take;
    this.#show("asking");
    this.button.focus({ preventScroll: true });
    try {
      if (!await take.start(this.acts.unlock(), () => this.#interrupt("micLost"))) return;
    } catch (problem) {
      take.drop();
      if (this.take !== take || this.state !== "asking") return;
      this.#show("idle");
      this.acts.tell(t(PROBLEMS[problem.name] ?? "micTaken"));
      return;
    }
    this.startedAt = Date.now();
    this.levels = [];
    this.#show("on");
    this.acts.announce(t("recStarted"));
    this.#draw();
    this.ticking = setInterval(() => this.#draw(), DRAW_EVERY);
    if (document.hidden) this.#interrupt("tabHidden");
  }

  #elapsed() {
    return Date.now() - this.startedAt;
  }

  #draw() {
    const seconds = Math.floor(this.#elapsed() / 1000);
    this.time.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    this.levels = [...this.levels, this.take.level()].slice(-BARS);
    this.wave.setAttribute("d", this.levels.map((level, at) => {
      const half = 0.5 + level * 10;
      return `M${(BARS - this.levels.length + at) * 6 + 3} ${12 - half}v${half * 2}`;
    }).join(""));
    if (this.#elapsed() >= LONGEST) this.#finish("minuteOver");
  }

  async #finish(words = "recSending") {
    const short = this.#elapsed() < SHORTEST;
    this.#show("busy");
    this.sound = await this.take.finish();
    if (this.state !== "busy") return;
    if (short || !this.sound.size) {
      this.#show("idle");
      this.acts.tell(t("tooShort"));
      return;
    }
    this.acts.announce(t(words));
    this.#send();
  }

  // The microphone or the page went away: nothing is sent unasked, and nothing that was said is lost.
  async #interrupt(words) {
    if (this.state !== "on") return;
    const short = this.#elapsed() < SHORTEST;
    this.#show("busy");
    this.sound = await this.take.finish();
    if (this.state !== "busy") return;
    this.#show(short || !this.sound.size ? "idle" : "kept");
    this.acts.tell(t(words));
  }

  #send() {
    const file = new File([this.sound], t("spoken"), { type: this.sound.type });
    this.sound = null;
    this.#show("idle");
    this.acts.voice(file);
  }

  #show(state) {
    const away = this.bar.contains(this.bar.getRootNode().activeElement);
    this.state = state;
    clearInterval(this.ticking);
    if (state === "asking") {
      this.time.textContent = "";
      this.wave.setAttribute("d", "");
    }
    this.bar.hidden = state === "idle";
    this.bar.dataset.state = state;
    this.button.setAttribute("aria-pressed", String(state !== "idle"));
    const words = { asking: "micAsked", on: "speakUp", kept: "kept" }[state];
    if (words) {
      this.words.dataset.t = words;
      this.words.textContent = t(words);
    }
    this.mark(state !== "idle");
    if (away) this.button.focus({ preventScroll: true });
  }
}
