// Passing words: they close on demand, and the offer to take a decision back ends when its time is over.
import { on, onArrival } from "./dom.js";

on("click", "[data-close]", (_, button) => {
  const box = button.closest(button.dataset.close);
  if (box) box.remove();
});

function count(toast) {
  const ends = Date.now() + Number(toast.dataset.countdown) * 1000;
  const words = toast.querySelector("[data-seconds]");
  const timer = setInterval(() => {
    const left = Math.ceil((ends - Date.now()) / 1000);
    if (left > 0 && toast.isConnected) {
      if (words) words.textContent = left;
      return;
    }
    clearInterval(timer);
    toast.remove();
  }, 250);
}

onArrival("[data-countdown]", count);
