// What comes in: a stream that resumes where it broke off, and plain asking where no stream can be had.
import { ask } from "./ask.js";

const RETRY = 4000;
const PATIENCE = 20_000;
const SILENCE = 45_000;

export class Listener {
  /** `after()` is the last number seen; `tell(message)`, `reset()` and `feel(isConnected)` are called as things happen. */
  constructor({ after, tell, reset, feel }) {
    Object.assign(this, { after, tell, reset, feel });
    this.timer = 0;
    addEventListener("online", () => this.open());
    addEventListener("offline", () => this.feel(false));
    addEventListener("pageshow", (event) => event.persisted && this.open());
    addEventListener("pagehide", () => this.stream?.close());
    document.addEventListener("visibilitychange", () => document.hidden || this.open());
  }

  /** Listen on while the server is heard; a phone that slept, or changed networks, opens anew. */
  stay() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), SILENCE);
    this.feel(true);
  }

  open() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), SILENCE);
    this.stream?.close();
    const stream = (this.stream = new EventSource(`chat/stream?after=${this.after()}`));
    stream.onopen = () => this.stay();
    stream.addEventListener("beat", () => this.stay());
    stream.onmessage = (event) => this.tell(JSON.parse(event.data));
    stream.addEventListener("reset", () => this.reset());
    stream.onerror = () => {
      this.feel(false);
      if (stream.readyState === EventSource.CLOSED && stream === this.stream) this.askInstead();
    };
  }

  /** The stream was refused (too many pages, or something between us that cannot stream): ask, then try again. */
  async askInstead() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), RETRY);
    try {
      const response = await ask(`chat/messages?after=${this.after()}`, {}, PATIENCE);
      if (!response.ok) return;
      const { reset, messages } = await response.json();
      this.feel(true);
      if (reset) this.reset();
      messages.forEach((message) => this.tell(message));
    } catch {
      this.feel(false);
    }
  }
}
