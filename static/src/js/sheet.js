// The sheet of scores without a mouse: Enter goes to the next item, 1 and 0 say 符合 and 不符合. Points are the server's:
// they come with the answer to each save (`draft:told`) and are only written into the page here.
import { on } from "./dom.js";

const FIELDS = "input:not([type=hidden]):not([type=checkbox]), select";

function first(row) {
  const all = [...row.querySelectorAll(`.sheet-fields ${FIELDS.split(", ").join(", .sheet-fields ")}`)];
  return all.find((field) => field.type !== "radio" || field.checked) || all[0];
}

function next(row) {
  const all = [...document.querySelectorAll("[data-item]")];
  return all[all.indexOf(row) + 1];
}

on("keydown", "[data-item]", (event, row) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = event.target;
  if (field.matches("textarea, summary, a")) return;
  if (event.key === "Enter") {
    event.preventDefault(); // a sheet half filled is not to be submitted by the way
    const after = next(row);
    const target = after ? first(after) : row.closest("form").querySelector("textarea[name=conclusion], [name=own_agency], button[name=then]");
    if (target) {
      target.focus();
      if (target.select) target.select();
    }
  } else if (field.type === "radio" && row.hasAttribute("data-veto") && (event.key === "1" || event.key === "0")) {
    event.preventDefault();
    const wanted = row.querySelector(`input[type=radio][value=${event.key === "1" ? "yes" : "no"}]`);
    wanted.focus();
    wanted.checked = true;
    wanted.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

function write(scope, selector, text) {
  const place = scope.querySelector(selector);
  if (place && place.textContent !== text) place.textContent = text;
}

on("draft:told", "form", ({ detail }, form) => {
  for (const name of ["total", "band", "answered", "unmet"]) {
    write(form, `[data-told="${name}"]`, String(detail[name] || (name === "band" ? "—" : "")));
  }
  for (const [code, points] of Object.entries(detail.sections || {})) write(form, `[data-section="${CSS.escape(code)}"]`, points);
  form.querySelectorAll("[data-item]").forEach((row) => {
    const errors = (detail.errors || {})[row.dataset.item] || [];
    const line = (detail.lines || {})[row.dataset.item];
    row.classList.toggle("is-wrong", errors.length > 0);
    write(row, "[data-errors]", errors.join(" "));
    if (line) {
      write(row, "[data-points]", line[0]);
      write(row, "[data-weight]", line[1]);
      write(row, "[data-why]", line[2]);
    }
  });
});
