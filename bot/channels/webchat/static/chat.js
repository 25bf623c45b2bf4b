// The chat page: what is typed, tapped and shown goes through here.
import { Listener } from "./listener.js";
import { Painter } from "./painter.js";
import { keep, shrink } from "./photos.js";
import { Sender } from "./sender.js";
import { sizes } from "./size.js";
import { hear, now } from "./time.js";
import { isWaiting, Transcript } from "./transcript.js";
import { words } from "./words.js";

const get = (id) => document.getElementById(id);
const [view, log, text, newest, status] = ["view", "log", "text", "newest", "status"].map(get);
const TWICE = 700;
const NEAR = 120;

// ── showing ──
const painter = new Painter(log, { choose, quote, again: (line) => sender.again(line) });
let isAtEnd = true;
let isScrolling = 0;

view.addEventListener("scroll", () => {
  isAtEnd = view.scrollHeight - view.scrollTop - view.clientHeight < NEAR;
  if (isAtEnd) newest.hidden = true;
});
newest.onclick = () => toEnd();
const sized = new ResizeObserver(() => isAtEnd && toEnd());
[view, log].forEach((one) => sized.observe(one));

function toEnd() {
  isAtEnd = true;
  newest.hidden = true;
  if (isScrolling) return;
  isScrolling = requestAnimationFrame(() => {
    isScrolling = 0;
    view.scrollTop = view.scrollHeight;
  });
}

function show(line) {
  painter.draw(line);
  if (isAtEnd || "id" in line) toEnd();
  else newest.hidden = false;
}

function say(sentence) {
  status.textContent = sentence;
  status.hidden = !sentence;
}

// ── remembering, sending, listening ──
const transcript = new Transcript({ appear: show, change: (line) => painter.restate(line) });
const sender = new Sender({
  lines: () => [...transcript.lines.values()],
  change(line) {
    painter.restate(line);
    transcript.save();
  },
});
const listener = new Listener({ after: () => transcript.last, tell, reset, feel });

function tell(message) {
  if (message.number <= transcript.last || !transcript.add(message)) return;
  hear(message.at);
  sizes.hear(message.large);
  transcript.saveSoon();
  show(message);
}

function reset() {
  transcript.reset();
  painter.clear();
  transcript.lines.forEach(show);
}

let trouble = 0;
function feel(isConnected) {
  clearTimeout(trouble);
  if (isConnected) {
    say("");
    if ([...transcript.lines.values()].some(isWaiting)) sender.hurry();
  } else if (!navigator.onLine) say(words.offline);
  else trouble = setTimeout(() => say(navigator.onLine ? words.connecting : words.offline), 2500);
}

function send(line) {
  const whole = { id: newId(), state: "sending", at: now().toISOString(), why: "", ...line };
  transcript.add(whole);
  transcript.save();
  show(whole);
  sender.flush();
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// ── typing and tapping ──
const lastTaps = new WeakMap();
function isSecondTap(button) {
  const since = performance.now() - (lastTaps.get(button) ?? -TWICE);
  lastTaps.set(button, performance.now());
  return since < TWICE;
}

function choose(choice, button) {
  if (isSecondTap(button)) return;
  button.classList.add("picked");
  send({ kind: "button", text: `${choice.key} ${choice.label}`, body: { button: choice.button } });
}

function sendText(said) {
  if (!said.trim()) return;
  send({ kind: "text", text: said, body: quoted ? { text: said, quotes: quoted.number } : { text: said } });
  quote(null);
}

/** The message that what is typed next replies to; nothing when `line` is null. */
let quoted = null;
function quote(line) {
  quoted = line;
  get("quoting").hidden = !line;
  get("quoted").textContent = line ? line.text.split("\n")[0] : "";
  if (line) text.focus();
}
get("unquote").onclick = () => quote(null);

function fit() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 2}px`;
}

function submit(event) {
  event.preventDefault();
  sendText(text.value);
  text.value = "";
  fit();
  text.focus();
}

get("composer").onsubmit = submit;
text.addEventListener("input", fit);
text.addEventListener("keydown", (event) => {
  const isComposing = event.isComposing || event.keyCode === 229;
  if (event.key === "Enter" && !event.shiftKey && !isComposing) submit(event);
});
document.addEventListener("keydown", (event) => {
  const isPlain = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (isPlain && event.target !== text) text.focus();
});
for (const button of document.querySelectorAll(".example, [data-sends]")) {
  button.onclick = () => isSecondTap(button) || sendText(button.dataset.sends ?? button.textContent);
}

// ── photos, tables and places ──
get("photo").onclick = () => get("photos").click();
get("table").onclick = () => get("tables").click();
get("photos").onchange = get("tables").onchange = async ({ target }) => {
  const files = [...target.files];
  target.value = "";
  for (const file of files) {
    const { blob, thumb } = await shrink(file);
    const id = newId();
    await keep(id, blob);
    const name = file.name.slice(-100);
    send({ id, kind: "photo", text: thumb ? words.photo : name, name, thumb });
  }
};
get("place").onclick = () => {
  if (isSecondTap(get("place"))) return;
  say(words.locating);
  const fail = () => say(words.noplace);
  if (!navigator.geolocation) return fail();
  const found = ({ coords: { latitude, longitude } }) => {
    say("");
    const text = `${words.place} ${latitude.toFixed(4)}, ${longitude.toFixed(4)}`;
    send({ kind: "pin", text, body: { pin: { latitude, longitude } } });
  };
  navigator.geolocation.getCurrentPosition(found, fail, { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 });
};

// ── beginning ──
/** A code that was scanned is said once; the address forgets it, so that reloading does not say it again. */
function sayScanned() {
  const code = new URLSearchParams(location.search).get("code");
  if (code === null) return;
  history.replaceState(null, "", location.pathname);
  if (/^[0-9A-Za-z-]{4,16}$/.test(code)) sendText(code);
}

sizes.begin(get("enlarge"), toEnd);
listener.open();
sayScanned();
sender.flush();
setInterval(() => painter.retime(), 60_000);
toEnd();
