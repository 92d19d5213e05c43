// The two kinds of line to the assistant. Both start at once, report frames and their own end, and are silent after `close`.
const FIRST_WORD = 10_000;
const PING_AFTER = 25_000;
const DEAD_AFTER = 10_000;
const STREAM_SILENCE = 40_000;

const JSON_HEADERS = { "Content-Type": "application/json" };

export function post(base, path, body, more = {}) {
  return fetch(`${base}/${path}`, { method: "POST", credentials: "include", headers: JSON_HEADERS, body: JSON.stringify(body), ...more });
}

// `heard`: frame(frame), lost(pause in seconds or undefined), undelivered(frame, answer or undefined).
class Line {
  constructor(base, after, heard) {
    Object.assign(this, { base, after, heard });
    this.stood = false;
  }

  receive(frame) {
    if (frame.type === "resumed") this.stood = true;
    this.heard.frame(frame);
  }

  end(pause) {
    if (this.ended) return;
    this.close();
    this.heard.lost(pause);
  }

  close() {
    this.ended = true;
    clearTimeout(this.pulse);
  }
}

export class SocketLine extends Line {
  constructor(...parts) {
    super(...parts);
    this.#wait(FIRST_WORD, () => this.end());
    try {
      this.socket = new WebSocket(`${this.base.replace(/^http/, "ws")}/ws`);
    } catch {
      setTimeout(() => this.end()); // a browser or a policy that allows no sockets at all
      return;
    }
    this.socket.onopen = () => this.put({ type: "resume", after: this.after });
    this.socket.onmessage = (event) => this.#heard(JSON.parse(event.data));
    this.socket.onclose = () => this.end();
  }

  put(frame) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  close() {
    super.close();
    this.socket?.close();
  }

  #wait(time, then) {
    clearTimeout(this.pulse);
    this.pulse = setTimeout(then, time);
  }

  // A laptop that slept keeps a socket that looks open and is dead; only an answer proves it alive.
  #heard(frame) {
    if (this.ended) return;
    this.#wait(PING_AFTER, () => {
      this.put({ type: "ping" });
      this.#wait(DEAD_AFTER, () => this.end());
    });
    this.receive(frame);
  }
}

// For networks that let no WebSocket through: what comes is a long answer to one request, what goes are requests of their own.
export class StreamLine extends Line {
  constructor(...parts) {
    super(...parts);
    this.abort = new AbortController();
    this.#listen();
  }

  async put(frame) {
    let answer;
    try {
      answer = await post(this.base, "frames", frame);
      const body = await answer.json();
      if (!answer.ok) throw body;
      if (!this.ended) body.frames.forEach((each) => this.heard.frame(each));
    } catch (problem) {
      if (answer?.status === 401) this.end();
      else if (!this.ended && frame.id) this.heard.undelivered(frame, problem.type ? problem : undefined);
    }
  }

  close() {
    super.close();
    this.abort.abort();
  }

  async #listen() {
    let pause;
    this.#alive();
    try {
      const answer = await post(this.base, "events", { after: this.after }, { signal: this.abort.signal });
      if (!answer.ok) pause = (await answer.json()).retry_after;
      else await this.#read(answer.body.getReader());
    } catch {
      // Cut off or not to be reached: both end the line.
    }
    this.end(pause);
  }

  async #read(reader) {
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done || this.ended) return;
      this.#alive();
      const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n");
      rest = blocks.pop();
      blocks.filter((block) => block.startsWith("data:")).forEach((block) => this.receive(JSON.parse(block.slice(5))));
    }
  }

  #alive() {
    clearTimeout(this.pulse);
    this.pulse = setTimeout(() => this.end(), STREAM_SILENCE);
  }
}
