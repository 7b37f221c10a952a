// Single-key shortcuts. Elements say which physical key is theirs: data-key="KeyA", "Slash", "Shift+Slash",
// "Control+Enter", or two in a row "KeyG KeyD". Physical keys, because with a Chinese input method on, the letter
// that arrives is "Process".
import { kept, on, onArrival } from "./dom.js";

const OFF = "keys-off";
const FIRST_OF_TWO_MS = 1200;
let first = { code: "", at: 0 };

const isOff = () => document.documentElement.dataset.keys === "off" || kept.get(OFF) === "1";
const TYPING = "textarea, select, [contenteditable], input:not([type=radio]):not([type=checkbox]):not([type=button]):not([type=submit])";
const isTyping = (target) => target instanceof Element && target.matches(TYPING);
const isShown = (element) => element.getClientRects().length > 0;

function named(combination) {
  const open = document.querySelector("dialog[open]");
  const all = [...(open || document).querySelectorAll(`[data-key="${combination}"]`)];
  return all.find((element) => isShown(element) && !element.disabled);
}

function use(element) {
  if (element.matches("input[type=search], input[type=text], textarea, select")) {
    element.focus();
    if (element.select) element.select();
  } else {
    element.focus();
    element.click();
  }
}

function rows() {
  return [...document.querySelectorAll("[data-row]")].filter(isShown);
}

function move(by, extend) {
  const all = rows();
  if (!all.length) return false;
  const was = all.findIndex((row) => row.classList.contains("current"));
  const next = all[Math.max(0, Math.min(all.length - 1, was + by))];
  all.forEach((row) => row.classList.toggle("current", row === next));
  if (extend) for (const row of [all[was], next]) mark(row, true);
  const link = next.querySelector("a[href]");
  if (link) link.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function mark(row, value) {
  const box = row && row.querySelector("input[type=checkbox]");
  if (!box) return false;
  const wanted = value === undefined ? !box.checked : value;
  if (box.checked !== wanted) box.click();
  return true;
}

function turnPage(by) {
  const pane = document.querySelector("[data-pages]");
  if (!pane) return false;
  const sheets = [...pane.children].filter((sheet) => sheet.id);
  const top = pane.scrollTop + pane.offsetTop;
  const at = sheets.filter((sheet) => sheet.offsetTop <= top + 20).length - 1;
  const sheet = sheets[Math.max(0, Math.min(sheets.length - 1, at + by))];
  if (sheet) pane.scrollTop = sheet.offsetTop - pane.offsetTop;
  return true;
}

const BUILT_IN = {
  KeyJ: () => move(1),
  KeyK: () => move(-1),
  "Shift+KeyJ": () => move(1, true),
  "Shift+KeyK": () => move(-1, true),
  KeyX: () => mark(rows().find((row) => row.classList.contains("current"))),
  BracketLeft: () => turnPage(-1),
  BracketRight: () => turnPage(1),
};

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.repeat || event.altKey || event.defaultPrevented) return;
  const control = event.ctrlKey || event.metaKey;
  const combination = `${control ? "Control+" : ""}${event.shiftKey ? "Shift+" : ""}${event.code}`;
  if (control) {
    // Submitting works from inside a field as well, also where single keys are off.
    const button = combination === "Control+Enter" && named(combination);
    if (button) {
      event.preventDefault();
      button.click();
    }
    return;
  }
  if (isTyping(event.target)) {
    // Escape leaves the field, so that the keys work again.
    if (event.code === "Escape" && !event.target.closest("dialog")) event.target.blur();
    return;
  }
  if (isOff()) return;
  const waited = Date.now() - first.at < FIRST_OF_TWO_MS && first.code;
  const element = (waited && named(`${waited} ${combination}`)) || named(combination);
  first = { code: combination, at: Date.now() };
  if (element) {
    event.preventDefault();
    use(element);
  } else if (!document.querySelector("dialog[open]") && BUILT_IN[combination] && BUILT_IN[combination]()) {
    event.preventDefault();
  }
});

on("change", "[data-keys-switch]", (_, box) => {
  if (box.checked) kept.remove(OFF);
  else kept.set(OFF, "1");
});
onArrival("[data-keys-switch]", (box) => (box.checked = !isOff()));
