// Files in the conversation: how they look on their way and afterwards, and which are not even worth sending.
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./strings.js";

const LARGEST = 5 * 1024 * 1024;
const KINDS = /\.(pdf|jpe?g|png|webp|docx|og[ga]|opus)$/i;
const TYPES = new Set(["application/pdf", "image/jpeg", "image/png", "image/webp", "audio/ogg"]);

export const ACCEPT = ".pdf,.jpg,.jpeg,.png,.webp,.docx,.ogg,.oga,.opus";

// Only a courtesy that spares the way: the assistant looks at the bytes themselves. Returns why not, or nothing.
export function unfit(file) {
  if (file.size > LARGEST) return t("tooLarge", file.name);
  if (!file.size) return t("empty", file.name);
  return KINDS.test(file.name) || TYPES.has(file.type) ? "" : t("wrongKind", file.name);
}

// A picture out of the clipboard is called image.png by every browser; that tells an operator nothing.
export function named(file) {
  if (!/^image\.(png|jpe?g)$/i.test(file.name)) return file;
  const [date, time] = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().split("T");
  return new File([file], `${t("picture")} ${date} ${time.slice(0, 5).replace(":", "-")}.${file.name.split(".").pop()}`, { type: file.type });
}

function about(file, voice) {
  if (voice) return [icon("mic"), el("span", {}, file.name)];
  return [icon("file"), el("span", { class: "file-name" }, file.name), el("small", {}, t("size_", file.size))];
}

export function fileLink(base, file) {
  const url = /^files\/\d+\/\d+$/.test(file.url ?? "") ? `${base}/${file.url}` : null;
  return url ? el("a", { class: "file", href: url, download: file.name }, ...about(file)) : el("span", { class: "file" }, ...about(file));
}

// A file on its way, with `progress(0…1)`.
export function fileOnItsWay(file, cancel, voice) {
  const bar = el("progress", { max: "100", value: "0", "aria-label": voice ? t("recSending") : t("sending", file.name) });
  const part = el("span", { class: "part" }, t("waiting"));
  const box = el("span", { class: "sending" }, el("span", { class: "file" }, ...about(file, voice)),
    el("span", { class: "way" }, bar, part,
      el("button", { type: "button", class: "cancel", "aria-label": voice ? t("dropVoice") : t("cancelFile", file.name), onclick: cancel }, t("cancel"))));
  box.progress = (share) => {
    bar.value = Math.round(share * 100);
    part.textContent = voice && share === 1 ? t("recognising") : `${bar.value} %`;
  };
  box.stopped = () => box.replaceChildren(el("span", { class: "file" }, ...about(file, voice)));
  return box;
}
