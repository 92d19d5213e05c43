// Sounds, notifications of the browser, and what this operator has set for herself in this browser.
(() => {
  const $ = (id) => document.getElementById(id);
  const usual = { sound: "on", keys: "on", enter: "on" };
  const get = (name) => localStorage.getItem(`desk:set:${name}`) ?? usual[name];

  desk.set = {
    /** Whether a setting is on: sound, keys, enter. */
    is: (name) => get(name) === "on",
  };
  const show = (root = document) => {
    for (const box of root.querySelectorAll("[data-set]")) box.checked = desk.set.is(box.dataset.set);
  };
  document.addEventListener("change", (event) => {
    const name = event.target.dataset?.set;
    if (name) localStorage.setItem(`desk:set:${name}`, event.target.checked ? "on" : "off");
    if (name === "sound" && event.target.checked) ring();
  });

  let audio = null;
  // A page may sound only after its reader has touched it.
  const wake = () => {
    try {
      audio ??= new AudioContext();
      audio.resume();
    } catch { /* a computer without sound */ }
  };
  addEventListener("pointerdown", wake, { once: true });
  addEventListener("keydown", wake, { once: true });

  /** Two short tones; higher ones for what is more pressing. */
  const ring = (urgent = false) => {
    document.documentElement.dataset.rang = String(Number(document.documentElement.dataset.rang || 0) + 1);
    if (!desk.set.is("sound") || audio?.state !== "running") return;
    (urgent ? [880, 1175] : [523, 659]).forEach((pitch, place) => {
      const at = audio.currentTime + place * 0.16;
      const tone = audio.createOscillator(), volume = audio.createGain();
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, at);
      volume.gain.exponentialRampToValueAtTime(0.18, at + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.15);
      tone.connect(volume).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.16);
    });
  };
  const allowed = () => "Notification" in window && Notification.permission === "granted";
  /** Sound, and a notification when nobody looks. It names nobody: screens are seen by others, and systems keep what they showed. */
  const call = (text, talk, urgent = false) => {
    ring(urgent);
    if (!allowed() || (!document.hidden && document.hasFocus())) return;
    const shown = new Notification("Отклик", { body: text, tag: `desk-${talk}`, renotify: true });
    shown.onclick = () => {
      window.focus();
      shown.close();
      if (talk) document.dispatchEvent(new CustomEvent("desk-open", { detail: talk }));
    };
  };
  const showAllowed = () => {
    const button = $("ask-notify"), state = $("notify-state");
    const permission = "Notification" in window ? Notification.permission : "denied";
    button.hidden = permission !== "default";
    state.textContent = permission === "granted" ? "Уведомления браузера включены."
      : permission === "denied" ? "Браузер не показывает уведомления этого сайта. Разрешить их можно в настройках браузера." : "";
  };
  document.addEventListener("click", (event) => {
    if (event.target.id === "ask-notify") Notification.requestPermission().then(showAllowed);
  });

  desk.signals = { call, show };
  show();
  showAllowed();
})();
