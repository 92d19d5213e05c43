// Puts the parts together and gives the page three calls: Otklik.open(), Otklik.close(), Otklik.ask(text).
import { Announcer } from "./announcer.js";
import { Connection } from "./connection.js";
import { el } from "./dom.js";
import { Messages } from "./messages.js";
import { BANNERS, Panel } from "./panel.js";
import { recall, remember } from "./store.js";

function start(script) {
  const base = new URL(script.dataset.server ?? ".", script.src).href.replace(/\/$/, "");
  const announcer = new Announcer();
  let history = true;
  let missed = 0;

  const say = (content) => {
    panel.started();
    panel.tell("");
    messages.showPending(connection.send(content));
    panel.down(true);
    panel.keepFocus();
  };
  const acts = {
    say: (text) => say({ text }),
    choose: (button) => say({ text: button.title, choice: button.payload }),
    typing: () => connection.typing(),
    opened: () => { missed = 0; remember("open", true); connection.open(); },
    closed: () => remember("open", false),
  };
  const messages = new Messages(acts.choose);
  const host = el("div", { id: "otklik" });
  if (script.dataset.theme) host.dataset.theme = script.dataset.theme;
  const panel = new Panel(host, acts, messages, announcer);

  function received(frame) {
    const atEnd = panel.atEnd();
    if (!messages.show(frame)) return;
    panel.started();
    if (frame.author !== "citizen") panel.typing(false);
    panel.down(history || atEnd);
    if (history || frame.author === "citizen") return;
    const choices = (frame.buttons ?? []).map((button) => button.title).join(", ");
    announcer.say(`${frame.author === "operator" ? "Специалист" : "Робот"}: ${frame.text}${choices ? `. Можно выбрать: ${choices}` : ""}`);
    panel.keepFocus();
    if (!panel.isOpen) panel.unread(++missed);
  }

  const connection = new Connection(base, {
    session: (info) => panel.session(info),
    line: (state) => { if (state !== "online") history = messages.empty; panel.line(state); },
    message: received,
    ack: (id, seq) => {
      messages.settle(id, seq);
      if (!connection.outbox.length) panel.tell("");
    },
    late: (id) => messages.late(id),
    typing: (on) => panel.typing(on),
    mode: (mode) => {
      panel.mode(mode);
      if (!history && BANNERS[mode]) announcer.say(BANNERS[mode]);
    },
    resumed: () => { history = false; panel.down(true); },
    refused: (frame) => {
      if (frame.id && !frame.retry_after) messages.failed(frame.id);
      if (panel.tell(frame.text)) announcer.say(frame.text);
    },
  });

  connection.outbox.forEach((message) => { panel.started(); messages.showPending(message); });
  document.body.append(host);
  // On a phone the open chat would hide the page the citizen has just gone to.
  if (recall("open", false) && !panel.phone.matches) panel.open({ focus: false });
  else if (recall("open", false) || connection.outbox.length) connection.open();

  window.Otklik = { open: () => panel.open(), close: () => panel.close(), ask: (text) => panel.fill(text) };
}

const script = document.currentScript;
if (window.Otklik || !script) console.warn("Otklik: the script is on the page twice or was not loaded by a tag");
else if (document.body) start(script);
else document.addEventListener("DOMContentLoaded", () => start(script));
