"use strict";
// The list of real phrases by keyboard: one group in hand, one key settles it, and the next one is in hand.
(() => {
  const $ = (id) => document.getElementById(id);
  const list = $("groups");
  const groups = () => [...list.querySelectorAll(".group")];
  const current = () => list.querySelector(".group:focus-within") || list.querySelector('.group[tabindex="0"]');
  let following = null, busy = false;

  const hold = (group) => {
    if (!group) return;
    for (const one of groups()) one.tabIndex = one === group ? 0 : -1;
    group.focus();
    group.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const all = groups();
    const at = all.indexOf(current());
    hold(all[Math.min(Math.max(at + by, 0), all.length - 1)]);
  };
  const press = (group, key) => group?.querySelector(`[data-key="${key}"]`)?.click();

  // Phrases that are ticked, as the editor left them, go along to the page of new wishes.
  const fresh = (group) => {
    const address = new URLSearchParams();
    for (const tick of group.querySelectorAll("input[name=tick]:checked")) address.append("phrase", group.elements[`phrase-${tick.value}`].value);
    location.href = `/desk/studio/phrases/new?${address}`;
  };

  // Another wish: the dialog filters the list of all, and the choice goes the way of the group's own buttons.
  const other = (group) => {
    $("other").dataset.group = group.id;
    $("other-q").value = "";
    filter();
    $("other").showModal();
    $("other-q").focus();
  };
  const filter = () => {
    const words = $("other-q").value.toLowerCase().split(/\s+/).filter(Boolean);
    let any = false;
    for (const item of $("other-list").children) {
      item.hidden = !words.every((word) => item.dataset.words.includes(word));
      any ||= !item.hidden;
    }
    $("other-none").hidden = any;
  };
  const choose = (wish) => {
    const group = $($("other").dataset.group);
    $("other").close();
    if (!group) return;
    const button = document.createElement("button");
    button.name = "intent";
    button.value = wish;
    button.hidden = true;
    group.append(button);
    button.click();
    button.remove();
  };
  const undo = () => {
    if (busy) return;
    const values = Object.fromEntries(new URLSearchParams(location.search));
    htmx.ajax("POST", "/desk/studio/inbox/undo", { source: "#inbox", target: "#groups", swap: "innerHTML", values }).catch(() => {});
  };

  list.addEventListener("keydown", (event) => {
    const group = event.target.closest(".group");
    if (!group || event.ctrlKey || event.altKey || event.metaKey) return;
    const writes = event.target.matches("input[type=text]");
    if (event.key === "Escape" && event.target !== group) {
      event.preventDefault();
      return hold(group);
    }
    if (writes) {
      if (event.key !== "Enter") return;
      // The phrase is written; the decision is a key of its own.
      event.preventDefault();
      return hold(group);
    }
    const key = event.key.toLowerCase();
    const act = {
      arrowdown: () => step(1), j: () => step(1), "о": () => step(1), arrowup: () => step(-1), k: () => step(-1), "л": () => step(-1),
      i: () => press(group, "i"), "ш": () => press(group, "i"), o: () => press(group, "o"), "щ": () => press(group, "o"),
      n: () => press(group, "n"), "т": () => press(group, "n"), u: undo, "г": undo,
    }[key] || (/^[1-5]$/.test(key) ? () => press(group, key) : key === "enter" && event.target === group ? () => press(group, "1") : null);
    if (!act) return;
    event.preventDefault();
    if (!event.repeat || key.startsWith("arrow") || key === "j" || key === "k") act();
  });
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-key]");
    if (button?.dataset.key === "o") other(button.closest(".group"));
    if (button?.dataset.key === "n") fresh(button.closest(".group"));
  });
  list.addEventListener("focusin", (event) => {
    const group = event.target.closest(".group");
    if (group) for (const one of groups()) one.tabIndex = one === group ? 0 : -1;
  });

  $("inbox-said").addEventListener("click", (event) => { if (event.target.id === "undo") undo(); });
  $("inbox-said").addEventListener("keydown", (event) => { if (["u", "г"].includes(event.key.toLowerCase())) undo(); });
  $("other-q").addEventListener("input", filter);
  $("other").addEventListener("keydown", (event) => {
    const shown = [...$("other-list").querySelectorAll("li:not([hidden]) button")];
    const at = shown.indexOf(document.activeElement);
    if (event.key === "ArrowDown") shown[Math.min(at + 1, shown.length - 1)]?.focus();
    else if (event.key === "ArrowUp") (at > 0 ? shown[at - 1] : $("other-q")).focus();
    else if (event.key === "Enter" && event.target.id === "other-q") shown[0]?.click();
    else return;
    event.preventDefault();
  });
  $("other").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.wish) choose(button.dataset.wish);
    else if (button?.id === "other-close" || event.target.id === "other") $("other").close();
  });
  $("other").addEventListener("close", () => $($("other").dataset.group)?.focus());

  // One decision at a time: a key held down must not settle what nobody has read.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!event.target.matches?.(".group")) return;
    if (busy) return event.preventDefault();
    busy = true;
    const all = groups();
    const at = all.indexOf(event.target);
    following = (all[at + 1] || all[at - 1])?.id || "";
    event.target.setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    // The group itself is gone by now when all went well, and htmx tells it of what stood around it.
    const { successful, requestConfig: { elt } } = event.detail;
    if (!elt?.matches?.(".group")) return;
    busy = false;
    elt.removeAttribute("aria-busy");
    if (!successful) return;
    if (following) hold($(following));
    else htmx.trigger(list, "again");
  });
  list.addEventListener("htmx:afterSettle", (event) => {
    if (event.target !== list) return;
    list.removeAttribute("aria-busy");
    if (following !== "") return;
    following = null;
    if (groups().length) hold(groups()[0]);
    else $("inbox-empty")?.focus();
  });
  document.addEventListener("inbox-again", (event) => {
    const back = new Set(event.detail.messages.map(String));
    hold(groups().find((group) => group.elements.messages.value.split(",").some((one) => back.has(one))) || groups()[0]);
  });
})();
