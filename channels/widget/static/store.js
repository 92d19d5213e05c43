// What must outlive a reload of the page: in this tab, or (wishes about the looks) in this browser. A browser may forbid storage;
// then it is forgotten.
const PREFIX = "otklik.";

// Even to touch the storage may be forbidden, so it is looked up inside the attempt.
function shelf(lasting) {
  return lasting ? localStorage : sessionStorage;
}

export function recall(name, fallback, lasting = false) {
  try {
    return JSON.parse(shelf(lasting).getItem(PREFIX + name)) ?? fallback;
  } catch {
    return fallback;
  }
}

export function remember(name, value, lasting = false) {
  try {
    shelf(lasting).setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Full or forbidden: the chat works without it.
  }
}
