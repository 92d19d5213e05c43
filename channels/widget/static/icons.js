// The avatar and the few icons, drawn through the DOM so that a strict Content-Security-Policy has nothing to refuse.
import { svg } from "./dom.js";

function picture(size, ...children) {
  return svg("svg", { viewBox: `0 0 ${size} ${size}`, "aria-hidden": "true", focusable: "false" }, ...children);
}

function line(d) {
  return svg("path", { d, fill: "none", stroke: "currentColor", "stroke-width": "2", "stroke-linecap": "round", "stroke-linejoin": "round" });
}

const ICONS = {
  close: ["M6 6l12 12M18 6L6 18"],
  send: ["M4.5 12h14", "M12.5 5.5l6.5 6.5-6.5 6.5"],
  chat: ["M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z", "M8 9.5h8M8 13h5"],
  person: ["M4 14v-2a8 8 0 0 1 16 0v2", "M4 14a2 2 0 0 1 2-2h1v6H6a2 2 0 0 1-2-2zM20 14a2 2 0 0 0-2-2h-1v6h1a2 2 0 0 0 2-2z", "M18.5 18c0 2-2 3-4.5 3"],
  shield: ["M12 3l7 3v5c0 4.5-3 8-7 10-4-2-7-5.5-7-10V6z", "M9 12l2.2 2.2L15.5 10"],
  menu: ["M5 12h.01M12 12h.01M19 12h.01"],
  clip: ["M20 11.5l-8.2 8.2a5 5 0 0 1-7-7l8.4-8.4a3.3 3.3 0 0 1 4.7 4.7l-8.4 8.4a1.7 1.7 0 0 1-2.4-2.4l7.7-7.7"],
  file: ["M7 3h7l5 5v12a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1z", "M14 3v5h5"],
  save: ["M12 4v11M7 10.5l5 5 5-5", "M5 20h14"],
  check: ["M5 12.5l4.5 4.5L19 7.5"],
  mic: ["M12 3.5a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3z", "M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3M9 21h6"],
  sound: ["M4 9.5h3.5L12 5.5v13l-4.5-4H4z", "M15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11"],
  mute: ["M4 9.5h3.5L12 5.5v13l-4.5-4H4z", "M16 9.5l5 5M21 9.5l-5 5"],
  stop: ["M6 6h12v12H6z"],
  up: ["M4 11h3v9H4z", "M7 11l4-7c1.5 0 2.4 1 2 2.6l-.6 3.4H18a2 2 0 0 1 2 2.4l-1.3 6a2 2 0 0 1-2 1.6H7"],
  down: ["M4 13h3V4H4z", "M7 13l4 7c1.5 0 2.4-1 2-2.6l-.6-3.4H18a2 2 0 0 0 2-2.4l-1.3-6a2 2 0 0 0-2-1.6H7"],
  retry: ["M20 11a8 8 0 1 0-1.5 5.5", "M20 5v6h-6"],
};

export function icon(name) {
  return picture(24, ...ICONS[name].map(line));
}

// A speech bubble with a friendly face: the assistant. An operator gets a head and shoulders instead.
export function avatar(author) {
  const circle = svg("circle", { cx: "24", cy: "24", r: "24", class: author === "operator" ? "av-human" : "av-robot" });
  if (author === "operator") {
    return picture(48, circle,
      svg("circle", { cx: "24", cy: "19", r: "7.5", class: "av-face" }),
      svg("path", { d: "M10 39c1.5-8 7-11.5 14-11.5S36.5 31 38 39a24 24 0 0 1-28 0z", class: "av-face" }));
  }
  return picture(48, circle,
    svg("path", { d: "M15 12.5h18a6 6 0 0 1 6 6V28a6 6 0 0 1-6 6H24.5L17 40v-6h-2a6 6 0 0 1-6-6v-9.5a6 6 0 0 1 6-6z", class: "av-face" }),
    svg("circle", { cx: "19", cy: "21.5", r: "2.2", class: "av-ink" }),
    svg("circle", { cx: "29", cy: "21.5", r: "2.2", class: "av-ink" }),
    svg("path", { d: "M18.5 26.5c1.5 2.2 3.3 3.2 5.5 3.2s4-1 5.5-3.2", class: "av-smile" }));
}
