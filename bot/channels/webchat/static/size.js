// Large text: by the button, or because the person asked the bot for it; remembered in this browser.
import { words } from "./words.js";

const KEY = `hongyan-large:${location.pathname}`;
const HEARD = `hongyan-large-heard:${location.pathname}`;
let button;
let changed = () => {};

function recall(key) {
  try {
    return localStorage.getItem(key) === "1";
  } catch {
    return false;
  }
}

function remember(key, is) {
  try {
    localStorage.setItem(key, is ? "1" : "0");
  } catch {
    return;
  }
}

function apply(isLarge) {
  document.documentElement.classList.toggle("large", isLarge);
  button.setAttribute("aria-pressed", isLarge);
  button.textContent = isLarge ? words.smaller : words.larger;
  changed();
}

export const sizes = {
  begin(toggle, whenChanged) {
    button = toggle;
    changed = whenChanged;
    apply(recall(KEY));
    button.onclick = () => {
      remember(KEY, !recall(KEY));
      apply(recall(KEY));
    };
  },
  /** Follow the bot only when it changes its mind, so that the button has the last word until then. */
  hear(isLarge) {
    if (isLarge === recall(HEARD)) return;
    remember(HEARD, isLarge);
    remember(KEY, isLarge);
    apply(isLarge);
  },
};
