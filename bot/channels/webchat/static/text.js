// Plain text to nodes: a bold title, line breaks, links and telephone numbers. Never through innerHTML.
const TITLE = /^\u3010([^\u3010\u3011\n]{1,40})\u3011/;
const LINK = /(https?:\/\/[^\s<>"'\u2018-\u201d\u3000-\u303f\uff00-\uffef]+)|(^|[^\d-])(1[3-9]\d{9}|0\d{2,3}-\d{7,8})(?![\d-])/g;

export function written(text) {
  const paragraph = document.createElement("p");
  paragraph.className = "words";
  const title = TITLE.exec(text);
  if (title) {
    const bold = document.createElement("strong");
    bold.textContent = title[1];
    paragraph.append(bold);
    text = text.slice(title[0].length);
    if (text && !text.startsWith("\n")) paragraph.append("\n");
  }
  paragraph.append(...linked(text));
  return paragraph;
}

function* linked(text) {
  let done = 0;
  for (const found of text.matchAll(LINK)) {
    const [, address, before, telephone] = found;
    const shown = address ? address.replace(/[.,;:!?)\]]+$/, "") : telephone;
    const start = found.index + (address ? 0 : before.length);
    yield text.slice(done, start);
    yield anchor(shown, address ? shown : `tel:${shown}`);
    done = start + shown.length;
  }
  yield text.slice(done);
}

function anchor(shown, address) {
  const link = document.createElement("a");
  link.textContent = shown;
  link.href = address;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}
