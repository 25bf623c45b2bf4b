// The demo's clock ticks here and is turned by the buttons; the phones are pages of their own.
const { zone, now } = document.documentElement.dataset;
const language = document.documentElement.lang;
const day = new Intl.DateTimeFormat(language, { timeZone: zone, year: "numeric", month: "long", day: "numeric", weekday: "long" });
const clock = new Intl.DateTimeFormat(language, { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const get = (id) => document.getElementById(id);
const buttons = [...document.querySelectorAll(".turns button")];
let ahead = 0;

function set(moment) {
  ahead = Date.parse(moment) - Date.now();
  tick();
}

function tick() {
  const moment = new Date(Date.now() + ahead);
  get("date").textContent = day.format(moment);
  get("time").textContent = clock.format(moment);
  get("time").dateTime = moment.toISOString();
}

function say(sentence) {
  get("said").textContent = sentence;
  get("said").hidden = !sentence;
}

async function turn({ minutes, until }) {
  const body = JSON.stringify(until ? { until } : { minutes: Number(minutes) });
  const headers = { "Content-Type": "application/json" };
  buttons.forEach((button) => (button.disabled = true));
  try {
    const response = await fetch("/demo/clock", { method: "POST", headers, body });
    const answer = await response.json();
    say(answer.error ?? "");
    if (response.ok) set(answer.now);
  } catch {
    say(get("said").dataset.lost);
  } finally {
    buttons.forEach((button) => (button.disabled = false));
  }
}

function swap({ currentTarget: button }) {
  const isThere = button.getAttribute("aria-pressed") === "true";
  button.setAttribute("aria-pressed", String(!isThere));
  button.closest(".phone").querySelector("iframe").src = isThere ? button.dataset.here : button.dataset.there;
}

async function refresh() {
  try {
    const response = await fetch("/demo/clock");
    if (response.ok) set((await response.json()).now);
  } catch {
    return; // the page keeps ticking on its own
  }
}

buttons.forEach((button) => button.addEventListener("click", () => turn(button.dataset)));
document.querySelectorAll(".swap").forEach((button) => button.addEventListener("click", swap));
document.addEventListener("visibilitychange", () => document.hidden || refresh());
set(now);
setInterval(tick, 1000);
