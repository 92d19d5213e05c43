// The side panels: what is inserted into the answer, ready answers and their shortcuts, the check of the draft, errands.
(() => {
  const PAUSE = 600; // ms without a key before the draft is checked
  const BRACES = /\{\s*[а-яё][а-яё_ ]{0,30}\}/i;
  const SHORTCUT = /(^|[\s(«])\/([а-яёa-z0-9][а-яёa-z0-9_-]*)$/i;
  const $ = (id) => document.getElementById(id);
  let checking = 0, asked = 0, checked = "";

  // Inserting

  document.addEventListener("desk:insert", (event) => {
    if (window.desk?.write) desk.write(event.detail.text);
  });
  const insert = (text) => document.dispatchEvent(new CustomEvent("desk:insert", { detail: { text } }));

  // Ready answers

  const answers = () => JSON.parse($("canned-data")?.dataset.answers || "[]");
  const use = (one, field) => {
    if (field) {
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    } else insert(one.text);
    if (one.files.length) desk.attachCanned?.(one.id, one.files);
    if (one.missing.length) selectBraces();
  };
  /** The first variable that nobody filled is selected: the operator writes over it. */
  const selectBraces = () => {
    const field = $("answer"), found = field && BRACES.exec(field.value);
    if (!found) return false;
    field.focus();
    field.setSelectionRange(found.index, found.index + found[0].length);
    return true;
  };
  const expand = (field) => {
    const at = field.selectionStart;
    if (at !== field.selectionEnd) return false;
    const found = SHORTCUT.exec(field.value.slice(0, at));
    const one = found && answers().find((answer) => answer.shortcut && answer.shortcut === found[2].toLowerCase());
    if (!one) return false;
    field.setRangeText(one.text, at - found[2].length - 1, at, "end");
    use(one, field);
    return true;
  };
  const list = () => {
    const wanted = $("canned-q").value.trim().toLowerCase().replace(/^\//, "");
    const found = answers().filter((one) => !wanted || one.shortcut.startsWith(wanted) || `${one.title} ${one.text}`.toLowerCase().includes(wanted));
    $("canned-list").replaceChildren(...found.map((one) => {
      const button = document.createElement("button"), text = document.createElement("small"), key = document.createElement("span");
      button.type = "button";
      button.append(one.title);
      if (one.shortcut) {
        key.className = "key";
        key.textContent = ` /${one.shortcut}`;
        button.append(key);
      }
      text.textContent = one.text + (one.files.length ? ` · файлы: ${one.files.join(", ")}` : "");
      button.append(text);
      button.addEventListener("click", () => { show(false); use(one); });
      const item = document.createElement("li");
      item.append(button);
      return item;
    }));
    $("canned-none").textContent = found.length ? "" : "Таких ответов нет.";
  };
  const show = (open, back = false) => {
    const box = $("canned-box"), button = $("canned-open");
    if (!box) return;
    box.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) {
      $("canned-q").value = "";
      list();
      // Above the button, within the window: the answer field itself scrolls and would cut it off.
      const at = button.getBoundingClientRect();
      box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - box.offsetWidth - 8))}px`;
      box.style.bottom = `${innerHeight - at.top + 6}px`;
      $("canned-q").focus();
    } else if (back) button.focus();
  };
  const walk = (by) => {
    const buttons = [...document.querySelectorAll("#canned-list button")];
    const at = buttons.indexOf(document.activeElement) + by;
    (at < 0 ? $("canned-q") : buttons[Math.min(at, buttons.length - 1)])?.focus();
  };

  // The check of the draft

  const check = async () => {
    const field = $("answer"), box = $("draft-check");
    if (!field || !box) return;
    const text = field.value, talk = document.querySelector("[data-conversation]")?.dataset.conversation || "";
    if (text === checked) return;
    const mine = ++asked;
    let html;
    try {
      html = text.trim() ? await desk.post("/desk/draft-check", { text, talk }) : "";
    } catch {
      return; // hints only help: without them one writes as ever
    }
    if (mine !== asked || $("answer") !== field) return;
    checked = text;
    const hints = box.querySelector(".hints") || made(box, "div", "hints"), said = box.querySelector(".said") || made(box, "p", "said hidden-text");
    said.setAttribute("role", "status");
    hints.innerHTML = html;
    const sum = hints.querySelector(".draft-sum")?.dataset.said || "";
    if (said.textContent !== sum) said.textContent = sum;
  };
  const made = (parent, tag, name) => {
    const one = document.createElement(tag);
    one.className = name;
    parent.append(one);
    return one;
  };
  const later = () => {
    clearTimeout(checking);
    checking = setTimeout(check, PAUSE);
  };
  /** Places are counted in characters, the field counts in UTF-16: an emoji is two there. */
  const units = (text, characters) => [...text].slice(0, characters).join("").length;
  const replace = (button) => {
    const field = $("answer"), { start, end, old, better } = button.dataset;
    let from = units(field.value, Number(start)), to = units(field.value, Number(end));
    if (field.value.slice(from, to) !== old) {
      from = field.value.indexOf(old);
      to = from + old.length;
    }
    if (from < 0) return desk.say("Этого места в тексте уже нет.");
    field.setRangeText(better, from, to, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
    check();
  };

  // Events of the page

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.id === "canned-open") return show($("canned-box").hidden, true);
    if ($("canned-box") && !$("canned-box").hidden && !event.target.closest("#canned-box")) show(false);
    if (!button) return;
    if (button.dataset.insert !== undefined) insert(button.dataset.insert);
    else if (button.dataset.better !== undefined && button.closest("#draft-check")) replace(button);
    else if (button.hasAttribute("data-errand-off")) $("errand").replaceChildren(), $("errand-book")?.focus();
    else if (button.hasAttribute("data-form-off")) button.closest("form").remove();
  });
  document.addEventListener("input", (event) => {
    if (event.target.id === "canned-q") return list();
    if (event.target.id !== "answer") return;
    const field = event.target;
    // A space after a shortcut unfolds it; the space itself goes.
    if (event.inputType === "insertText" && event.data === " " && SHORTCUT.test(field.value.slice(0, field.selectionStart - 1))) {
      const at = field.selectionStart, whole = field.value;
      field.setRangeText("", at - 1, at, "end");
      if (expand(field)) return;
      field.value = whole;
      field.setSelectionRange(at, at);
    }
    later();
  });
  document.addEventListener("keydown", (event) => {
    const inBox = event.target.closest?.("#canned-box");
    if (inBox && event.key === "Escape") {
      event.stopPropagation();
      show(false, true);
    } else if (inBox && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      walk(event.key === "ArrowDown" ? 1 : -1);
    } else if (inBox && event.key === "Enter" && event.target.id === "canned-q") {
      event.preventDefault();
      document.querySelector("#canned-list button")?.click();
    } else if (event.target.id === "answer" && event.key === "Tab" && !event.shiftKey && expand(event.target)) event.preventDefault();
  }, true);
  // Before anybody else hears of it: an answer with an open variable does not leave.
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "answer-form" || !BRACES.test($("answer").value)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const open = BRACES.exec($("answer").value)[0];
    desk.say(`Допишите или уберите ${open}: об этом человеке мы этого не знаем.`, true);
    selectBraces();
  }, true);

  // Errands and panels

  document.addEventListener("htmx:afterSwap", (event) => {
    const { target } = event.detail;
    if (target.id === "errand") {
      const said = target.querySelector("[data-say]")?.dataset.say;
      if (said) desk.say(said);
      if (!target.contains(document.activeElement)) (target.querySelector("h3") || target.querySelector("button"))?.focus();
      target.scrollIntoView({ block: "nearest" });
    } else if (target.id === "knowledge-found" && target.children.length) $("knowledge-title").scrollIntoView({ block: "start" });
    else if (target.id === "open") {
      checked = "";
      asked++;
    } else if (target.id === "side" && $("answer")?.value) later();
    else if (target.id === "canned-answers") {
      // What was pressed is gone with the form or the row.
      document.querySelector("#canned-edit[data-off-when-done]")?.remove();
      $("own-answers").focus();
    }
    else if (target.id === "canned-form") target.querySelector("h2")?.focus();
  });
  document.addEventListener("panels:next", (event) => {
    if (event.detail.conversation) document.dispatchEvent(new CustomEvent("desk-open", { detail: event.detail.conversation }));
  });
  if (document.getElementById("desk")) desk.on("message", (news) => {
    const open = document.querySelector("[data-conversation]")?.dataset.conversation;
    if (news.conversation === open && news.data.author === "citizen") document.body.dispatchEvent(new CustomEvent("panels:asked"));
  });
})();
