// Drafts keep themselves. form[data-autosave=address] posts its fields 800 ms after the last change; the answer is
// 204 with the new version in X-Version, which goes into the hidden field `seen`; or 200 (422 where a field is wrong) and
// as JSON what follows from what was kept, which the form hands on as the event `draft:told`. Until the server has acknowledged a
// field, the browser keeps a copy of it, so neither a dead server nor a closed window loses what was typed.
// Without an address the form is only kept in the browser: the words of a decision, until it has been answered.
import { csrfToken, kept, on, onArrival } from "./dom.js";

const QUIET_MS = 800;
const RETRY_MS = 5000;
const drafts = new WeakMap();

function draftOf(form) {
  if (!drafts.has(form)) drafts.set(form, { timer: 0, busy: false, again: false, stopped: false, edits: new Map() });
  return drafts.get(form);
}

const isChoice = (field) => field.type === "radio" || field.type === "checkbox";
// Words are put back; a decision that somebody did not take after all is not taken for him.
const isKept = (field) => field.name && !["hidden", "file", "password", "submit", "button"].includes(field.type)
  && !(isChoice(field) && !field.form.dataset.autosave);
const placeOf = (form) => form.dataset.autosave || new URL(form.getAttribute("action") || "", location.href).pathname;
const prefixOf = (form) => `draft:${document.body.dataset.user || ""}:${placeOf(form)}:`;
const keyOf = (form, name) => prefixOf(form) + name;
const versionOf = (form) => (form.elements.seen ? form.elements.seen.value : "");
const SUBMITTED = "draft-submitted";

function valueOf(form, name) {
  return JSON.stringify(new FormData(form).getAll(name));
}

function putBack(form, name, value) {
  const wanted = JSON.parse(value);
  const fields = [...form.elements].filter((field) => field.name === name && isKept(field));
  let used = 0;
  for (const field of fields) {
    if (isChoice(field)) field.checked = wanted.includes(field.value);
    else if (field.multiple) [...field.options].forEach((option) => (option.selected = wanted.includes(option.value)));
    else if (used < wanted.length) field.value = wanted[used++];
  }
}

function tell(form, state, words) {
  const scope = form.id && document.querySelector(`[data-save-state="${form.id}"]`);
  const box = scope || form.querySelector("[data-save-state]") || document.querySelector("[data-save-state]");
  if (!box || (box.dataset.state === state && state !== "saved")) return;
  box.dataset.state = state;
  box.querySelector("[data-save-words]").textContent = words;
  const use = box.querySelector("use");
  const cut = use.getAttribute("href").split("#")[0];
  use.setAttribute("href", `${cut}#${state === "offline" ? "cloud-off" : state === "conflict" ? "alert-triangle" : "cloud-check"}`);
}

function clock() {
  const now = new Date();
  return `${String(now.getHours()).padStart(2, "0")}:${String(now.getMinutes()).padStart(2, "0")}`;
}

async function handOn(form, answer) {
  if (!(answer.headers.get("Content-Type") || "").startsWith("application/json")) return;
  form.dispatchEvent(new CustomEvent("draft:told", { bubbles: true, detail: await answer.json() }));
}

