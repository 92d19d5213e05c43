// Talking with the robot: what was said by voice in this tab is answered aloud, and every answer can be listened to.
import { Player } from "./player.js";
import { t } from "./strings.js";

export class Talk {
  // `acts`: playing(key, on), tell(text), announce(text). `wishes.aloud` false: answers stay silent.
  constructor(base, wishes, acts) {
    Object.assign(this, { base, wishes, acts });
    this.said = new Set();
    this.asked = new Set();
    this.player = new Player({
      playing: acts.playing,
      failed: (key) => { if (key === this.wanted) acts.tell(t("notPlayed")); },
    });
  }

  // A recording was sent under this id.
  sent(id) {
    this.said.add(id);
    this.player.stop();
  }

  // A message of the citizen: is it one of those recordings, now with its words?
  recognised(frame) {
    if (!this.said.delete(frame.id)) return;
    this.asked.add(frame.seq);
    if (frame.text) this.acts.announce(t("recognised", frame.text));
  }

  answered(frame) {
    if (!this.speaks || this.wishes.aloud === false || frame.author !== "robot" || !this.asked.has(frame.reply_to)) return;
    if (frame.text && this.player.context) this.player.add(frame.seq, `${this.base}/speech/${frame.seq}`);
  }

  // A press on a message's button: plays it, or stops it.
  listen(key, path) {
    const stops = this.player.now?.key === key;
    this.player.stop();
    if (stops || !this.player.unlock()) return;
    this.wanted = key;
    this.acts.tell("");
    this.player.add(key, `${this.base}/${path}`);
  }
}
