// Lines become what people see; text is only ever set as text.
import { written } from "./text.js";
import { apart, say } from "./time.js";
import { isOwn } from "./transcript.js";
import { part, words } from "./words.js";

/** More choices than this stand in two columns when all their labels are short, so that they fit a phone. */
const MANY = 4;
const SHORT = 5;
const MAP = "https://uri.amap.com/marker?coordinate=wgs84&callnative=0&position=";

export class Painter {
  /** `choose(choice)` when one is tapped, `again(line)` to send a line again, `quote(line)` to reply to one of theirs. */
  constructor(log, { choose, again, quote }) {
    this.log = log;
    this.choose = choose;
    this.again = again;
    this.quote = quote;
    this.drawn = new Map();
    this.before = "";
    this.current = null;
  }

  draw(line) {
    if (apart(this.before, line.at)) this.log.append(when(line.at));
    this.before = line.at;
    const article = isOwn(line) ? this.own(line) : this.theirs(line);
    this.log.append(article);
    return article;
  }

  own(line) {
    const article = part("own-line");
    const bubble = article.querySelector(".bubble");
    if (line.thumb) bubble.append(picture(line.thumb));
    else bubble.append(written(line.text));
    article.querySelector(".state").onclick = () => this.again(line);
    this.drawn.set(line.id, article);
    this.restate(line);
    return article;
  }

  restate(line) {
    const article = this.drawn.get(line.id);
    if (!article) return;
    const state = article.querySelector(".state");
    const said = { sending: words.sending, failed: words.failed, refused: line.why ? `${line.why} ${words.refused}` : words.refused };
    article.dataset.state = line.state;
    state.hidden = line.state === "sent";
    state.disabled = line.state === "sending";
    state.textContent = said[line.state] ?? "";
  }

  theirs(line) {
    const article = part("their-line");
    const bubble = article.querySelector(".bubble");
    if (line.text) bubble.append(written(line.text));
    bubble.append(...line.attachments.map(attachment));
    if (line.pin) bubble.append(spot(line.pin));
    if (line.choices.length) article.append(this.offered(line, article));
    if (line.asks) article.append(this.replied(line));
    article.dataset.number = line.number;
    return article;
  }

  replied(line) {
    const button = part("reply");
    button.onclick = () => this.quote(line);
    return button;
  }

  offered(line, article) {
    const group = part("choices");
    const isShort = line.choices.length > MANY && line.choices.every(({ label }) => label.length <= SHORT);
    group.classList.toggle("short", isShort);
    for (const choice of line.choices) {
      const button = part("choice");
      button.querySelector(".key").textContent = choice.key;
      button.querySelector(".label").textContent = choice.label;
      button.onclick = () => this.choose(choice, button);
      group.append(button);
    }
    this.current?.classList.remove("current");
    this.current = article;
    article.classList.add("current");
    return group;
  }

  /** Say the times again: what was today is yesterday now. */
  retime() {
    for (const time of this.log.querySelectorAll("time")) time.textContent = say(time.dateTime);
  }

  clear() {
    for (const shown of [...this.log.children]) if (shown.id !== "greeting") shown.remove();
    this.drawn.clear();
    this.before = "";
  }
}

function when(moment) {
  const line = part("when");
  const time = line.querySelector("time");
  time.dateTime = moment;
  time.textContent = say(moment);
  return line;
}

function picture(address, link = "") {
  const shown = part("picture");
  shown.querySelector("img").src = address;
  if (link) shown.href = link;
  return shown;
}

function attachment({ kind, name, url }) {
  if (kind === "photo") return picture(url, url);
  if (kind === "voice") {
    const voice = part("voice");
    voice.src = url;
    return voice;
  }
  const paper = part("paper");
  paper.href = url;
  paper.querySelector("span").textContent = name || words.paper;
  return paper;
}

function spot({ latitude, longitude, name }) {
  const link = part("spot");
  link.href = `${MAP}${longitude},${latitude}&name=${encodeURIComponent(name)}`;
  if (name) link.querySelector("span").textContent = name;
  return link;
}
