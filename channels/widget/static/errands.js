// Two errands beside the conversation itself: the conversation as a file, and a one-time link that goes on with another one.
import { el } from "./dom.js";
import { post } from "./lines.js";
import { t } from "./strings.js";

const LINK = /^#otk=([A-Za-z0-9._-]{10,400})$/;
const LINK_TRIES = 3;

// Raises when it cannot be had.
export async function saveTranscript(base) {
  const answer = await post(base, "transcript", {});
  if (!answer.ok) throw new Error(`transcript ${answer.status}`);
  const [, name] = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("Content-Disposition") ?? "") ?? [];
  const url = URL.createObjectURL(await answer.blob());
  el("a", { href: url, download: name ? decodeURIComponent(name) : "otklik.txt" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

// The token out of the address, which it leaves at once: it must stand in no history, bookmark or screenshot.
export function takeLink() {
  const [, token] = LINK.exec(location.hash) ?? [];
  if (token) history.replaceState(history.state, "", location.pathname + location.search);
  return token;
}

// Returns what to tell the citizen: words of refusal, or nothing.
export async function followLink(base, token) {
  for (let tries = 1; tries <= LINK_TRIES; tries += 1) {
    try {
      const answer = await post(base, "continue", { token });
      if (answer.ok) return "";
      if (answer.status < 500) return (await answer.json()).text;
    } catch {
      // No connection, or no JSON.
    }
    await new Promise((resolve) => { setTimeout(resolve, 1500 * tries); });
  }
  return t("linkLost");
}
