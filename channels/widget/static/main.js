// Puts the parts together and gives the page three calls: Otklik.open(), Otklik.close(), Otklik.ask(text).
import { Announcer } from "./announcer.js";
import { Connection } from "./connection.js";
import { el } from "./dom.js";
import { followLink, saveTranscript, takeLink } from "./errands.js";
import { unfit } from "./files.js";
import { Messages } from "./messages.js";
import { News } from "./news.js";
import { Panel } from "./panel.js";
import { recall, remember } from "./store.js";
import { canRecord } from "./recorder.js";
import { speak, t } from "./strings.js";
import { Talk } from "./talk.js";

const READ_AFTER = 600;

function wishesOf(script) {
  const kept = recall("wishes", {}, true);
  const { theme = "system", lang = document.documentElement.lang } = script.dataset;
  return { size: 0, theme, ...kept, lang: speak(kept.lang ?? lang) };
}

function start(script) {
  const base = new URL(script.dataset.server ?? ".", script.src).href.replace(/\/$/, "");
  const place = script.dataset.into ? document.querySelector(script.dataset.into) : null;
  const wishes = wishesOf(script);
  const announcer = new Announcer();
  let history = true;
  let missed = 0;

  const tell = (text) => { if (panel.tell(text) && text) announcer.say(text); };
  const say = (content, file) => {
    panel.started();
    panel.tell("");
    const message = connection.send(content, file);
    messages.showPending(message);
    if (message.voice) talk.sent(message.id);
    panel.down(true);
    panel.keepFocus();
  };
  const voice = (file) => {
    say({ voice: true }, file);
    if (talk.speaks) panel.composer.showAloud(wishes.aloud !== false);
  };
  const acts = {
    say: (text) => say({ text }),
    choose: (button, seq) => say({ text: button.title, choice: button.payload, offered_in: Number.isFinite(seq) ? seq : undefined }),
    typing: () => { if (panel.modeFrame.mode !== "robot") connection.typing(); },
    attach: (files) => {
      files.filter((file) => !unfit(file)).forEach((file) => say({}, file));
      tell(files.map(unfit).filter(Boolean).join("\n"));
    },
    vote: (seq, value) => {
      connection.vote(seq, value);
      announcer.say(t(value === "up" ? "thanksUp" : "thanksDown"));
    },
    write: () => panel.field.focus(),
    cancel: (id) => {
      const { file, voice: spoken } = connection.outbox.find((message) => message.id === id) ?? {};
      messages.forget(id);
      connection.cancel(id);
      panel.keepFocus();
      if (file) announcer.say(spoken ? t("recDropped") : t("cancelled", file.name));
    },
    opened: () => { missed = 0; seen(); remember("open", true); connection.open(); news.load(); },
    closed: () => remember("open", false),
    wish: (name, value) => {
      wishes[name] = value;
      remember("wishes", { ...recall("wishes", {}, true), [name]: value }, true);
      if (name !== "lang") return;
      speak(value);
      panel.relabel();
      connection.session().catch(() => {}); // the greeting in the new language; without a line it comes with the next one
    },
    voice,
    announce: (text) => announcer.say(text),
    tell: (text) => tell(text),
    unlock: () => talk.player.unlock(),
    hush: () => talk.player.stop(),
    listen: (key, path) => talk.listen(key, path),
    playing: (key, on) => messages.playing(key, on),
    aloud: (on) => {
      acts.wish("aloud", on);
      panel.composer.showAloud(on);
      if (!on) talk.player.stop();
    },
    save: () => saveTranscript(base).then(() => announcer.say(t("saved")), () => tell(t("notSaved"))),
  };
  const messages = new Messages(base, acts);
  const talk = new Talk(base, wishes, acts);
  const host = el("div", { id: "otklik" });
  const panel = new Panel(host, acts, messages, announcer, wishes, Boolean(place));
  const news = new News(base, () => panel.keepFocus());
  panel.banner.before(news.root);

  // An operator sees what the citizen has seen: shown, on a page she looks at, for a moment at least.
  let read = 0;
  let reading;
  const seen = () => {
    clearTimeout(reading);
    reading = setTimeout(() => {
      const looks = panel.isOpen && document.visibilityState === "visible" && document.hasFocus();
      if (looks && messages.newest > read && connection.read(messages.newest)) read = messages.newest;
    }, READ_AFTER);
  };

  function received(frame) {
    const atEnd = panel.atEnd();
    if (frame.author === "citizen") talk.recognised(frame);
    if (frame.vote) frame.vote = connection.voting(frame.seq) ?? frame.vote;
    if (!messages.show(frame)) {
      panel.down(atEnd);
      return;
    }
    panel.started();
    seen();
    if (frame.author !== "citizen") panel.typing(false);
    talk.answered(frame);
    panel.down(history || atEnd);
    if (history || frame.author === "citizen") return;
    const choices = (frame.buttons ?? []).map((button) => button.title).join(", ");
    announcer.say(`${frame.name ?? t(frame.author)}: ${frame.text}${choices ? t("choose") + choices : ""}`, "ru");
    panel.keepFocus();
    if (!panel.isOpen) panel.unread(++missed);
  }

  const connection = new Connection(base, {
    session: (info) => {
      messages.speaks = talk.speaks = Boolean(info.voice?.includes("speak"));
      if (info.voice?.includes("hear") && canRecord()) panel.composer.offerVoice();
      panel.session(info);
    },
    line: (state) => { if (state !== "online") history = messages.empty; panel.line(state); },
    message: received,
    ack: ({ id, seq, buttons }) => {
      const { type, file, voice: spoken } = connection.outbox.find((message) => message.id === id) ?? {};
      if (type === "vote") {
        const atEnd = panel.atEnd();
        if (buttons && connection.voting(seq) === "down") messages.otherwise(seq, buttons);
        panel.down(atEnd);
        return;
      }
      messages.settle(id, seq);
      if (file && !spoken) announcer.say(t("fileSent", file.name));
      if (connection.outbox.length <= 1 && (!file || spoken)) panel.tell("");
      panel.keepFocus();
    },
    voted: (seq, value) => messages.voted(seq, value),
    late: (id) => messages.late(id),
    progress: (id, share) => messages.progress(id, share),
    typing: (on) => panel.typing(on),
    mode: (frame) => {
      const words = panel.mode(frame);
      if (!history && words) announcer.say(words);
    },
    resumed: () => { history = false; panel.down(true); seen(); },
    refused: (frame) => {
      const { type, seq } = connection.outbox.find((message) => message.id === frame.id) ?? {};
      if (type === "vote" && !frame.retry_after) messages.voted(seq, "none");
      if (frame.id && !frame.retry_after) messages.failed(frame.id, frame.kept && (() => voice(frame.kept)));
      tell(frame.text || t(frame.kept ? "voiceStuck" : frame.voice ? "voiceLost" : "fileLost"));
      panel.keepFocus();
    },
  });

  async function link() {
    const token = takeLink();
    if (!token) return;
    panel.open();
    await connection.hadSession;
    tell(await followLink(base, token));
  }

  connection.outbox.filter((message) => message.type !== "vote").forEach((message) => { panel.started(); messages.showPending(message); });
  (place ?? document.body).append(host);
  connection.lostFiles.forEach((message) => { messages.showPending(message); messages.failed(message.id); });
  if (connection.lostFiles.length) panel.tell(t(connection.lostFiles.at(-1).voice ? "voiceLost" : "fileLost"));
  if (place) {
    connection.open();
    news.load();
    // On a phone the open chat would hide the page the citizen has just gone to.
  } else if (recall("open", false) && !panel.phone.matches) panel.open({ focus: false });
  else if (recall("open", false) || connection.outbox.length) connection.open();
  addEventListener("hashchange", link);
  addEventListener("focus", seen);
  document.addEventListener("visibilitychange", seen);
  link();

  window.Otklik = { open: () => panel.open(), close: () => panel.close(), ask: (text) => panel.fill(text) };
}

const script = document.currentScript;
if (window.Otklik || !script) console.warn("Otklik: the script is on the page twice or was not loaded by a tag");
else if (document.body) start(script);
else document.addEventListener("DOMContentLoaded", () => start(script));
