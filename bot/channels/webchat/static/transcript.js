// Both sides of the talk, kept in this browser so that a reload shows them; what was not accepted yet is never dropped.
const KEPT = 200;
const path = location.pathname;
const key = `hongyan:${path}:${document.documentElement.dataset.mark}`;

export const isOwn = (line) => "id" in line;
export const isWaiting = (line) => isOwn(line) && line.state !== "sent";
const nameOf = (line) => (isOwn(line) ? line.id : line.number);

export class Transcript {
  /** `appear(line)` shows a line of another tab, `change(line)` one whose state changed there. */
  constructor({ appear, change }) {
    this.lines = new Map();
    this.last = 0;
    this.appear = appear;
    this.change = change;
    this.timer = 0;
    this.absorb(read(key));
    this.adopt();
    addEventListener("storage", (event) => event.key === key && this.absorb(read(key)));
    addEventListener("pagehide", () => this.timer && this.save());
  }

  add(line) {
    if (this.lines.has(nameOf(line))) return false;
    this.lines.set(nameOf(line), line);
    if (!isOwn(line)) this.last = Math.max(this.last, line.number);
    return true;
  }

  /** Keep within a moment: many messages at once are written once. */
  saveSoon() {
    if (!this.timer) this.timer = setTimeout(() => this.save(), 150);
  }

  save() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.absorb(read(key));
    const lines = [...this.lines.values()];
    const kept = lines.filter((line, place) => isWaiting(line) || place >= lines.length - KEPT);
    write(key, { last: this.last, lines: kept });
  }

  /** Start over, as the server did; what was not accepted yet stays. */
  reset() {
    this.lines = new Map([...this.lines].filter(([, line]) => isWaiting(line)));
    this.last = 0;
    write(key, { last: 0, lines: [...this.lines.values()] });
  }

  absorb(stored) {
    for (const line of stored.lines) {
      const mine = isOwn(line) && this.lines.get(line.id);
      if (mine && mine.state !== "sent" && line.state === "sent") this.change(Object.assign(mine, line));
      else if (this.add(line)) this.appear(line);
    }
    this.last = Math.max(this.last, stored.last);
  }

  /** Take over what another visitor of this browser (a cookie that ran out) had not sent yet, and forget the rest. */
  adopt() {
    for (const other of names().filter((name) => name.startsWith(`hongyan:${path}:`) && name !== key)) {
      const waiting = read(other).lines.filter(isWaiting);
      waiting.forEach((line) => this.add(line) && this.appear(line));
      localStorage.removeItem(other);
    }
  }
}

function names() {
  try {
    return Object.keys(localStorage);
  } catch {
    return [];
  }
}

function read(name) {
  try {
    const stored = JSON.parse(localStorage.getItem(name));
    return Array.isArray(stored?.lines) ? stored : { last: 0, lines: [] };
  } catch {
    return { last: 0, lines: [] };
  }
}

function write(name, content) {
  try {
    localStorage.setItem(name, JSON.stringify(content));
  } catch {
    // Full: small pictures go first. Forbidden: this page remembers until it is closed.
    try {
      const lines = content.lines.map((line) => ({ ...line, thumb: undefined }));
      localStorage.setItem(name, JSON.stringify({ ...content, lines }));
    } catch {
      return;
    }
  }
}
