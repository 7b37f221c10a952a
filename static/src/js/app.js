// One entry, everything bound by delegation: parts of a page that htmx swaps in need no set-up of their own.
import "./autosave.js";
import "./bulk.js";
import "./demands.js";
import "./keys.js";
import "./page.js";
import "./sheet.js";
import "./toast.js";
import "./upload.js";

document.documentElement.dataset.js = "on";
