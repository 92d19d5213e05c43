"use strict";
// Plainer words at the press of a button, and the robot's voice. Also for the lines of the characters.
(() => {
  let playing = null;

  /** Stop what sounds; its button says again what it did before. */
  function stop() {
    if (!playing) return;
    const { source, button, words } = playing;
    playing = null;
    button.textContent = words;
    button.removeAttribute("aria-pressed");
    source.onended = null;
    source.stop();
  }

  /** What is to be heard: the text of a field with the choices of its form. */
  function fields(button) {
    const form = button.form || button.closest("form") || document;
    const source = document.getElementById(button.dataset.hear);
    const told = { text: source.value ?? source.textContent };
    for (const name of ["persona", "emotion", "feels", "rate", "pitch"]) {
      const field = form.querySelector(`[name="${name}"]`);
      if (field && (field.type !== "checkbox" || field.checked)) told[name] = field.value;
    }
    return Object.assign(told, JSON.parse(button.dataset.with || "{}"));
  }

  /** The button as it stands on the page: a check of the text may have put another one in its place. */
  const shown = (button) => button.isConnected
    ? button : document.querySelector(`[data-hear="${CSS.escape(button.dataset.hear)}"]`) ?? button;

  function mark() {
    playing.button.textContent = "Остановить";
    playing.button.setAttribute("aria-pressed", "true");
  }

  async function hear(button) {
    const again = playing && playing.button === button;
    stop();
    if (again) return;
    // Made while the press still counts: browsers let no page sound by itself.
    const context = new AudioContext();
    button.disabled = true;
    try {
      const answer = await fetch("/desk/studio/answers/hear", {
        method: "POST", headers: { "X-CSRF": desk.csrf, "HX-Request": "true" }, body: new URLSearchParams(fields(button)),
      });
      if (!answer.ok) {
        desk.answer(answer.status, await answer.text());
        return;
      }
      const source = context.createBufferSource();
      source.buffer = await context.decodeAudioData(await answer.arrayBuffer());
      source.connect(context.destination);
      playing = { source, button: shown(button), words: button.textContent };
      source.onended = () => { stop(); context.close(); };
      mark();
      source.start();
    } catch (error) {
      desk.say(error.text || "Звук не получен: проверьте связь и нажмите ещё раз.", true);
    } finally {
      button.disabled = false;
      shown(button).focus();
    }
  }

  function replace(button) {
    const { replace: id, from, to, better } = button.dataset;
    const field = document.getElementById(id);
    field.setRangeText(better, Number(from), Number(to), "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.addEventListener("htmx:afterSettle", () => {
    if (!playing || playing.button.isConnected) return;
    playing.button = shown(playing.button);
    mark();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-hear], [data-replace]");
    if (!button) return;
    if ("hear" in button.dataset) hear(button);
    else replace(button);
  });
})();
