// The dialog itself: launcher, header, conversation, writing field; opening, closing and where the focus goes.
/* global CSS */
import { Composer, dropZone } from "./composer.js";
import { el, hidden, hiddenWords } from "./dom.js";
import { avatar, icon } from "./icons.js";
import { Menu } from "./menu.js";
import { relabel, t } from "./strings.js";

const PHONE = "(max-width: 560px), (max-height: 480px)";

export class Panel {
  // `acts`: say(text), choose(button), typing(), attach(files), opened(), closed(), wish(name, value), save(), and those of the composer.
  // `embedded`: part of a page instead of a dialog over it, always open.
  constructor(host, acts, messages, announcer, wishes, embedded) {
    Object.assign(this, { host, acts, messages, wishes, embedded });
    this.phone = matchMedia(PHONE);
    const shadow = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    this.room = new CSSStyleSheet();
    shadow.adoptedStyleSheets = [sheet, this.room];
    this.shadow = shadow;
    this.modeFrame = { mode: "robot" };
    this.#build();
    this.mode(this.modeFrame);
    this.#dress();
    host.toggleAttribute("data-embedded", embedded);
    shadow.append(...(embedded ? [] : [this.launcher]), this.root, ...announcer.regions);
    this.phone.addEventListener("change", () => this.#modal());
    this.root.addEventListener("keydown", (event) => this.#keys(event));
    shadow.addEventListener("pointerdown", (event) => {
      if (!this.menu.list.contains(event.target) && !this.menu.button.contains(event.target)) this.menu.close(false);
    });
    ["pointerdown", "focusin"].forEach((name) => document.addEventListener(name, (event) => { this.inside = event.target === host; }, true));
    dropZone(this.root, this.veil, acts.attach);
    ["resize", "scroll"].forEach((name) => window.visualViewport?.addEventListener(name, () => this.#fit()));
  }

  #build() {
    this.badge = el("span", { class: "badge", hidden: true });
    this.launcher = el("button", { type: "button", class: "launcher", "aria-haspopup": "dialog", "aria-expanded": "false", onclick: () => this.toggle() },
      icon("chat"), el("span", { class: "launcher-text", t: "launcher" }), this.badge);
    this.title = el("h2", { id: "title", tabindex: "-1" }, t("title"));
    this.status = el("p", { class: "status", role: "status" });
    this.face = el("span", { class: "face big" }, avatar("robot"));
    this.banner = el("div", { class: "banner", hidden: true });
    this.typist = el("span");
    this.typingFace = el("span", { class: "face" }, avatar("robot"));
    this.typingRow = el("div", { class: "typing", hidden: true }, this.typingFace,
      el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")), this.typist);
    this.intro = el("div", { class: "intro" });
    this.log = el("div", { class: "log", tabindex: "0", role: "region", label: "log" }, this.intro, this.messages.list, this.typingRow);
    this.notice = el("p", { class: "notice", hidden: true });
    this.veil = el("div", { class: "veil", hidden: true }, icon("clip"), el("span", { t: "drop" }));
    this.composer = new Composer(this.acts);
    this.field = this.composer.field;
    this.menu = new Menu(this.wishes, { save: this.acts.save, wish: (name, value) => { this.acts.wish(name, value); this.#dress(); } });
    this.root = el("section", { class: "panel", role: this.embedded ? "region" : "dialog", "aria-labelledby": "title", hidden: !this.embedded },
      el("div", { class: "head" }, this.face, el("div", { class: "names" }, this.title, this.status), this.menu.button,
        this.embedded ? null : el("button", { type: "button", class: "round close", label: "close", tip: "close", onclick: () => this.close() }, icon("close")), this.menu.list),
      this.banner, this.log, this.notice, this.composer.root, this.veil);
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
      this.opener = document.activeElement === this.host ? this.launcher : document.activeElement;
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
    if (!this.isOpen || this.embedded) return;
    this.menu.close(false);
    this.composer.voice.drop();
    this.root.hidden = true;
    this.launcher.setAttribute("aria-expanded", "false");
    this.#modal();
    this.acts.closed();
    const back = this.opener?.isConnected && this.opener !== document.body ? this.opener : this.launcher;
    back.focus();
  }

  fill(text) {
    this.open();
    this.composer.fill(text);
    this.field.focus();
  }

  session({ lang, title, subtitle, greeting, starters, max_text: longest }) {
    this.title.textContent = title;
    this.subtitle = subtitle;
    this.field.maxLength = longest;
    this.line(this.state ?? "connecting");
    const ready = el("div", { class: "choices starters", role: "group", label: "starters" },
      ...starters.map((text) => el("button", { type: "button", class: "chip", onclick: () => this.acts.say(text) }, text)));
    const held = this.intro.contains(this.shadow.activeElement);
    if (this.intro.lang === lang && this.intro.children.length) return; // renewed, nothing changed
    this.intro.lang = lang ?? "ru";
    this.intro.replaceChildren(el("div", { class: "message robot" }, el("span", { class: "face" }, avatar("robot")),
      el("div", { class: "column" }, el("span", { class: "author" }, el("span", { t: "robot" }), hidden(": ")), el("div", { class: "bubble" }, greeting))));
    if (!this.begun) this.intro.append(ready);
    if (held) this.field.focus();
  }

  // The greeting stands over a new conversation only; its ready phrases go with the first word.
  started() {
    this.begun = true;
    this.intro.querySelector(".starters")?.remove();
  }

  line(state) {
    this.state = state;
    this.root.classList.toggle("offline", state === "offline");
    const text = state === "online" ? this.subtitle ?? "" : t(state);
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  // Returns the words to be read out, if there is something new in them.
  mode(frame) {
    const { mode, position, wait_minutes: minutes, name } = frame;
    const wasDown = this.atEnd();
    const fresh = mode !== this.modeFrame.mode || position !== this.modeFrame.position;
    const who = mode === "operator" ? "operator" : "robot";
    if (mode !== this.modeFrame.mode) [this.face, this.typingFace].forEach((face) => face.replaceChildren(avatar(who)));
    this.typist.className = who === "operator" ? "types" : "sr";
    this.typist.textContent = who === "operator" ? t("types", name ?? t("operator")) : t("typing");
    this.modeFrame = frame;
    this.banner.hidden = mode === "robot";
    this.composer.human.hidden = mode !== "robot";
    const words = mode === "queued" ? `${t("queued", position, minutes)} ${t("queuedHint")}` : mode === "operator" ? t("onLine", name) : "";
    this.banner.className = `banner ${mode}`;
    this.bannerText ??= el("span", { class: "banner-text" });
    this.bannerText.textContent = words;
    this.back ??= el("button", { type: "button", class: "chip", t: "back", onclick: () => this.acts.choose({ title: "Вернуться к роботу", payload: "/robot" }) });
    this.ring ??= el("button", { type: "button", class: "chip", t: "ring", onclick: () => this.acts.choose({ title: "Перезвоните мне", payload: "/request_callback" }) });
    if (!this.bannerText.isConnected) this.banner.append(el("i", { class: "lamp" }), this.bannerText, this.back, this.ring);
    this.back.hidden = this.ring.hidden = mode !== "queued";
    if (wasDown) this.down(true);
    return fresh ? words : "";
  }

  typing(on) {
    const wasDown = this.atEnd();
    this.typingRow.hidden = !on;
    if (on && wasDown) this.down(true);
  }

  // Returns whether it says anything new.
  tell(text) {
    const fresh = this.notice.textContent !== text;
    const wasDown = this.atEnd();
    this.notice.textContent = text;
    this.notice.hidden = !text;
    if (wasDown) this.down(true);
    return fresh;
  }

  unread(count) {
    this.badge.hidden = !count;
    this.badge.replaceChildren(String(count), hiddenWords("unread"));
  }

  atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 120;
  }

  down(always) {
    if (always || this.atEnd()) this.log.scrollTop = this.log.scrollHeight;
  }

  // A pressed button vanishes, and the focus must not vanish with it. A visitor who went back to the page is left there.
  keepFocus() {
    if (this.isOpen && this.inside && !this.shadow.activeElement) {
      (this.phone.matches ? this.log : this.field).focus({ preventScroll: true });
    }
  }

  relabel() {
    this.root.lang = this.launcher.lang = this.wishes.lang;
    relabel(this.shadow);
    this.line(this.state ?? "connecting");
    this.mode(this.modeFrame);
    this.tell("");
    this.messages.relabel();
    this.composer.grow(false);
  }

  // Size of the text and theme are told to the style sheet by attributes of the host.
  #dress() {
    const { size, theme, lang } = this.wishes;
    const wasDown = this.atEnd();
    this.host.dataset.size = size;
    if (theme === "system") delete this.host.dataset.theme;
    else this.host.dataset.theme = theme;
    this.root.lang = this.launcher.lang = lang;
    if (this.isOpen) this.composer.grow(false);
    if (wasDown) this.down(true);
  }

  // Full screen on a phone: a real modal dialog. Beside the page on a desktop: the page stays in reach.
  #modal() {
    const modal = this.isOpen && this.phone.matches && !this.embedded;
    this.host.toggleAttribute("data-full", modal);
    if (modal) this.root.setAttribute("aria-modal", "true");
    else this.root.removeAttribute("aria-modal");
    this.launcher.hidden = modal;
    this.#fit();
  }

  // A phone's keyboard lies over the page and tells nobody but the visual viewport: keep the writing field above it.
  // While the page is magnified by two fingers the viewport is small for another reason.
  #fit() {
    const seen = window.visualViewport;
    if (!seen || seen.scale > 1.05) return;
    const keyboard = this.phone.matches && this.isOpen && window.innerHeight - seen.height > 100;
    const wasDown = this.atEnd();
    this.host.toggleAttribute("data-keyboard", keyboard);
    this.room.replaceSync(keyboard ? `:host { --top: ${Math.round(seen.offsetTop)}px; --room: ${Math.round(seen.height)}px; }` : "");
    if (wasDown) this.down(true);
  }

  #keys(event) {
    if (event.key === "Escape" && this.composer.voice.drop()) event.stopPropagation();
    else if (event.key === "Escape" && !event.isComposing) {
      if (!this.embedded) event.stopPropagation();
      this.close();
    } else if (event.key === "Enter" && event.target === this.field && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.composer.submit();
    } else if (event.key === "Tab" && this.phone.matches && !this.embedded) this.#trap(event);
  }

  #trap(event) {
    const stops = [...this.root.querySelectorAll("button, a[href], textarea, input, [tabindex='0']")]
      .filter((stop) => !stop.disabled && stop.tabIndex >= 0 && stop.offsetParent !== null);
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
