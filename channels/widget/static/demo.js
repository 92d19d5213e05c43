// Whatever on the page can be asked goes into the assistant's writing field; the visitor sends it.
document.addEventListener("click", (event) => {
  const asked = event.target.closest("[data-ask]");
  if (asked) window.Otklik?.ask(asked.dataset.ask);
  else if (event.target.closest("[data-open]")) window.Otklik?.open();
});

document.getElementById("search").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = new FormData(event.target).get("q").trim();
  if (words) window.Otklik?.ask(words);
});
