// Tells the house that somebody is at the desk: a window that nobody touches closes after a while (bot/accounts/policy.py).
(() => {
  const EVERY = 60_000;
  let last = Date.now(); // opening the page was a touch
  const touched = () => {
    if (Date.now() - last < EVERY) return;
    last = Date.now();
    const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRF"];
    if (token) fetch("/desk/me/here", { method: "POST", headers: { "X-CSRF": token } }).catch(() => { last = 0; });
  };
  for (const kind of ["keydown", "pointerdown", "wheel"]) addEventListener(kind, touched, { passive: true, capture: true });
})();
