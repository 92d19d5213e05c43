// The line to the assistant: asks for a session, opens the WebSocket, comes back after a break, and loses nothing on the way.
import { recall, remember } from "./store.js";

const LATE_AFTER = 4000;
const PING_AFTER = 25_000;
const DEAD_AFTER = 10_000;
const LONGEST_PAUSE = 15_000;

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
    this.outbox = recall("outbox", []);
    this.failures = 0;
    this.ready = false;
    this.inFlight = null;
    this.wanted = false;
    addEventListener("online", () => this.#hurry());
    addEventListener("offline", () => this.socket?.close());
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
  }

  open() {
    if (this.wanted) return;
    this.wanted = true;
    this.#connect();
  }

  send(content) {
    const message = { id: newId(), ...content };
    this.outbox.push(message);
    this.#keep();
    this.open();
    if (this.failures) setTimeout(() => this.heard.late(message.id));
    this.#watch(message);
    this.#transmit();
    return message;
  }

  typing() {
    if (!this.ready || Date.now() - (this.typedAt ?? 0) < 3000) return;
    this.typedAt = Date.now();
    this.#put({ type: "typing" });
  }

  #keep() {
    remember("outbox", this.outbox);
  }

  #put(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  #watch(message) {
    setTimeout(() => this.outbox.includes(message) && this.heard.late(message.id), LATE_AFTER);
  }

  // One at a time and the oldest first: whatever happens to the line, the words arrive in the order they were said.
  #transmit() {
    const [message] = this.outbox;
    if (!this.ready || !message || this.inFlight === message.id) return;
    this.inFlight = message.id;
    this.#put({ type: "message", ...message });
  }

  async #connect() {
    this.heard.line(this.failures ? "offline" : "connecting");
    try {
      const answer = await fetch(`${this.base}/session`, { method: "POST", credentials: "include" });
      if (!answer.ok) throw new Error(`session ${answer.status}`);
      this.heard.session(await answer.json());
    } catch {
      this.#retry();
      return;
    }
    const socket = new WebSocket(`${this.base.replace(/^http/, "ws")}/ws`);
    this.socket = socket;
    socket.addEventListener("open", () => this.#put({ type: "resume", after: this.after }));
    socket.addEventListener("message", (event) => this.#receive(JSON.parse(event.data)));
    socket.addEventListener("close", () => socket === this.socket && this.#lost());
  }

  #lost() {
    this.ready = false;
    this.inFlight = null;
    this.socket = null;
    clearTimeout(this.pulse);
    this.heard.typing(false);
    this.outbox.forEach((message) => this.heard.late(message.id));
    this.#retry();
  }

  #retry() {
    this.failures += 1;
    this.heard.line("offline");
    const pause = Math.min(400 * 2 ** this.failures, LONGEST_PAUSE) * (0.5 + Math.random() / 2);
    this.timer = setTimeout(() => { this.timer = null; this.#connect(); }, pause);
  }

  #hurry() {
    if (!this.timer) return;
    clearTimeout(this.timer);
    this.timer = null;
    this.#connect();
  }

  // A laptop that slept keeps a socket that looks open and is dead; only an answer proves it alive.
  #listenOn() {
    clearTimeout(this.pulse);
    this.pulse = setTimeout(() => {
      this.#put({ type: "ping" });
      this.pulse = setTimeout(() => { const { socket } = this; socket?.close(); if (socket === this.socket) this.#lost(); }, DEAD_AFTER);
    }, PING_AFTER);
  }

  #receive(frame) {
    this.#listenOn();
    if (frame.type === "message") {
      this.after = Math.max(this.after, frame.seq);
      if (frame.id) this.#sent(frame.id);
      this.heard.message(frame);
    } else if (frame.type === "ack") {
      this.#sent(frame.id);
      this.heard.ack(frame.id, frame.seq);
    } else if (frame.type === "resumed") {
      this.ready = true;
      this.failures = 0;
      this.heard.line("online");
      this.heard.resumed();
      this.#transmit();
    } else if (frame.type === "typing") this.heard.typing(frame.on);
    else if (frame.type === "mode") this.heard.mode(frame.mode);
    else if (frame.type === "error") this.#refused(frame);
  }

  #sent(id) {
    this.outbox = this.outbox.filter((message) => message.id !== id);
    this.#keep();
    if (this.inFlight === id) this.inFlight = null;
    this.#transmit();
  }

  #refused(frame) {
    const again = () => { this.inFlight = null; this.#transmit(); };
    if (frame.id && frame.retry_after) setTimeout(again, frame.retry_after * 1000);
    this.heard.refused(frame);
    if (frame.id && !frame.retry_after) this.#sent(frame.id);
  }
}
