"use strict";
// «Робот понял не так»: the marked line comes back and takes its own place among the lines.
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.target.matches?.(".misread-form") || !event.detail.successful) return;
  event.target.closest("dialog").close();
  desk.lines.add(event.detail.xhr.responseText);
  desk.say("Спасибо! Редактор увидит эту фразу.");
  // The button that was pressed is gone.
  document.getElementById("scroll").focus();
});
