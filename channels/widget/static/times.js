// Moments as a person says them, in the language of the interface.
import { language, t } from "./strings.js";

// British English has the 24 hours of the Russian clock.
function format(options) {
  return new Intl.DateTimeFormat(language() === "en" ? "en-GB" : "ru", options);
}

export function clock(moment) {
  return format({ hour: "2-digit", minute: "2-digit" }).format(moment);
}

export function dayName(moment) {
  const midnight = (date) => new Date(date).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(new Date()) - midnight(moment)) / 86_400_000);
  return days === 0 ? t("today") : days === 1 ? t("yesterday") : format({ day: "numeric", month: "long" }).format(moment);
}
