// Choosing rows of a list: form[data-bulk] holds the boxes (data-bulk-row), one box for all (data-bulk-all) and the bar.
import { on, onArrival } from "./dom.js";

let last = null;

const boxes = (form) => [...form.querySelectorAll("[data-bulk-row]")];

function show(form) {
  const all = boxes(form);
  const chosen = all.filter((box) => box.checked);
  all.forEach((box) => box.closest("tr, li").classList.toggle("chosen", box.checked));
  const bar = form.querySelector("[data-bulk-bar]");
  if (bar) {
    bar.hidden = chosen.length === 0;
    bar.querySelector("[data-bulk-count]").textContent = chosen.length;
  }
  const whole = form.querySelector("[data-bulk-all]");
  if (whole) {
    whole.checked = chosen.length > 0 && chosen.length === all.length;
    whole.indeterminate = chosen.length > 0 && chosen.length < all.length;
  }
}

on("click", "[data-bulk-row]", (event, box) => {
  const all = boxes(box.form);
  if (event.shiftKey && last && last !== box && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    all.slice(from, to + 1).forEach((other) => (other.checked = box.checked));
  }
  last = box;
  show(box.form);
});
on("change", "[data-bulk-all]", (_, whole) => {
  boxes(whole.form).forEach((box) => (box.checked = whole.checked));
  show(whole.form);
});
on("click", "[data-bulk-none]", (_, button) => {
  boxes(button.form).forEach((box) => (box.checked = false));
  show(button.form);
});
onArrival("form[data-bulk]", show);
