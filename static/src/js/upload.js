// Uploading with a bar: the plain multipart form of the page, sent by XMLHttpRequest because only that reports progress.
// Too large a file is refused before it travels; every other judgement is the server's.
import { make, on } from "./dom.js";

const MB = 1048576;
const megabytes = (bytes) => (bytes / MB).toFixed(1);

function card(form, name) {
  const box = make("div", "file-card");
  const line = make("div", "file-line");
  const state = make("span", "nowrap muted", "正在上传");
  const cancel = make("button", "btn btn-sm", "取消");
  cancel.type = "button";
  line.append(make("span", "file-name", name), state, cancel);
  const bar = make("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", `${name} 上传进度`);
  const sub = make("div", "file-sub");
  box.append(line, bar, sub);
  form.querySelector("[data-upload-list]").replaceChildren(box);
  return { box, state, cancel, bar, sub };
}

function fail(view, words) {
  view.state.className = "bad strong";
  view.state.textContent = words;
  view.bar.remove();
  view.cancel.remove();
}

function send(form) {
  const input = form.querySelector("input[type=file]");
  const file = input.files[0];
  if (!file) return;
  const view = card(form, file.name);
  const limit = Number(form.dataset.maxBytes || 0);
  if (limit && file.size > limit) {
    fail(view, `文件为 ${megabytes(file.size)} MB，超过 ${Math.floor(limit / MB)} MB，请压缩后重试`);
    input.value = "";
    return;
  }
  const started = Date.now();
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    view.bar.value = event.loaded / event.total;
    const left = ((Date.now() - started) / event.loaded) * (event.total - event.loaded);
    view.sub.textContent = `${megabytes(event.loaded)} / ${megabytes(event.total)} MB，约 ${Math.max(1, Math.round(left / 1000))} 秒`;
    if (event.loaded === event.total) view.state.textContent = "正在检查";
  });
  request.addEventListener("load", () => {
    if (request.status < 400) {
      // The server redirects to where the file now shows; that page also carries its message.
      const there = new URL(request.responseURL || location.href, location.href);
      if (there.pathname === location.pathname && there.search === location.search) location.reload();
      else location.assign(there);
      return;
    }
    // A refusal is a whole page with the reasons: show its summary here, else say what can be done.
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const reason = page.querySelector(".errors li, .field-error");
    fail(view, reason ? reason.textContent.trim() : `未能上传（${request.status}），请稍后重试`);
    input.value = "";
  });
  request.addEventListener("error", () => fail(view, "网络中断，请重新选择文件上传"));
  view.cancel.addEventListener("click", () => {
    request.abort();
    view.box.remove();
    input.value = "";
  });
  request.send(new FormData(form));
}

on("change", "form[data-upload] input[type=file]", (_, input) => send(input.form));
on("submit", "form[data-upload]", (event, form) => {
  event.preventDefault();
  send(form);
}, true);

on("dragover", ".drop", (event, zone) => {
  event.preventDefault();
  zone.classList.add("over");
});
on("dragleave", ".drop", (_, zone) => zone.classList.remove("over"));
on("drop", ".drop", (event, zone) => {
  event.preventDefault();
  zone.classList.remove("over");
  const input = zone.querySelector("input[type=file]");
  if (!event.dataTransfer.files.length) return;
  const one = new DataTransfer();
  one.items.add(event.dataTransfer.files[0]);
  input.files = one.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
// A file dropped beside the box must not replace the page.
for (const type of ["dragover", "drop"]) {
  document.addEventListener(type, (event) => {
    if (document.querySelector("form[data-upload]")) event.preventDefault();
  });
}
