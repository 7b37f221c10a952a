// The few words that the other modules share.

/** Calls `handle(event, element)` when `event` happens on or inside an element that matches `selector`. */
export function on(type, selector, handle, options) {
  document.addEventListener(
    type,
    (event) => {
      const found = event.target instanceof Element && event.target.closest(selector);
      if (found) handle(event, found);
    },
    options,
  );
}

/** Runs `prepare(element)` once for each element that matches: those of the page, later those that htmx puts in. */
export function onArrival(selector, prepare) {
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(selector).forEach(prepare));
  document.addEventListener("htmx:load", ({ target }) => {
    if (target === document.body) return; // htmx announces the first page as well
    if (target.matches(selector)) prepare(target);
    target.querySelectorAll(selector).forEach(prepare);
  });
}

export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

/** The token for requests that we send ourselves: from the form, else from the body's htmx headers. */
export function csrfToken(form) {
  const field = form.elements.namedItem("csrfmiddlewaretoken");
  return field ? field.value : JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
}

/** Storage that may be forbidden or full must never stop the page. */
export const kept = {
  get(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(key, value);
      return true;
    } catch {
      return false;
    }
  },
  remove(key) {
    try {
      localStorage.removeItem(key);
    } catch {
      // Nothing was kept, so nothing is left.
    }
  },
  keys(prefix) {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
    } catch {
      return [];
    }
  },
};
