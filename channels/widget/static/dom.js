// Builds elements. Text always becomes a text node, so nothing a person or the robot wrote is ever read as markup.
import { t } from "./strings.js";

// `t`, `label`, `tip` and `holder` are keys of words, for the text, the accessible name, the tooltip and the placeholder.
const WORDS = { label: "aria-label", tip: "title", holder: "placeholder" };

export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "t") {
      element.dataset.t = value;
      element.append(t(value));
    } else if (WORDS[name]) {
      element.dataset[name] = value;
      element.setAttribute(WORDS[name], t(value));
    } else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  element.append(...children);
  return element;
}

export function hidden(text) {
  return el("span", { class: "sr" }, text);
}

export function hiddenWords(key) {
  return el("span", { class: "sr", t: key });
}
