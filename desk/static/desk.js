// What every page of the desk does: shows what the server refused, and lets a toast go after a while.
(() => {
  const toasts = { toast: 0, alert: 0 };
  window.desk = {
    /** Show a sentence for eight seconds; `bad` for what went wrong. */
    say(text, bad = false) {
      const id = bad ? "alert" : "toast";
      const box = document.getElementById(id);
      box.textContent = text;
      clearTimeout(toasts[id]);
      toasts[id] = setTimeout(() => { box.textContent = ""; }, 8000);
    },
  };
  const refused = async (xhr) => {
    try {
      return JSON.parse(xhr.responseText).detail || "";
    } catch {
      return "";
    }
  };
  document.addEventListener("htmx:responseError", async (event) => {
    const { xhr } = event.detail;
    if (xhr.status === 401) {
      location.href = "/desk/sign-in?next=" + encodeURIComponent(location.pathname);
      return;
    }
    desk.say((await refused(xhr)) || "Не получилось. Попробуйте ещё раз.", true);
  });
  document.addEventListener("htmx:sendError", () => desk.say("Нет связи с сервером. Пробуем снова.", true));
})();
