// What every page of the desk does: hears news of the server, shows what it refused, and lets a toast go after a while.
(() => {
  const KINDS = ["queue", "message", "mine", "typing", "read", "presence", "note", "call", "callback", "ticket", "notice"];
  const SILENT = 45_000; // the server says something at least every 15 s; three missed ones mean a dead line
  const FIRST_PAUSE = 1000, LONGEST_PAUSE = 30_000;
  const toasts = { toast: 0, alert: 0 };
  const hearers = new Map();
  const jitter = (ms) => ms / 2 + Math.random() * ms / 2;

  const desk = window.desk = {
    /** Show a sentence for eight seconds; `bad` for what went wrong. */
    say(text, bad = false) {
      const id = bad ? "alert" : "toast";
      const box = document.getElementById(id);
      box.textContent = text;
      clearTimeout(toasts[id]);
      toasts[id] = setTimeout(() => { box.textContent = ""; }, 8000);
    },
    /**
     * Call `fn({conversation, group, data, mine})` at every piece of news of this kind (bot/handover/bulletin.py); `mine` when it names me. Further kinds: `again`, the
     * line stands anew and news may have been missed ({lost: the line was gone}); `line` ({up}), when it breaks and when it is back.
     */
    on(kind, fn) {
      if (!hearers.has(kind)) hearers.set(kind, new Set());
      hearers.get(kind).add(fn);
      stream.wanted();
      return () => hearers.get(kind).delete(fn);
    },
    /**
     * `fn` at once if it did not run lately, else when `ms` are over; called often, it runs at most every `ms` or so. Fifty windows hear the same news at the same
     * moment: `spread` ms later at most, so that they do not all ask at once.
     */
    seldom(fn, ms = 1000, spread = 0) {
      let last = -Infinity, timer = 0;
      return () => {
        if (timer) return;
        const wait = last + ms - performance.now();
        const run = () => { timer = 0; last = performance.now(); fn(); };
        timer = setTimeout(run, Math.max(0, wait) + Math.random() * (spread || (wait > 0 ? 500 : 120)));
      };
    },
    /** The token that every request that changes something must carry. */
    get csrf() {
      return JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRF"] || "";
    },
    /** POST fields as htmx would; the answer's text. Throws {status, text}: status 0 without a connection, `text` for the reader. */
    async post(url, fields = {}) {
      let answer;
      try {
        answer = await fetch(url, {
          method: "POST", headers: { "X-CSRF": desk.csrf, "HX-Request": "true" }, body: new URLSearchParams(fields), keepalive: true,
        });
      } catch {
        throw { status: 0, text: "Нет связи с сервером." };
      }
      return desk.answer(answer.status, await answer.text());
    },
    /** The text of a page fragment; throws as `post` does. */
    async get(url) {
      let answer;
      try {
        answer = await fetch(url, { headers: { "HX-Request": "true" } });
      } catch {
        throw { status: 0, text: "Нет связи с сервером." };
      }
      const text = desk.answer(answer.status, await answer.text());
      return Object.assign(new String(text), { more: answer.headers.get("X-More") === "1" });
    },
    /** What an answer says: its text, or throws. A session that has ended leads to the sign-in. */
    answer(status, text) {
      if (status === 401) signIn();
      if (status >= 200 && status < 300) return text;
      throw { status, text: detail(text) || "Не получилось. Попробуйте ещё раз." };
    },
    /** What the stream is told about this page, as query parameters; window.js sets it. */
    about: () => ({}),
    /** Whether the stream lives on in a hidden tab. Without it a hidden tab gives its connection back: browsers allow few. */
    keep: false,
  };

  const detail = (text) => {
    try {
      const said = JSON.parse(text).detail;
      return typeof said === "string" ? said : "";
    } catch {
      return "";
    }
  };
  let leaving = false;
  const signIn = () => {
    if (leaving) return;
    leaving = true;
    location.href = "/desk/sign-in?next=" + encodeURIComponent(location.pathname + location.search);
  };
  const tell = (kind, news) => {
    for (const fn of hearers.get(kind) || []) {
      try { fn(news); } catch (error) { console.error(error); }
    }
  };

  const stream = {
    source: null, timer: 0, watch: 0, pause: FIRST_PAUSE, lost: false, ever: false, down: false,
    wanted() {
      // All scripts of the page have said what they want to hear by then.
      if (!this.source && !this.timer) this.timer = setTimeout(() => this.open(), 0);
    },
    open() {
      this.timer = 0;
      this.close();
      if (!desk.csrf || (document.hidden && !desk.keep)) return;
      const source = this.source = new EventSource("/desk/events?" + new URLSearchParams(desk.about()));
      source.addEventListener("hello", () => this.stands());
      source.addEventListener("alive", () => this.heard());
      source.addEventListener("again", () => { this.heard(); tell("again", { lost: false }); });
      source.addEventListener("ended", () => { this.close(); signIn(); });
      for (const kind of KINDS) {
        source.addEventListener(kind, (event) => { this.heard(); tell(kind, JSON.parse(event.data)); });
      }
      source.onerror = () => this.broke();
      this.heard();
    },
    close() {
      clearTimeout(this.watch);
      this.source?.close();
      this.source = null;
    },
    heard() {
      clearTimeout(this.watch);
      this.watch = setTimeout(() => this.broke(), SILENT);
    },
    stands() {
      const lost = this.lost;
      this.pause = FIRST_PAUSE;
      this.lost = this.down = false;
      this.heard();
      tell("line", { up: true });
      // Also after the first time: something may have happened between the page and the stream.
      tell("again", { lost: lost && this.ever });
      this.ever = true;
    },
    async broke() {
      this.close();
      this.lost = true;
      if (!this.down) {
        this.down = true;
        tell("line", { up: false });
      }
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.open(), jitter(this.pause));
      this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
      // An event stream does not tell why it was refused.
      try {
        if ((await fetch("/desk/session", { headers: { "HX-Request": "true" } })).status === 401) signIn();
      } catch { /* no connection: the next try will tell */ }
    },
    now() {
      if (!desk.csrf) return;
      clearTimeout(this.timer);
      this.pause = FIRST_PAUSE;
      this.open();
    },
  };
  addEventListener("offline", () => { if (stream.source) stream.broke(); });
  addEventListener("online", () => stream.now());
  addEventListener("pagehide", () => stream.close());
  addEventListener("pageshow", (event) => { if (event.persisted) stream.now(); });
  document.addEventListener("visibilitychange", () => {
    if (desk.keep || !desk.csrf) return;
    if (document.hidden) stream.close();
    else if (!stream.source) stream.now();
  });
  // Without a stream the house would think that this operator has left, and give her talks to others.
  setInterval(() => {
    if (desk.csrf && !stream.source && document.hidden) fetch("/desk/session").catch(() => {});
  }, 30_000);
  document.addEventListener("DOMContentLoaded", () => { if (desk.csrf) stream.wanted(); });

  // Drafts may hold personal data: they do not outlive the session.
  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") !== "/desk/sign-out") return;
    for (const name of Object.keys(localStorage)) if (/^desk:(draft|note|unsent):/.test(name)) localStorage.removeItem(name);
  });

  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = event.detail;
    if (xhr.status === 401) return signIn();
    desk.say(detail(xhr.responseText) || "Не получилось. Попробуйте ещё раз.", true);
  });
  document.addEventListener("htmx:sendError", () => desk.say("Нет связи с сервером. Попробуйте ещё раз.", true));
})();