async function save(form) {
  const draft = draftOf(form);
  if (draft.stopped || !form.dataset.autosave) return;
  if (draft.busy) {
    draft.again = true;
    return;
  }
  draft.busy = true;
  const sent = new Map(draft.edits);
  tell(form, "saving", "正在保存…");
  try {
    const answer = await fetch(form.dataset.autosave, {
      method: "POST",
      body: new FormData(form),
      headers: { "X-CSRFToken": csrfToken(form), "X-Autosave": "1" },
      credentials: "same-origin",
      redirect: "manual",
    });
    if (answer.status === 409) {
      // Somebody else has changed the case: what is typed stays here, both in the page and in the copy.
      draft.stopped = true;
      tell(form, "conflict", "他人已更新本事项，您填写的内容仍保留，请刷新核对");
    } else if (answer.status === 204 || answer.status === 200) {
      const version = answer.headers.get("X-Version");
      if (version && form.elements.seen) form.elements.seen.value = version;
      sent.forEach((value, name) => {
        if (draft.edits.get(name) !== value) return; // changed again while under way
        draft.edits.delete(name);
        kept.remove(keyOf(form, name));
      });
      tell(form, "saved", `已自动保存 ${clock()}`);
      await handOn(form, answer);
    } else if (answer.status === 401 || answer.status === 403 || answer.type === "opaqueredirect") {
      tell(form, "offline", "登录已过期，内容已暂存在本机，请重新登录后继续");
    } else if (answer.status === 422) {
      // The other fields are kept, with a new version.
      const version = answer.headers.get("X-Version");
      if (version && form.elements.seen) form.elements.seen.value = version;
      tell(form, "offline", "有栏目未能保存，内容已暂存在本机，请核对");
      await handOn(form, answer);
    } else {
      throw new Error(String(answer.status));
    }
  } catch {
    tell(form, "offline", "网络中断，已暂存在本机");
    clearTimeout(draft.timer);
    draft.timer = setTimeout(() => save(form), RETRY_MS);
  } finally {
    draft.busy = false;
    if (draft.again) {
      draft.again = false;
      save(form);
    }
  }
}

function changed(event, form) {
  const field = event.target;
  const draft = draftOf(form);
  const names = isKept(field) ? [field.name] : [...new Set([...form.elements].filter(isKept).map((one) => one.name))];
  for (const name of names) {
    const value = valueOf(form, name);
    draft.edits.set(name, value);
    // With the version it was typed upon: a copy must not silently replace what somebody else has written since.
    kept.set(keyOf(form, name), JSON.stringify({ value, version: versionOf(form) }));
  }
  clearTimeout(draft.timer);
  draft.timer = setTimeout(() => save(form), QUIET_MS);
}

on("input", "form[data-autosave]", changed);
on("change", "form[data-autosave]", changed);
// Submitting sends everything. The copies go when another page has answered; the same form again means a refusal.
on("submit", "form[data-autosave]", (_, form) => {
  const draft = draftOf(form);
  draft.stopped = true;
  clearTimeout(draft.timer);
  sessionStorage.setItem(SUBMITTED, prefixOf(form));
});
document.addEventListener("DOMContentLoaded", () => {
  // Being asked to sign in again, or an error, is no answer.
  if (!document.body.dataset.user || document.querySelector(".lone")) return;
  const prefix = sessionStorage.getItem(SUBMITTED);
  sessionStorage.removeItem(SUBMITTED);
  const again = [...document.querySelectorAll("form[data-autosave]")].some((form) => prefixOf(form) === prefix);
  if (prefix && !again) kept.keys(prefix).forEach(kept.remove);
});
window.addEventListener("online", () =>
  document.querySelectorAll("form[data-autosave]").forEach((form) => draftOf(form).edits.size && save(form)),
);

function restore(form) {
  const draft = draftOf(form);
  let outdated = false;
  for (const name of new Set([...form.elements].filter(isKept).map((field) => field.name))) {
    const copy = JSON.parse(kept.get(keyOf(form, name)));
    if (copy === null) continue;
    if (copy.value === valueOf(form, name)) {
      kept.remove(keyOf(form, name));
      continue;
    }
    putBack(form, name, copy.value);
    draft.edits.set(name, copy.value);
    outdated = outdated || copy.version !== versionOf(form);
  }
  if (!draft.edits.size || !form.dataset.autosave) return;
  if (outdated) {
    tell(form, "conflict", "已恢复本机暂存内容；此后本事项有更新，请核对后再保存");
  } else {
    tell(form, "offline", "已恢复上次未保存的内容");
    save(form);
  }
}

onArrival("form[data-autosave]", restore);
