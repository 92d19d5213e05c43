// The supervisor's board: renewed at news and every fifteen seconds, never under an open dialog; dialogs for stepping in.
document.addEventListener("DOMContentLoaded", () => {
  const EVERY = 15_000;
  const dialogs = [...document.querySelectorAll("dialog")];
  const open = () => dialogs.some((dialog) => dialog.open);

  const renew = desk.seldom(() => {
    // Elements keep their ids, so htmx gives the focus back to the same button.
    if (!open() && !document.hidden) htmx.ajax("GET", "/desk/board/now", { target: "#board", swap: "innerHTML" });
  }, 2000);
  ["queue", "message", "mine", "presence", "call", "callback", "ticket", "again"].forEach((kind) => desk.on(kind, renew));
  setInterval(renew, EVERY);
  document.addEventListener("visibilitychange", renew);

  document.body.addEventListener("click", (event) => {
    const button = event.target.closest("[data-dialog]");
    if (button) {
      const dialog = document.getElementById(button.dataset.dialog);
      const form = dialog.querySelector("form");
      form.reset();
      for (const name of ["conversation", "operator"]) {
        if (form.elements[name]) form.elements[name].value = button.dataset[name] ?? "";
      }
      dialog.querySelector("[data-name]").textContent = button.dataset.name;
      dialog.querySelector(".wrong").textContent = "";
      dialog.showModal();
    } else if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  });

  dialogs.forEach((dialog) => {
    dialog.addEventListener("close", renew);
    dialog.addEventListener("htmx:afterRequest", (event) => {
      const { successful, xhr } = event.detail;
      if (successful) {
        dialog.close();
        return;
      }
      // A toast would lie under the dialog.
      let words = "Не получилось. Попробуйте ещё раз.";
      try {
        words = JSON.parse(xhr.responseText).detail || words;
      } catch {
        // No JSON: no connection, or a proxy's page.
      }
      dialog.querySelector(".wrong").textContent = words;
    });
  });
});
