// What must outlive a reload of the page in this tab. A browser may forbid storage; then it is forgotten.
const PREFIX = "otklik.";

export function recall(name, fallback) {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + name)) ?? fallback;
  } catch {
    return fallback;
  }
}

export function remember(name, value) {
  try {
    sessionStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Full or forbidden: the chat works without it.
  }
}
