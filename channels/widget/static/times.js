// Moments as a person says them.
const CLOCK = new Intl.DateTimeFormat("ru", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("ru", { day: "numeric", month: "long" });

export function clock(moment) {
  return CLOCK.format(moment);
}

export function dayName(moment) {
  const midnight = (date) => new Date(date).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(new Date()) - midnight(moment)) / 86_400_000);
  return days === 0 ? "Сегодня" : days === 1 ? "Вчера" : DAY.format(moment);
}
