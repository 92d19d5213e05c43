// Keeps a line to the assistant and loses nothing on the way: what is said waits in the outbox until the assistant has it.
import { recall, remember } from "./store.js";
import { language } from "./strings.js";
import { post, SocketLine, StreamLine } from "./lines.js";
import { upload } from "./upload.js";

const LATE_AFTER = 4000;
const LONGEST_PAUSE = 15_000;
const RETURN_AFTER = 300_000;
const SOCKET_TRIES = 2;
const UPLOAD_TRIES = 3;

function newId() {
  // randomUUID exists only on secure pages; a site in an agency's inner network may be plain HTTP.
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Connection {
  constructor(base, heard) {
    this.base = base;
    this.heard = heard;
    this.after = 0;
    const kept = recall("outbox", []);
    this.outbox = kept.filter((message) => !message.file);
    this.lostFiles = kept.filter((message) => message.file); // a reload forgets a file's bytes
    this.files = new Map();
    this.#keep();
    this.failures = 0;
    this.socketFailures = recall("plain", false) || !window.WebSocket ? SOCKET_TRIES : 0;
    this.ready = false;
    this.inFlight = null;
    this.wanted = false;
    this.hadSession = new Promise((resolve) => { this.gotSession = resolve; });
    addEventListener("online", () => this.#hurry());
    addEventListener("offline", () => this.line?.end());
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
  }

  open() {
    if (this.wanted) return;
    this.wanted = true;
    this.#connect();
  }

  send(content, file) {
    const message = { id: newId(), ...content };
    if (file) {
      message.file = { name: file.name, size: file.size };
      this.files.set(message.id, file);
    }
    this.outbox.push(message);
    this.#keep();
    this.open();
    if (this.failures) setTimeout(() => this.heard.late(message.id));
    if (!file) setTimeout(() => this.outbox.includes(message) && this.heard.late(message.id), LATE_AFTER);
    this.#transmit();
    return message;
  }

  // What the citizen thinks of an answer. Of several presses only the last is of interest.
  vote(seq, value) {
    this.outbox = this.outbox.filter((waits) => waits.type !== "vote" || waits.seq !== seq || waits.id === this.inFlight);
    this.outbox.push({ id: newId(), type: "vote", seq, value });
    this.#keep();
    this.#transmit();
  }

  // The vote on an answer that is still on its way.
  voting(seq) {
    return this.outbox.findLast((waits) => waits.type === "vote" && waits.seq === seq)?.value;
  }

  // Take a file back. Had the assistant got it already, it comes again as any message of the conversation.
  cancel(id) {
    if (this.inFlight === id) this.#stopUpload();
    this.#sent(id);
  }

  typing() {
    if (!this.ready || Date.now() - (this.typedAt ?? 0) < 3000) return;
    this.typedAt = Date.now();
    this.line.put({ type: "typing" });
  }

  // The citizen has seen everything up to `seq`. Returns whether it could be told.
  read(seq) {
    if (this.ready) this.line.put({ type: "read", seq });
    return this.ready;
  }

  // Ask for title and greeting, in the language of the interface, and for the session's cookie. Raises when it fails.
  async session() {
    const answer = await post(this.base, "session", { lang: language() });
    if (!answer.ok) throw new Error(`session ${answer.status}`);
    this.heard.session(await answer.json());
    this.gotSession();
  }

  #keep() {
    remember("outbox", this.outbox);
  }

  // One at a time and the oldest first: whatever happens to the line, the words arrive in the order they were said.
  #transmit() {
    const [message] = this.outbox;
    if (!this.ready || !message || this.inFlight) return;
    this.inFlight = message.id;
    if (message.file) this.#upload(message);
    else this.line.put({ type: "message", ...message });
  }

  #upload(message) {
    const { id, voice, file: { name } } = message;
    const query = new URLSearchParams({ id, name });
    this.heard.progress(id, 0);
    this.stopUpload = upload(`${this.base}/${voice ? "voice" : "files"}?${query}`, this.files.get(id), {
      progress: (part) => this.heard.progress(id, part),
      answered: (status, body) => {
        if (status === 200) this.#receive(body, this.line);
        else if ((status >= 500 && !body.retry_after) || (voice && status === 408)) this.#uploadFailed(message);
        else if (status === 401) this.line?.end(); // a new line begins with a new session
        else this.#refused({ text: "", voice, ...body, id });
      },
      failed: () => this.#uploadFailed(message),
    });
  }

  // A server that refuses early may cut the line before its words are heard: do not try for ever.
  #uploadFailed(message) {
    message.tries = (message.tries ?? 0) + 1;
    // What was said must not be lost: a recording is given back, to be sent again by a press.
    if (message.tries >= UPLOAD_TRIES) this.#refused({ id: message.id, text: "", voice: message.voice, kept: message.voice && this.files.get(message.id) });
    else {
      this.heard.late(message.id);
      this.#again(message.id, 1000 * message.tries);
    }
  }

  #stopUpload() {
    this.stopUpload?.();
    this.stopUpload = null;
  }

  #again(id, pause) {
    setTimeout(() => {
      if (this.inFlight !== id) return;
      this.inFlight = null;
      this.#transmit();
    }, pause);
  }

  async #connect() {
    this.heard.line(this.met || this.failures > SOCKET_TRIES ? "offline" : "connecting");
    try {
      await this.session();
    } catch {
      this.#retry();
      return;
    }
    this.line = this.#start(this.socketFailures >= SOCKET_TRIES ? StreamLine : SocketLine);
  }

  #start(Kind) {
    const line = new Kind(this.base, this.after, {
      frame: (frame) => this.#receive(frame, line),
      lost: (pause) => this.#gone(line, pause),
      undelivered: (frame, problem) => {
        if (problem) this.#refused({ ...problem, id: frame.id, retry_after: problem.retry_after ?? 5 });
        else {
          this.heard.late(frame.id);
          this.#again(frame.id, 1500);
        }
      },
    });
    return line;
  }

  #gone(line, pause) {
    if (line === this.probe) {
      this.probe = null;
      this.#returnLater();
    }
    if (line !== this.line) return;
    let now = false;
    if (!line.stood && line instanceof SocketLine) now = ++this.socketFailures === SOCKET_TRIES;
    else if (!line.stood) this.socketFailures = SOCKET_TRIES - 1; // neither works: take turns
    this.ready = false;
    this.inFlight = null;
    this.line = null;
    this.#stopUpload();
    clearTimeout(this.returning);
    this.probe?.close();
    this.probe = null;
    this.heard.typing(false);
    this.outbox.forEach((message) => this.heard.late(message.id));
    this.#retry(now ? 0 : pause);
  }

  #retry(pause) {
    this.failures += 1;
    this.heard.line(this.met || this.failures > SOCKET_TRIES ? "offline" : "connecting");
    const wait = pause === undefined ? Math.min(400 * 2 ** this.failures, LONGEST_PAUSE) * (0.5 + Math.random() / 2) : pause * 1000;
    this.timer = setTimeout(() => { this.timer = null; this.#connect(); }, wait);
  }

  #hurry() {
    if (!this.timer) return;
    clearTimeout(this.timer);
    this.timer = null;
    this.#connect();
  }

  // The stream serves as long as it must. Now and then, unseen, a socket is tried; it takes over once it has caught up.
  #returnLater() {
    clearTimeout(this.returning);
    this.returning = setTimeout(() => {
      if (this.line instanceof StreamLine && window.WebSocket) this.probe = this.#start(SocketLine);
    }, RETURN_AFTER);
  }

  #stands(line) {
    if (line === this.probe) {
      const old = this.line;
      this.line = line;
      this.probe = null;
      old.close();
      // What was on its way over the old line goes again over the new one: an id counts once.
      if (!this.files.has(this.inFlight)) this.inFlight = null;
    }
    if (line !== this.line) return;
    const plain = line instanceof StreamLine;
    remember("plain", plain);
    if (plain) this.#returnLater();
    else this.socketFailures = 0;
    this.ready = this.met = true;
    this.failures = 0;
    this.heard.line("online");
    this.heard.resumed();
    this.#transmit();
  }

  #receive(frame, line) {
    if (frame.type === "message") {
      this.after = Math.max(this.after, frame.seq);
      this.heard.message(frame);
      if (frame.id) this.#sent(frame.id);
    } else if (frame.type === "ack") {
      this.heard.ack(frame);
      this.#sent(frame.id);
    } else if (frame.type === "resumed") this.#stands(line);
    else if (frame.type === "typing") this.heard.typing(frame.on);
    else if (frame.type === "mode") this.heard.mode(frame);
    else if (frame.type === "vote") this.heard.voted(frame.seq, this.voting(frame.seq) ?? frame.value);
    else if (frame.type === "error") this.#refused(frame);
  }

  #sent(id) {
    this.outbox = this.outbox.filter((message) => message.id !== id);
    this.files.delete(id);
    this.#keep();
    if (this.inFlight === id) {
      this.inFlight = null;
      this.stopUpload = null;
    }
    this.#transmit();
  }

  #refused(frame) {
    this.heard.refused(frame);
    if (!frame.id) return;
    if (frame.retry_after) this.#again(frame.id, frame.retry_after * 1000);
    else this.#sent(frame.id);
  }
}
