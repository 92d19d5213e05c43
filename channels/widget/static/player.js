// Plays sound by Web Audio: it needs no `media-src` of the page, and one press unlocks it for all that follows.

// An iPhone with its ringer off is else silent too.
export function route(kind) {
  if (navigator.audioSession) navigator.audioSession.type = kind;
}

export class Player {
  // `heard`: playing(key, on), failed(key). Sounds are named by a key.
  constructor(heard) {
    this.heard = heard;
    this.waiting = [];
    this.now = null;
  }

  // To be called by a press: only then a browser lets a page be heard. Returns the context, if there is one.
  unlock() {
    if (!window.AudioContext) return null;
    this.context ??= new AudioContext();
    if (this.context.state !== "running") this.context.resume().catch(() => {});
    return this.context;
  }

  // After what plays already. The sound is fetched at once.
  add(key, url) {
    const sound = this.#fetched(url);
    sound.catch(() => {}); // told when its turn comes
    this.waiting.push({ key, sound });
    if (!this.now) this.#next();
  }

  stop() {
    this.waiting = [];
    const { now } = this;
    if (!now) return;
    this.now = null;
    now.source?.stop();
    this.heard.playing(now.key, false);
  }

  async #fetched(url) {
    const answer = await fetch(url, { credentials: "include" });
    if (!answer.ok) throw new Error(`sound ${answer.status}`);
    return this.context.decodeAudioData(await answer.arrayBuffer());
  }

  async #next() {
    const item = this.waiting.shift();
    if (!item) return;
    this.now = item;
    this.heard.playing(item.key, true);
    try {
      const buffer = await item.sound;
      if (this.now !== item) return;
      if (this.context.state !== "running") throw new Error("locked");
      route("playback");
      item.source = this.context.createBufferSource();
      item.source.buffer = buffer;
      item.source.connect(this.context.destination);
      item.source.onended = () => this.#over(item);
      item.source.start();
    } catch {
      this.heard.failed(item.key);
      this.#over(item);
    }
  }

  #over(item) {
    if (this.now !== item) return;
    this.now = null;
    this.heard.playing(item.key, false);
    this.#next();
  }
}
