// Pages of lists: the server's sentence after a deed, new rows when a colleague changed something, and a search among many boxes.
document.addEventListener("DOMContentLoaded", () => {
  document.body.addEventListener("said", (event) => desk.say(event.detail.value));

  // A fragment that replaced the pressed button takes the focus over.
  document.body.addEventListener("htmx:afterSettle", (event) => {
    const wanted = event.target.querySelector?.("[data-focus]");
    if (wanted && document.activeElement === document.body) wanted.focus();
  });
  // A card that was swapped whole: the focus goes to its first button, not to the top of the page.
  document.body.addEventListener("htmx:afterSwap", (event) => {
    const card = event.detail.elt?.closest?.("[data-card]") ?? event.detail.elt;
    if (!card?.matches?.("[data-card]") || document.activeElement !== document.body) return;
    (card.querySelector("button, summary, a[href]") ?? card).focus({ preventScroll: true });
  });

  // Whoever is writing must not lose her words to news: then the list says that it is old.
  const list = document.querySelector("[data-news]");
  if (list) {
    const busy = () => list.querySelector("details[open]") || document.activeElement?.matches("#list :is(input, textarea, select)");
    let old = false;
    const renew = desk.seldom(() => {
      if (busy()) { old = true; return; }
      old = false;
      htmx.ajax("GET", location.pathname + location.search, { target: "#list", swap: "innerHTML" });
    }, 2000);
    list.dataset.news.split(" ").forEach((kind) => desk.on(kind, renew));
    desk.on("again", renew);
    const later = () => setTimeout(() => { if (old && !busy()) renew(); });
    list.addEventListener("focusout", later);
    list.addEventListener("toggle", later, true);
  }

  document.body.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });

  document.querySelectorAll("[data-search]").forEach((field) => {
    const rows = [...document.querySelectorAll(`#${field.dataset.search} label`)];
    const plain = (text) => text.toLowerCase().replaceAll("ё", "е");
    field.addEventListener("input", () => {
      const words = plain(field.value);
      rows.forEach((row) => { row.hidden = !plain(row.textContent).includes(words) && !row.querySelector("input").checked; });
    });
  });

  document.querySelectorAll("[data-count]").forEach((field) => {
    const out = document.getElementById(field.dataset.count);
    const tell = () => { out.textContent = `${field.value.length} из ${field.maxLength}`; };
    field.addEventListener("input", tell);
    tell();
  });
});
