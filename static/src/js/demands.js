// The list of things to correct: rows come from chips or are added empty, and go again.
import { on } from "./dom.js";

function recount(editor) {
  const words = editor.querySelector("[data-demand-count]");
  if (words) words.textContent = editor.querySelectorAll(".demands > [data-demand]").length;
}

on("click", "[data-add-demand]", (_, chip) => {
  const editor = chip.closest("[data-demands]");
  const row = editor.querySelector("template").content.firstElementChild.cloneNode(true);
  for (const part of ["text", "where", "page", "article"]) {
    row.querySelector(`[name=demand_${part}]`).value = chip.dataset[part] || "";
  }
  editor.querySelector(".demands").append(row);
  recount(editor);
  row.querySelector("textarea").focus();
  row.dispatchEvent(new Event("change", { bubbles: true }));
});

on("click", "[data-remove]", (_, button) => {
  const row = button.closest(button.dataset.remove);
  const editor = row.closest("[data-demands]");
  const next = row.nextElementSibling || row.previousElementSibling;
  row.remove();
  if (!editor) return;
  recount(editor);
  const field = next && next.querySelector("textarea");
  (field || editor.querySelector("[data-add-demand]")).focus();
  editor.dispatchEvent(new Event("change", { bubbles: true }));
});

// Ready words go below what is written already.
on("click", "[data-put-words]", (_, chip) => {
  const box = document.getElementById(chip.dataset.into);
  if (!box) return;
  box.value = (box.value.trim() ? `${box.value.trimEnd()}\n` : "") + chip.dataset.putWords;
  box.focus();
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.dispatchEvent(new Event("change", { bubbles: true }));
});

// What an act asks for besides words opens with the act and closes with another one.
on("change", "form[data-decision] input[name=act]", (_, radio) => {
  radio.form.querySelectorAll("details[data-when-act]").forEach((part) => {
    part.open = radio.value.startsWith(part.dataset.whenAct);
  });
  // Standard words come with their act and leave with it; what somebody typed stays.
  const box = radio.form.elements.reason;
  const standard = [...radio.form.querySelectorAll("input[name=act]")].map((one) => one.dataset.words).filter(Boolean);
  if (box && (!box.value.trim() || standard.includes(box.value))) box.value = radio.dataset.words || "";
});
