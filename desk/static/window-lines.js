// The lines of the opened talk: each stands there once and in its place, whichever way and how often it came.
(() => {
  const PAGE_BACK = 20; // messages looked at again: their delivery may have changed
  const NEAR = 80; // pixels from the end that still count as reading the newest
  const $ = (id) => document.getElementById(id);
  let reading = null, again = false, told = 0, statusTimer = 0, statusPause = 2000;

  const parsed = (html) => {
    const shell = document.createElement("template");
    shell.innerHTML = html;
    return [...shell.content.querySelectorAll("li[data-key]")];
  };
  const comesAfter = (a, b) => {
    const [x, y] = [Number(a.dataset.moment), Number(b.dataset.moment)];
    return x > y || (x === y && Number(a.dataset.seq || 0) > Number(b.dataset.seq || 0));
  };
  const place = (list, line) => {
    let at = list.lastElementChild;
    while (at && comesAfter(at, line)) at = at.previousElementSibling;
    if (at) at.after(line);
    else list.prepend(line);
  };
  const messages = () => [...document.querySelectorAll("#lines > [data-seq]")];
  const plays = (line) => [...line.querySelectorAll("audio")].some((one) => !one.paused);

  /** Put lines of a fragment where they belong; gives the messages that were not there. */
  const merge = (html) => {
    const list = $("lines");
    const fresh = [];
    for (const line of parsed(html)) {
      const old = list.querySelector(`[data-key="${CSS.escape(line.dataset.key)}"]`);
      if (!old) {
        place(list, line);
        if (line.dataset.seq) fresh.push(line);
      } else if (!old.isEqualNode(line) && !plays(old)) old.replaceWith(line);
    }
    return fresh;
  };
  const atEnd = () => {
    const box = $("scroll");
    return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
  };
  const toEnd = () => {
    const box = $("scroll");
    box.scrollTop = box.scrollHeight;
    $("to-new").hidden = true;
    see();
  };
  /** Add lines to the end, and follow them only if their reader was there. */
  const add = (html, { follow = false } = {}) => {
    const stay = !follow && !atEnd();
    const fresh = merge(html);
    if (!stay) toEnd();
    else if (fresh.length) $("to-new").hidden = false;
    watchSending();
    return fresh;
  };

  const count = (n) => {
    const tail = n % 100 > 10 && n % 100 < 20 ? 5 : n % 10;
    return `${n} ${tail === 1 ? "сообщение" : tail > 1 && tail < 5 ? "сообщения" : "сообщений"}`;
  };
  const markGap = (fresh) => {
    if (!fresh.length) return;
    document.querySelectorAll("#lines > .gap").forEach((old) => old.remove());
    const gap = document.createElement("li");
    gap.className = "gap";
    gap.dataset.key = "gap";
    gap.dataset.moment = fresh[0].dataset.moment;
    gap.textContent = `Пока не было связи: ${count(fresh.length)}`;
    fresh[0].before(gap);
  };

  /** Look for what is new, and how the newest messages stand. `lost`: the line was gone, so tell what was missed. */
  const refresh = async ({ lost = false } = {}) => {
    if (reading) {
      again = true;
      return reading;
    }
    reading = (async () => {
      do {
        again = false;
        await look(lost);
      } while (again);
    })().finally(() => { reading = null; });
    return reading;
  };
  const look = async (lost) => {
    const talk = desk.talk;
    if (!talk) return;
    const known = messages().map((line) => Number(line.dataset.seq));
    let after = known.at(-PAGE_BACK - 1) || 0;
    const missed = [];
    try {
      for (;;) {
        const html = await desk.get(`/desk/talks/${talk.id}/lines?after=${after}`);
        if (desk.talk !== talk) return;
        missed.push(...add(html).filter((line) => line.dataset.author !== "operator"));
        const newest = Math.max(0, ...parsed(html).map((line) => Number(line.dataset.seq || 0)));
        if (!after || !html.more || newest <= after) break;
        after = newest;
      }
    } catch (error) {
      if (error.status === 404) document.dispatchEvent(new CustomEvent("desk-gone"));
      return;
    }
    if (lost) markGap(missed);
    see();
  };

  /** A message on its way is looked at again, ever more seldom. */
  const watchSending = () => {
    clearTimeout(statusTimer);
    if (!document.querySelector('#lines > [data-status="waiting"]')) {
      statusPause = 2000;
      return;
    }
    statusTimer = setTimeout(() => refresh(), statusPause);
    statusPause = Math.min(statusPause * 2, 30_000);
  };

  /** Tell that the newest visible message of the citizen was read, by somebody who really looks. */
  const see = () => {
    const talk = desk.talk;
    if (!talk?.mine || document.hidden || !document.hasFocus()) return;
    const end = $("scroll").getBoundingClientRect().bottom + 4;
    const seen = messages().filter((line) => line.dataset.author === "citizen" && line.getBoundingClientRect().bottom <= end).at(-1);
    const seq = Number(seen?.dataset.seq || 0);
    if (seq <= told) return;
    told = seq;
    desk.post(`/desk/talks/${talk.id}/read`, { seq }).then(
      () => document.dispatchEvent(new CustomEvent("desk-read")),
      () => { if (desk.talk === talk) told = 0; },
    );
  };

  // Earlier lines come by htmx, but into their places.
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.target.id !== "earlier" || !event.detail.successful) return;
    const box = $("scroll");
    const below = box.scrollHeight - box.scrollTop;
    box.setAttribute("aria-busy", "true");
    merge(event.detail.xhr.responseText);
    const more = event.detail.xhr.getResponseHeader("X-More") === "1";
    event.target.hidden = !more;
    event.target.elements.before.value = Math.min(...messages().map((line) => Number(line.dataset.seq)));
    box.scrollTop = box.scrollHeight - below;
    setTimeout(() => box.removeAttribute("aria-busy"), 500);
    if (!more) box.focus();
  });
  document.addEventListener("click", (event) => { if (event.target.closest("#to-new")) toEnd(); });
  document.addEventListener("scroll", (event) => {
    if (event.target.id !== "scroll") return;
    if (atEnd()) $("to-new").hidden = true;
    see();
  }, true);
  // A picture that comes late pushes the end down.
  document.addEventListener("load", (event) => {
    if (event.target.closest?.("#lines") && $("to-new").hidden) $("scroll").scrollTop += event.target.clientHeight;
  }, true);
  addEventListener("focus", () => see());
  document.addEventListener("visibilitychange", () => see());

  desk.lines = {
    refresh, add, toEnd, see, messages,
    /** A talk was just opened. */
    opened() {
      told = 0;
      toEnd();
      watchSending();
    },
  };
})();
