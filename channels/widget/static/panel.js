// The dialog itself: launcher, header, conversation, writing field; opening, closing and where the focus goes.
/* global CSS */
import { el, hidden } from "./dom.js";
import { avatar, icon } from "./icons.js";

const PHONE = "(max-width: 560px), (max-height: 480px)";
const STATES = { connecting: "Соединяюсь…", offline: "Нет связи, пробую снова" };
export const BANNERS = {
  queued: "Зову специалиста. Пишите дальше: он увидит весь разговор.",
  operator: "На связи специалист.",
};

export class Panel {
  // `acts`: say(text), choose(button), typing(), opened()
  constructor(host, acts, messages, announcer) {
    this.acts = acts;
    this.phone = matchMedia(PHONE);
    this.messages = messages;
    const shadow = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    shadow.adoptedStyleSheets = [sheet];
    this.shadow = shadow;
    this.#build();
    shadow.append(this.launcher, this.root, ...announcer.regions);
    this.phone.addEventListener("change", () => this.#modal());
    this.root.addEventListener("keydown", (event) => this.#keys(event));
  }

  #build() {
    this.badge = el("span", { class: "badge", hidden: true });
    this.launcher = el("button", { type: "button", class: "launcher", "aria-haspopup": "dialog", "aria-expanded": "false", onclick: () => this.toggle() },
      icon("chat"), el("span", { class: "launcher-text" }, "Помощник"), this.badge);
    this.title = el("h2", { id: "title", tabindex: "-1" }, "Отклик");
    this.status = el("p", { class: "status", role: "status" });
    this.banner = el("div", { class: "banner", hidden: true });
    this.typingRow = el("div", { class: "typing", hidden: true }, el("span", { class: "face" }, avatar("robot")),
      el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")), hidden("Печатает ответ"));
    this.intro = el("div", { class: "intro" });
    this.log = el("div", { class: "log", tabindex: "0", role: "region", "aria-label": "Переписка" }, this.intro, this.messages.list, this.typingRow);
    this.notice = el("p", { class: "notice", hidden: true });
    this.field = el("textarea", { id: "field", rows: "1", placeholder: "Напишите сообщение", autocomplete: "off", "aria-describedby": "hint",
      oninput: () => this.#grow(true) });
    this.human = el("button", { type: "button", class: "human", onclick: () => this.acts.say("Оператор") }, icon("person"), "Позвать специалиста");
    const form = el("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); this.#submit(); } },
      el("label", { class: "sr", for: "field" }, "Ваше сообщение"), this.field,
      el("button", { type: "submit", class: "send", "aria-label": "Отправить" }, icon("send")));
    this.root = el("section", { class: "panel", role: "dialog", "aria-labelledby": "title", hidden: true, lang: "ru" },
      el("div", { class: "head" }, el("span", { class: "face big" }, avatar("robot")), el("div", { class: "names" }, this.title, this.status),
        el("button", { type: "button", class: "close", "aria-label": "Свернуть чат", onclick: () => this.close() }, icon("close"))),
      this.banner, this.log, this.notice,
      el("div", { class: "foot" }, form, el("div", { class: "under" }, this.human, el("span", { id: "hint", class: "sr" }, "Enter отправляет, Shift и Enter — новая строка"))));
  }

  get isOpen() {
    return !this.root.hidden;
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.open();
  }

  open({ focus = true } = {}) {
    if (!this.isOpen) {
      this.opener = document.activeElement === this.shadow.host ? this.launcher : document.activeElement;
      this.root.hidden = false;
      this.launcher.setAttribute("aria-expanded", "true");
      this.unread(0);
      this.#modal();
      this.acts.opened();
      this.down(true);
    }
    // On a phone the field would raise the keyboard over the greeting.
    if (focus) (this.phone.matches ? this.title : this.field).focus();
  }

  close() {
    if (!this.isOpen) return;
    this.root.hidden = true;
    this.launcher.setAttribute("aria-expanded", "false");
    this.#modal();
    this.acts.closed();
    const back = this.opener?.isConnected && this.opener !== document.body ? this.opener : this.launcher;
    back.focus();
  }

  fill(text) {
    this.open();
    this.field.value = text;
    this.#grow(false);
    this.field.focus();
  }

  session({ title, subtitle, greeting, starters, max_text: longest }) {
    this.title.textContent = title;
    this.subtitle = subtitle;
    this.field.maxLength = longest;
    this.line(this.state ?? "connecting");
    if (this.intro.children.length) return;
    this.intro.append(el("div", { class: "message robot" }, el("span", { class: "face" }, avatar("robot")),
      el("div", { class: "column" }, el("span", { class: "author" }, "Робот", hidden(": ")), el("div", { class: "bubble" }, greeting))));
    this.starters = el("div", { class: "choices starters", role: "group", "aria-label": "С чего начать" },
      ...starters.map((text) => el("button", { type: "button", class: "chip", onclick: () => this.acts.say(text) }, text)));
    this.intro.append(this.starters);
  }

  // The greeting stands over a new conversation only; its ready phrases go with the first word.
  started() {
    this.starters?.remove();
  }

  line(state) {
    this.state = state;
    this.root.classList.toggle("offline", state === "offline");
    const text = STATES[state] ?? this.subtitle ?? "";
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  mode(mode) {
    const wasDown = this.atEnd();
    this.banner.hidden = mode === "robot";
    this.human.hidden = mode !== "robot";
    this.banner.replaceChildren(BANNERS[mode] ?? "");
    if (mode === "queued") {
      this.banner.append(el("button", { type: "button", class: "chip", onclick: () => this.acts.choose({ title: "Вернуться к роботу", payload: "/robot" }) }, "Вернуться к роботу"));
    }
    if (wasDown) this.down(true);
  }

  typing(on) {
    const wasDown = this.atEnd();
    this.typingRow.hidden = !on;
    if (on && wasDown) this.down(true);
  }

  // Returns whether it says anything new.
  tell(text) {
    const fresh = this.notice.textContent !== text;
    this.notice.textContent = text;
    this.notice.hidden = !text;
    return fresh;
  }

  unread(count) {
    this.badge.hidden = !count;
    this.badge.replaceChildren(String(count), hidden(" новых сообщений"));
  }

  atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 120;
  }

  down(always) {
    if (always || this.atEnd()) this.log.scrollTop = this.log.scrollHeight;
  }

  // A pressed button vanishes, and the focus must not vanish with it.
  keepFocus() {
    if (this.isOpen && !this.shadow.activeElement) (this.phone.matches ? this.log : this.field).focus({ preventScroll: true });
  }

  #submit() {
    const text = this.field.value.trim();
    if (!text) {
      this.field.focus();
      return;
    }
    this.field.value = "";
    this.#grow(false);
    this.acts.say(text);
  }

  #grow(typed) {
    this.field.rows = 1;
    while (this.field.scrollHeight > this.field.clientHeight + 1 && this.field.rows < 5) this.field.rows += 1;
    if (typed) this.acts.typing();
  }

  // Full screen on a phone: a real modal dialog. Beside the page on a desktop: the page stays in reach.
  #modal() {
    const modal = this.isOpen && this.phone.matches;
    this.shadow.host.toggleAttribute("data-full", modal);
    if (modal) this.root.setAttribute("aria-modal", "true");
    else this.root.removeAttribute("aria-modal");
    this.launcher.hidden = modal;
  }

  #keys(event) {
    if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      this.close();
    } else if (event.key === "Enter" && event.target === this.field && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "Tab" && this.phone.matches) this.#trap(event);
  }

  #trap(event) {
    const stops = [...this.root.querySelectorAll("button, a[href], textarea, input, [tabindex='0']")]
      .filter((stop) => !stop.disabled && stop.offsetParent !== null);
    const [first, last] = [stops[0], stops.at(-1)];
    const at = this.shadow.activeElement;
    if (event.shiftKey && (at === first || !stops.includes(at))) {
      event.preventDefault();
      last.focus();
    } else if (!event.shiftKey && at === last) {
      event.preventDefault();
      first.focus();
    }
  }
}
