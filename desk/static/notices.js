// The page of notices: what a citizen will see while it is typed; an accepted one leaves the form empty.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("new-notice");
  const preview = document.getElementById("n-preview");
  const text = form.elements.text;
  const show = () => { preview.textContent = `Важно: ${text.value.trim() || "…"}`; };
  text.addEventListener("input", show);
  form.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful) return;
    text.value = "";
    text.dispatchEvent(new Event("input"));
  });
  show();
});
