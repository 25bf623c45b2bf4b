// Times as people of the house's zone say them; "now" is the server's, which the demo turns forward.
const { zone, now: pageNow } = document.documentElement.dataset;
const language = document.documentElement.lang;
const dayKey = new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" });
const clock = new Intl.DateTimeFormat(language, { timeZone: zone, hour: "numeric", minute: "2-digit", hourCycle: "h23" });
const date = { timeZone: zone, month: "long", day: "numeric", weekday: "short" };
const thisYear = new Intl.DateTimeFormat(language, date);
const otherYear = new Intl.DateTimeFormat(language, { ...date, year: "numeric" });
const nearby = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const GAP = 5 * 60 * 1000;

let ahead = Date.parse(pageNow) - Date.now();

export const now = () => new Date(Date.now() + ahead);

/** Follow the server's clock when it is ahead of ours. */
export function hear(moment) {
  ahead = Math.max(ahead, Date.parse(moment) - Date.now());
}

export function say(moment) {
  const then = new Date(moment);
  const days = (Date.parse(dayKey.format(then)) - Date.parse(dayKey.format(now()))) / 86_400_000;
  if (days === 0 || days === -1) return `${nearby.format(days, "day")} ${clock.format(then)}`;
  const sameYear = dayKey.format(then).slice(0, 4) === dayKey.format(now()).slice(0, 4);
  return `${(sameYear ? thisYear : otherYear).format(then)} ${clock.format(then)}`;
}

/** Whether a time is worth showing between two lines. */
export function apart(earlier, later) {
  if (!earlier) return true;
  const [before, after] = [new Date(earlier), new Date(later)];
  return after - before > GAP || dayKey.format(before) !== dayKey.format(after);
}
