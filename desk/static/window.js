// The window itself: lists that keep up with the news, opening a talk, dialogs, keys.
(() => {
  const TYPING_FOR = 7000;
  const $ = (id) => document.getElementById(id);
  const root = $("desk");
  desk.keep = true;
  desk.me = root.dataset.me;
  desk.myName = root.dataset.meName;
  desk.talk = null;
  desk.about = () => ({ window: root.dataset.window, talk: desk.talk && !desk.talk.listening ? desk.talk.id : "" });
  let typingTimer = 0, holding = null, started = false;

  // Lists

  const ids = (list) => [...document.querySelectorAll(`#${list} > li > a`)].map((link) => link.id.slice(3));
  const refreshLists = () => htmx.ajax("GET", `/desk/queue?talk=${desk.talk?.id || ""}`, { source: "#lists", target: "#lists", swap: "innerHTML" }).catch(() => {});
  const listsSoon = desk.seldom(refreshLists);
  // Other people's queue changes all the time; what is my own is shown within a second.
  const queueSoon = desk.seldom(refreshLists, 3000, 2000);
  const listsShown = () => {
    const mine = ids("mine");
    if (holding) {
      for (const id of mine) if (!holding.includes(id) && id !== desk.talk?.id) desk.signals.call("Вам новый разговор", id, true);
    }
    holding = mine;
    tick();
    title();
  };
  const title = () => {
    const { unread, waiting } = $("counts")?.dataset || {};
    const what = desk.talk ? $("talk")?.dataset.name : "Разговоры";
    document.title = `${Number(unread) ? `(${unread}) ` : ""}${what}${Number(waiting) ? ` · ждут ${waiting}` : ""} — Отклик`;
  };
  const words = (seconds) => {
    if (seconds < 60) return `${seconds} с`;
    const minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60);
    return hours ? `${hours} ч ${minutes % 60} мин` : `${minutes} мин`;
  };
  const begun = new WeakMap();
  const tick = () => {
    const now = performance.now();
    for (const one of document.querySelectorAll("[data-waited]")) {
      if (!begun.has(one)) begun.set(one, now - one.dataset.waited * 1000);
      const seconds = Math.floor((now - begun.get(one)) / 1000);
      one.textContent = words(seconds);
      one.classList.toggle("long", seconds >= 120);
    }
    for (const one of document.querySelectorAll("[data-left]")) {
      if (!begun.has(one)) begun.set(one, now + one.dataset.left * 1000);
      const left = Math.ceil((begun.get(one) - now) / 1000);
      one.textContent = words(Math.max(0, left));
      if (left <= 0) listsSoon();
    }
  };
  setInterval(tick, 1000);

  // The opened talk

  const opened = () => {
    const talk = $("talk");
    const before = desk.talk?.id || "";
    desk.talk = talk?.dataset.conversation ? {
      id: talk.dataset.conversation, mine: talk.dataset.mine === "1", listening: talk.dataset.listening === "1", state: talk.dataset.state,
    } : null;
    for (const link of document.querySelectorAll(".item > a")) {
      const current = link.id === `to-${desk.talk?.id}`;
      link.parentElement.classList.toggle("current", current);
      if (current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    root.dataset.view = desk.talk ? "talk" : "lists";
    const address = desk.talk ? `/desk?talk=${desk.talk.id}` : "/desk";
    if (started && (desk.talk?.id || "") !== before && !history.state?.restoring) history.pushState({ desk: desk.talk?.id || "" }, "", address);
    if (desk.talk) {
      desk.signals.show($("talk"));
      desk.writing.opened();
      desk.lines.opened();
    }
    title();
  };
  const open = (id) => htmx.ajax("GET", `/desk/talks/${id}`, { source: "#open", target: "#open", swap: "innerHTML" });
  let taking = false;
  // Not an attribute of the button: the news of the taking may redraw it before the answer is here.
  const take = async (id) => {
    if (taking) return;
    taking = true;
    try {
      await htmx.ajax("POST", `/desk/talks/${id}/take`, { source: "#desk", target: "#open", swap: "innerHTML" });
    } catch { /* told already */ } finally {
      taking = false;
    }
  };
  const nothing = () => {
    const section = document.createElement("section");
    section.className = "talk nothing";
    section.innerHTML = '<div class="empty"><p class="big">Разговор не открыт</p><p>Выберите разговор в списке.</p></div>';
    $("open").replaceChildren(section);
    opened();
  };
  /** Who holds the talk and who looks at it; when it has changed hands, all of it is drawn anew. */
  const refreshHead = desk.seldom(async () => {
    const talk = desk.talk;
    if (!talk) return;
    let html;
    try {
      html = await desk.get(`/desk/talks/${talk.id}/head${talk.listening ? "?listen=1" : ""}`);
    } catch (error) {
      if (error.status === 404 && desk.talk === talk) gone();
      return;
    }
    if (desk.talk !== talk) return;
    const shell = document.createElement("template");
    shell.innerHTML = html;
    const head = shell.content.querySelector("#head");
    if (head.dataset.state !== talk.state || (head.dataset.mine === "1") !== talk.mine) {
      htmx.ajax("GET", `/desk/talks/${talk.id}?again=1${talk.listening ? "&listen=1" : ""}`, { source: "#open", target: "#open", swap: "innerHTML" });
      return;
    }
    const company = shell.content.querySelector("#company");
    if (company.innerHTML !== $("company").innerHTML) $("company").replaceChildren(...company.childNodes);
  }, 300);
  const gone = () => {
    desk.say("Этот разговор теперь у других специалистов.");
    nothing();
    listsSoon();
  };
  document.addEventListener("desk-gone", gone);
  document.addEventListener("desk-open", (event) => open(event.detail));
  document.addEventListener("desk-read", listsSoon);

  document.addEventListener("htmx:configRequest", (event) => { event.detail.headers["X-Window"] = root.dataset.window; });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "lists") listsShown();
    if (event.target.id === "open") opened();
  });
  document.addEventListener("desk-moved", (event) => {
    closeDialogs();
    desk.say(event.detail.said);
    refreshLists();
    // What was pressed is gone; the keyboard goes on from a place that makes sense.
    setTimeout(() => (event.detail.conversation ? $("answer") || $("note") : document.querySelector("#mine a, #queue .take") || $("main"))?.focus(), 50);
  });
  document.addEventListener("desk-lists", () => {
    setTimeout(() => $("status-menu").querySelector("summary").focus(), 50);
    listsSoon();
  });
  addEventListener("popstate", () => {
    const id = new URLSearchParams(location.search).get("talk");
    history.replaceState({ restoring: true }, "");
    (id ? open(id) : Promise.resolve(nothing())).finally(() => history.replaceState({ desk: id || "" }, ""));
  });

  // News

  const isOpen = (news) => desk.talk && news.conversation === desk.talk.id;
  const unseen = (news) => !isOpen(news) || document.hidden || !document.hasFocus();
  desk.on("queue", (news) => { queueSoon(); if (isOpen(news)) refreshHead(); });
  desk.on("mine", () => { listsSoon(); if (desk.talk) refreshHead(); });
  desk.on("message", (news) => {
    if (isOpen(news)) {
      desk.lines.refresh();
      if (news.data.author === "citizen") showTyping(false);
    }
    const held = ids("mine").includes(news.conversation);
    if (held) listsSoon();
    else if (ids("queue").includes(news.conversation)) queueSoon();
    if (held && news.data.author === "citizen" && unseen(news)) desk.signals.call("Новое сообщение гражданина", news.conversation);
  });
  desk.on("note", (news) => {
    if (isOpen(news)) desk.lines.refresh();
    if (news.data.kind === "whisper" && ids("mine").includes(news.conversation)) {
      desk.signals.call("Подсказка руководителя", news.conversation, true);
      if (!isOpen(news)) desk.say("Подсказка руководителя в другом вашем разговоре.");
    }
  });
  desk.on("read", (news) => { if (isOpen(news)) desk.lines.refresh(); });
  desk.on("presence", (news) => {
    if (isOpen(news)) refreshHead();
    else if (!news.conversation) listsSoon();
  });
  desk.on("typing", (news) => {
    if (!isOpen(news)) return;
    if (news.data.by === "citizen") showTyping(news.data.on !== false);
    else refreshHead();
  });
  desk.on("call", (news) => {
    listsSoon();
    if (isOpen(news)) refreshHead();
    if (!news.mine || !news.conversation) return;
    if (news.data.state === "ringing") desk.signals.call("Входящий звонок", news.conversation, true);
    if (["ringing", "talking"].includes(news.data.state) && !isOpen(news)) open(news.conversation);
  });
  desk.on("again", (news) => {
    listsSoon();
    if (!desk.talk) return;
    desk.lines.refresh(news).then(() => desk.writing.again());
    refreshHead();
  });
  // News may get lost on their way; the screen must not stay behind for long.
  setInterval(() => {
    queueSoon();
    if (desk.talk) desk.lines.refresh();
  }, 20_000 + Math.random() * 5_000);
  desk.on("line", ({ up }) => { $("line").textContent = up ? "" : "Нет связи, пробую снова…"; });
  const showTyping = (on) => {
    clearTimeout(typingTimer);
    $("citizen-typing").textContent = on ? "Гражданин пишет…" : "";
    if (on) typingTimer = setTimeout(() => showTyping(false), TYPING_FOR);
  };

  // Dialogs and menus

  const ask = async (url) => {
    try {
      $("ask-body").innerHTML = await desk.get(url);
    } catch (error) {
      return desk.say(error.text, true);
    }
    htmx.process($("ask-body"));
    $("ask").showModal();
    $("ask-body").querySelector("input:checked, input, textarea, select, button")?.focus();
  };
  const closeDialogs = () => { for (const one of document.querySelectorAll("dialog[open]")) one.close(); };
  desk.ask = ask;
  document.addEventListener("click", (event) => {
    const target = event.target;
    const button = target.closest("button");
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(target)) menu.open = false;
    if (button?.dataset.take) take(button.dataset.take);
    else if (button?.dataset.dialog) ask(button.dataset.dialog);
    else if (button?.hasAttribute("data-close")) button.closest("dialog").close();
    else if (button?.id === "show-help") $("help").showModal();
    else if (button?.dataset.view) look(button.dataset.view);
    else if (target.matches("dialog")) target.close(); // the backdrop
  });
  const look = (view) => {
    root.dataset.view = view;
    if (view === "lists") document.querySelector(".item.current > a, .item > a")?.focus();
    else if (view === "side") document.querySelector(".side-column .back")?.focus();
    else $("scroll")?.focus();
  };
  const narrow = matchMedia("(max-width: 1199px)");

  // Keys

  const step = (by) => {
    const links = [...document.querySelectorAll(".lists .item > a")];
    const at = links.findIndex((link) => link.getAttribute("aria-current"));
    const next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by];
    if (next) next.click(), next.focus();
  };
  const toSide = (found) => {
    if (!found) return desk.say("Откройте разговор.");
    if (narrow.matches) root.dataset.view = "side";
    found.focus();
    if (found.matches("summary, button")) found.click();
  };
  const keys = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    KeyQ: () => { const take = document.querySelector("#queue .take"); if (take) take.click(); else desk.say("Никто не ждёт."); },
    KeyR: () => { if (desk.talk) look("talk"), desk.writing.setMode("answer"); },
    KeyN: () => { if (desk.talk) look("talk"), desk.writing.setMode("note"); },
    KeyK: () => toSide($("knowledge-q")),
    KeyE: () => { const canned = $("canned-open"); if (canned) canned.focus(), canned.click(); else desk.say("Готовые ответы доступны в вашем разговоре."); },
    KeyC: () => { const close = $("close-talk"); if (close) close.click(); else desk.say("Завершить можно только свой разговор."); },
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = event.target.closest?.("details.menu[open]");
      if (menu) menu.open = false, menu.querySelector("summary").focus();
    }
    if (!desk.set.is("keys") || document.querySelector("dialog[open]")) return;
    if (event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey && keys[event.code]) {
      event.preventDefault();
      keys[event.code]();
    } else if (event.key === "?" && !event.target.matches("input, textarea, select, [contenteditable]")) {
      event.preventDefault();
      $("help").showModal();
    }
  });

  if (desk.talk === null && $("talk")?.dataset.conversation) opened();
  started = true;
  listsShown();
})();
