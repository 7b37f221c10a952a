// Small things of every page: dialogs, menus, one submission per click, where the focus goes.
import { kept, on, onArrival } from "./dom.js";

on("click", "[data-dialog]", (_, button) => {
  const dialog = document.getElementById(button.dataset.dialog);
  if (dialog && !dialog.open) dialog.showModal();
});
on("click", "dialog", (event, dialog) => {
  if (event.target === dialog) dialog.close();
});
on("click", "[data-print]", () => window.print());

// An open menu closes with Escape and with a click elsewhere.
document.addEventListener("click", (event) => {
  document.querySelectorAll("details.pop[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details.pop[open]").forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  const drawer = document.getElementById("menu-open");
  if (drawer) drawer.checked = false;
});

// The second click on a form under way does nothing; the server would refuse it anyway, but with a stale page.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  form.setAttribute("aria-busy", "true");
  // An answer that is a file leaves the page standing.
  setTimeout(() => release(form), 10000);
});
// A form shown again out of the browser's memory, or answered by htmx, may be sent again.
const release = (form) => {
  delete form.dataset.sent;
  form.removeAttribute("aria-busy");
};
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(release);
});
on("htmx:afterRequest", "form[data-sent]", (_, form) => release(form));

// Filters apply at once for the mouse; with the keyboard one walks through the choices first and then presses 筛选.
let byKeyboard = false;
document.addEventListener("keydown", () => (byKeyboard = true), true);
document.addEventListener("pointerdown", () => (byKeyboard = false), true);
on("change", "form[data-autosubmit] select", (_, select) => byKeyboard || select.form.requestSubmit());

// On a shared machine nothing that was typed stays behind after leaving.
on("submit", "form[data-logout]", () => kept.keys("draft:").forEach(kept.remove));

on("click", "[data-fill]", (_, button) => {
  const values = new Map(Object.entries(JSON.parse(button.dataset.fill)));
  values.forEach((value, id) => {
    const field = document.getElementById(id);
    if (field) field.value = value;
  });
});

onArrival("[data-focus]", (summary) => summary.focus());
