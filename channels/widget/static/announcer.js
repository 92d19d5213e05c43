// Reads new messages aloud to a screen reader. Two regions take turns: the same words twice in a row are said twice.
import { el } from "./dom.js";
import { language } from "./strings.js";

const GATHER = 200;

export class Announcer {
  constructor() {
    this.regions = [0, 1].map(() => el("div", { class: "sr", "aria-live": "polite" }));
    this.turn = 0;
    this.waiting = [];
  }

  // Several messages of one turn come at once; they are read together, so that the last does not cut off the first.
  // `lang` lets an English screen reader pronounce the robot's Russian.
  say(text, lang = language()) {
    this.waiting.push(el("p", { lang }, text));
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.turn = 1 - this.turn;
      this.regions[1 - this.turn].replaceChildren();
      this.regions[this.turn].replaceChildren(...this.waiting.splice(0));
    }, GATHER);
  }
}
