// What goes out: one at a time, in order, with the same id until the server has it, so nothing is lost or doubled.
import { ask } from "./ask.js";
import { kept, drop } from "./photos.js";
import { hear } from "./time.js";
import { isWaiting } from "./transcript.js";
import { words } from "./words.js";

const PATIENCE = 20_000;
const PHOTO_PATIENCE = 120_000;
const WAITS = [1000, 2000, 4000, 8000, 15_000, 30_000];
const TRANSIENT = new Set([408, 425, 429]);

export class Sender {
  /** `change(line)` shows a new state; `lines()` are all lines in order. */
  constructor({ lines, change }) {
    this.lines = lines;
    this.change = change;
    this.isBusy = false;
    this.misses = 0;
    this.timer = 0;
    addEventListener("online", () => this.hurry());
  }

  /** Try now, whatever the waiting time is. */
  hurry() {
    clearTimeout(this.timer);
    this.misses = 0;
    return this.flush();
  }

  async flush() {
    if (this.isBusy) return;
    this.isBusy = true;
    clearTimeout(this.timer);
    try {
      for (let line = this.next(); line; line = this.next()) {
        if (!(await this.post(line))) return this.later();
        this.misses = 0;
      }
    } finally {
      this.isBusy = false;
    }
  }

  next() {
    return this.lines().find((line) => isWaiting(line) && line.state !== "refused");
  }

  later() {
    const wait = WAITS[Math.min(this.misses, WAITS.length - 1)];
    this.misses += 1;
    this.timer = setTimeout(() => this.flush(), wait);
  }

  /** Post one line; tell whether the next one may follow. */
  async post(line) {
    this.mark(line, line.state === "failed" ? "failed" : "sending");
    let response;
    try {
      response = line.kind === "photo" ? await postPhoto(line) : await postWords(line);
    } catch {
      this.mark(line, "failed");
      return false;
    }
    if (!response) return this.refuse(line, words.nophoto);
    const answer = await response.json().catch(() => ({}));
    if (response.ok) {
      if (answer.at) hear(line.at = answer.at);
      this.mark(line, "sent");
      if (line.kind === "photo") drop(line.id);
      return true;
    }
    if (response.status >= 500 || TRANSIENT.has(response.status)) {
      this.mark(line, "failed");
      return false;
    }
    return this.refuse(line, answer.error);
  }

  refuse(line, why) {
    this.mark(line, "refused", why);
    return true;
  }

  /** Somebody wants this line sent now, even if it was refused before. */
  again(line) {
    if (line.state === "refused") this.mark(line, "sending");
    return this.hurry();
  }

  mark(line, state, why = "") {
    if (line.state === "sent" || (line.state === state && line.why === why)) return;
    line.state = state;
    line.why = why;
    this.change(line);
  }
}

function postWords({ id, body }) {
  const headers = { "Content-Type": "application/json" };
  const options = { method: "POST", headers, body: JSON.stringify({ id, ...body }) };
  return ask("chat/messages", options, PATIENCE);
}

/** Undefined when the photo itself is gone. */
async function postPhoto({ id, name }) {
  const blob = await kept(id);
  if (!blob) return undefined;
  const headers = { "Content-Type": blob.type || "application/octet-stream" };
  const address = `chat/photos?${new URLSearchParams({ id, name })}`;
  return ask(address, { method: "POST", headers, body: blob }, PHOTO_PATIENCE);
}
