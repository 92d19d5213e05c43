// Where the operator writes: drafts that survive a closed tab, messages that are sent once however often they are tried, files, notes.
(() => {
  const MOST_FILES = 5, LARGEST = 5 * 1024 * 1024, TOGETHER = 11 * 1024 * 1024, TRY_AGAIN_WITHIN = 120_000, TYPING_EVERY = 2500;
  const $ = (id) => document.getElementById(id);
  const carried = new Map(); // key -> {files, canned} of messages that wait here; files cannot be kept longer than the page
  let picked = [], canned = [], fixing = null, typedAt = -Infinity, mode = "answer";
  let line = Promise.resolve(); // messages leave one after the other

  const name = (what, talk = desk.talk) => `desk:${what}:${desk.me}:${talk.id}`;
  const keep = (key, value) => {
    try {
      if (value) localStorage.setItem(key, value);
      else localStorage.removeItem(key);
    } catch { /* a full or forbidden store: the draft lives as long as the page */ }
  };
  const unsent = (talk) => JSON.parse(localStorage.getItem(name("unsent", talk)) || "[]");
  const keepUnsent = (talk, jobs) => keep(name("unsent", talk), jobs.length ? JSON.stringify(jobs) : "");
  const newKey = () => crypto.randomUUID?.() // only there over HTTPS
    ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const el = (tag, props = {}, ...inside) => {
    const made = Object.assign(document.createElement(tag), props);
    made.append(...inside);
    return made;
  };

  // Messages on their way

  const show = (talk, job) => {
    if (desk.talk !== talk) return;
    document.querySelector(`#unsent [data-unsent="${job.key}"]`)?.remove();
    const names = [...(carried.get(job.key)?.files || []).map((file) => file.name), ...(carried.get(job.key)?.canned || []).flatMap((one) => one.names)];
    const bubble = el("div", { className: "bubble" }, el("p", { className: "text", textContent: job.text || names.join(", ") }));
    const item = el("li", { className: `one unsent${job.failed ? " failed" : ""}` }, bubble);
    item.dataset.unsent = job.key;
    if (job.failed) {
      bubble.append(el("p", { className: "wrong", textContent: `Не отправлено. ${job.failed}` }), el("div", { className: "row" },
        el("button", { type: "button", className: "plain", textContent: "Повторить", onclick: () => retry(talk, job) }),
        el("button", { type: "button", className: "quiet", textContent: "Вернуть в поле", onclick: () => takeBack(talk, job) })));
    } else bubble.append(el("p", { className: "at", textContent: "Отправляю…" }));
    $("unsent").append(item);
    desk.lines.toEnd();
  };
  const settle = (talk, job, html) => {
    keepUnsent(talk, unsent(talk).filter((one) => one.key !== job.key));
    carried.delete(job.key);
    if (desk.talk !== talk) return;
    document.querySelector(`#unsent [data-unsent="${job.key}"]`)?.remove();
    desk.lines.add(html, { follow: true });
  };
  const fail = (talk, job, error) => {
    job.failed = error.text;
    job.lost = !error.status || error.status >= 500;
    keepUnsent(talk, unsent(talk).map((one) => (one.key === job.key ? job : one)));
    show(talk, job);
    if (!job.lost) desk.say(error.text, true);
  };
  const deliver = (talk, job) => {
    job.failed = "";
    show(talk, job);
    line = line.then(() => upload(talk, job)).then((html) => settle(talk, job, html), (error) => fail(talk, job, error));
    return line;
  };
  const retry = (talk, job) => {
    const again = document.activeElement?.closest?.("#unsent");
    deliver(talk, job);
    if (again) $("answer")?.focus();
  };
  const takeBack = (talk, job) => {
    keepUnsent(talk, unsent(talk).filter((one) => one.key !== job.key));
    document.querySelector(`#unsent [data-unsent="${job.key}"]`)?.remove();
    const with_ = carried.get(job.key);
    carried.delete(job.key);
    if (with_) {
      picked.push(...with_.files);
      canned.push(...with_.canned);
      showPicked();
    }
    desk.write(job.text);
  };
  const upload = (talk, job) => {
    const url = `/desk/talks/${talk.id}/messages`;
    const with_ = carried.get(job.key);
    if (!with_?.files.length) return desk.post(url, [["text", job.text], ["key", job.key], ...(with_?.canned || []).map((one) => ["canned", one.id])]);
    const form = new FormData();
    form.append("text", job.text);
    form.append("key", job.key);
    for (const one of with_.canned) form.append("canned", one.id);
    for (const file of with_.files) form.append("files", file, file.name);
    return new Promise((resolve, reject) => {
      const bar = $("sending");
      const xhr = new XMLHttpRequest();
      xhr.open("POST", url);
      xhr.setRequestHeader("X-CSRF", desk.csrf);
      xhr.setRequestHeader("HX-Request", "true");
      xhr.upload.onprogress = (event) => {
        bar.hidden = false;
        bar.value = event.lengthComputable ? (event.loaded / event.total) * 100 : 50;
      };
      xhr.onloadend = () => {
        bar.hidden = true;
        if (!xhr.status) return reject({ status: 0, text: "Нет связи с сервером." });
        try { resolve(desk.answer(xhr.status, xhr.responseText)); } catch (error) { reject(error); }
      };
      xhr.send(form);
    });
  };

  const send = () => {
    const talk = desk.talk, text = $("answer").value.trim();
    if (fixing) return correct(talk, text);
    if (!text && !picked.length && !canned.length) return $("answer").focus();
    const job = { key: newKey(), text, at: Date.now(), failed: "" };
    carried.set(job.key, { files: picked, canned });
    keepUnsent(talk, [...unsent(talk), job]);
    picked = [];
    canned = [];
    showPicked();
    fill("");
    $("answer").focus();
    return deliver(talk, job);
  };

  // Corrections

  const lastOwn = () => desk.lines.messages().filter((one) => one.dataset.author === "operator" && one.querySelector(".who")?.textContent === desk.myName).at(-1);
  const beginFix = () => {
    const own = lastOwn();
    const text = own?.querySelector(".text")?.textContent.replace(/^Исправление: /, "");
    if (!text) return;
    fixing = own.dataset.seq;
    $("fixing-text").textContent = text;
    $("fixing").hidden = false;
    $("send").textContent = "Отправить исправление";
    $("answer").value = text;
    $("answer").setSelectionRange(text.length, text.length);
  };
  const endFix = () => {
    fixing = null;
    $("fixing").hidden = true;
    $("send").textContent = "Отправить гражданину";
  };
  const correct = async (talk, text) => {
    if (!text) return;
    try {
      const html = await desk.post(`/desk/talks/${talk.id}/messages/${fixing}/correct`, { text });
      if (desk.talk !== talk) return;
      endFix();
      fill("");
      desk.lines.add(html, { follow: true });
    } catch (error) {
      desk.say(error.text, true);
    }
  };

  // Notes

  const note = async () => {
    const talk = desk.talk, field = $("note"), text = field.value.trim();
    if (!text) return field.focus();
    const after = desk.lines.messages().at(-1)?.dataset.seq || 0;
    $("save-note").disabled = true;
    try {
      const html = await desk.post(`/desk/talks/${talk.id}/notes`, { text, kind: $("note-form").dataset.kind, after });
      keep(name("note", talk), "");
      if (desk.talk !== talk) return;
      field.value = "";
      desk.lines.add(html, { follow: true });
      desk.say(talk.listening ? "Подсказка отправлена специалисту." : "Заметка сохранена. Её видят только коллеги.");
    } catch (error) {
      desk.say(error.text, true);
    } finally {
      $("save-note").disabled = false;
      field.focus();
    }
  };
  const setMode = (wanted, focus = true) => {
    if (!$("answer-form")) return focus && $("note")?.focus();
    mode = wanted;
    $("compose").dataset.mode = mode;
    $("answer-form").hidden = mode !== "answer";
    $("note-form").hidden = mode !== "note";
    for (const button of document.querySelectorAll(".modes button")) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    if (focus) $(mode).focus();
  };

  // Fields and files

  const fill = (text) => {
    $("answer").value = text;
    $("answer").dispatchEvent(new Event("input", { bubbles: true }));
  };
  const showPicked = () => {
    const list = $("picked");
    if (!list) return;
    const drop = (from, one, title) => el("li", {}, title, el("button", {
      type: "button", className: "quiet", textContent: "✕", ariaLabel: `Убрать файл ${title}`,
      onclick: () => { from.splice(from.indexOf(one), 1); showPicked(); $("answer").focus(); },
    }));
    list.replaceChildren(...picked.map((file) => drop(picked, file, file.name)), ...canned.map((one) => drop(canned, one, one.names.join(", "))));
    list.hidden = !list.children.length;
  };
  const pick = (files) => {
    for (const file of files) {
      if (picked.length >= MOST_FILES) return desk.say(`За раз можно отправить ${MOST_FILES} файлов.`, true), showPicked();
      if (file.size > LARGEST) desk.say(`Файл «${file.name}» больше 5 МБ. Отправьте поменьше.`, true);
      else if (picked.reduce((sum, one) => sum + one.size, file.size) > TOGETHER) desk.say("Вместе файлы больше 11 МБ. Отправьте их по частям.", true);
      else picked.push(file);
    }
    showPicked();
  };
  const typing = () => {
    if (fixing || !desk.talk?.mine || performance.now() - typedAt < TYPING_EVERY || !$("answer").value) return;
    typedAt = performance.now();
    desk.post(`/desk/talks/${desk.talk.id}/typing`).catch(() => {});
  };

  desk.write = (text) => {
    if (!$("answer")) return desk.say("Чтобы ответить, возьмите разговор.", true);
    setMode("answer");
    const field = $("answer");
    const before = field.value.slice(0, field.selectionStart);
    const gap = before && !/\s$/.test(before) ? (before.includes("\n") || text.includes("\n") ? "\n" : " ") : "";
    field.setRangeText(gap + text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  };
  desk.attachCanned = (id, names) => {
    if (!$("answer") || canned.some((one) => one.id === id)) return;
    canned.push({ id, names });
    showPicked();
  };

  document.addEventListener("submit", (event) => {
    if (event.target.id === "answer-form") send();
    else if (event.target.id === "note-form") note();
    else return;
    event.preventDefault();
  });
  document.addEventListener("input", (event) => {
    if (event.target.id === "answer") {
      if (!fixing) keep(name("draft"), event.target.value);
      if (event.isTrusted) typing();
    } else if (event.target.id === "note") keep(name("note"), event.target.value);
  });
  document.addEventListener("click", (event) => {
    const target = event.target.closest("button");
    if (!target) return;
    if (target.matches(".modes button")) setMode(target.dataset.mode);
    else if (target.id === "fixing-off") endFix(), fill(""), $("answer").focus();
    else if (target.id === "attach") $("attach-files").click();
  });
  document.addEventListener("change", (event) => {
    if (event.target.id !== "attach-files") return;
    pick(event.target.files);
    event.target.value = "";
    $("answer").focus();
  });
  document.addEventListener("keydown", (event) => {
    const { target } = event;
    if ((target.id !== "answer" && target.id !== "note") || event.isComposing || event.altKey) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey || (desk.set.is("enter") && !event.shiftKey))) {
      event.preventDefault();
      target.form.requestSubmit();
    } else if (event.key === "ArrowUp" && target.id === "answer" && !target.value && !fixing) {
      event.preventDefault();
      beginFix();
    } else if (event.key === "Escape" && fixing) {
      endFix();
      fill("");
    }
  });
  document.addEventListener("paste", (event) => {
    // A table out of an office program brings text and a picture: the text is meant.
    if (event.target.id !== "answer" || !event.clipboardData.files.length || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    pick(event.clipboardData.files);
  });
  const overTalk = (event) => $("answer") && event.dataTransfer?.types.includes("Files") && event.target.closest?.("#talk");
  document.addEventListener("dragover", (event) => {
    const talk = overTalk(event);
    if (talk) event.preventDefault();
    $("talk")?.classList.toggle("dropping", Boolean(talk));
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) $("talk")?.classList.remove("dropping"); });
  document.addEventListener("drop", (event) => {
    if (!overTalk(event)) return;
    event.preventDefault();
    $("talk").classList.remove("dropping");
    setMode("answer", false);
    pick(event.dataTransfer.files);
  });

  desk.writing = {
    setMode,
    /** A talk was just opened: its drafts and what could not be sent are there again. */
    opened() {
      picked = [];
      canned = [];
      fixing = null;
      mode = "answer";
      const talk = desk.talk;
      if ($("note")) $("note").value = localStorage.getItem(name("note")) || "";
      if (!$("answer")) return;
      $("answer").value = localStorage.getItem(name("draft")) || "";
      for (const job of unsent(talk)) {
        job.failed ||= "Страница закрылась раньше, чем пришёл ответ.";
        show(talk, job);
      }
    },
    /** The line is back: what could not leave because of it leaves now, unless it has become old. The key keeps it from being sent twice. */
    again() {
      const talk = desk.talk;
      if (!talk || !$("answer")) return;
      for (const job of unsent(talk)) {
        if (job.failed && job.lost && Date.now() - job.at < TRY_AGAIN_WITHIN) deliver(talk, job);
      }
    },
  };
})();
