// A reply as a person reads it: paragraphs apart, lists with their marks in front, addresses as links.
import { el } from "./dom.js";
import { linked } from "./links.js";

const MARKED = /^\s*(?:[•▪◦—–-]|\d{1,2}[.)])\s+\S/;

function lines(part, whole) {
  const rows = part.split("\n");
  if (rows.filter((row) => MARKED.test(row)).length < 2) {
    const nodes = linked(part);
    return whole ? nodes : [el("p", {}, ...nodes)];
  }
  const blocks = [];
  for (const row of rows) {
    const marked = MARKED.test(row);
    const last = blocks.at(-1);
    if (!marked) blocks.push(el("p", {}, ...linked(row)));
    else if (last?.localName === "ul") last.append(el("li", {}, ...linked(row)));
    else blocks.push(el("ul", {}, el("li", {}, ...linked(row))));
  }
  return blocks;
}

export function prose(text) {
  const parts = text.split(/\n\s*\n/).filter((part) => part.trim());
  return parts.flatMap((part) => lines(part, parts.length === 1));
}
