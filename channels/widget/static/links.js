// Finds addresses in a text and makes links of them; only http, https, tel and mailto ever become one.
import { el, hiddenWords } from "./dom.js";

const ADDRESS = new RegExp(
  [
    String.raw`(?<web>https?:\/\/[^\s<>"«»]+)`,
    String.raw`(?<mail>[\w.+-]{1,64}@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+)`,
    String.raw`(?<phone>(?<![\d.,/-])(?:\+7|8)[ -]?\(?\d{3,5}\)?[ -]?\d{1,3}[ -]?\d{2}[ -]?\d{2}(?![\d/-]))`,
  ].join("|"),
  "gu",
);
const ALLOWED = new Set(["http:", "https:", "tel:", "mailto:"]);

export function safeUrl(address) {
  try {
    const url = new URL(address);
    return ALLOWED.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

function anchor(href, text) {
  const outside = href.startsWith("http");
  return el("a", { href, target: outside && "_blank", rel: outside && "noopener noreferrer" }, text, outside ? hiddenWords("newTab") : null);
}

export function linked(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const { web, mail, phone } = found.groups;
    // A full stop or a bracket after an address belongs to the sentence.
    const shown = web ? web.replace(/[.,;:!?)\]}]+$/u, "") : found[0];
    const digits = phone?.replace(/\D/g, "");
    if (phone && digits.length !== 11) continue;
    const href = web ? safeUrl(shown) : mail ? `mailto:${mail}` : `tel:+7${digits.slice(1)}`;
    if (!href) continue;
    nodes.push(text.slice(from, found.index), anchor(href, shown));
    from = found.index + shown.length;
  }
  nodes.push(text.slice(from));
  return nodes.filter((node) => node !== "");
}
