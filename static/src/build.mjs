// Builds static/dist/ from static/src/ and node_modules: app.css, app.js, htmx.js, icons.svg and two small drawings.
// Nothing is fetched; the only inputs are the packages of the lock file and our own sources.
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";
import * as sass from "sass";

const SRC = dirname(fileURLToPath(import.meta.url));
const ROOT = join(SRC, "..", "..");
const DIST = join(SRC, "..", "dist");
const PACKAGES = join(ROOT, "node_modules");
// The oldest browser on the bureau's machines; newer syntax is lowered to it or refused.
const FLOOR = "chrome86";

const written = new Set();

/** Whole or not at all: a server may be reading these files while they are built anew. */
async function put(name, content) {
  const part = join(DIST, `.${name}.${process.pid}`);
  await writeFile(part, content);
  await rename(part, join(DIST, name));
  written.add(name);
}

async function styles() {
  const { css } = sass.compile(join(SRC, "scss", "app.scss"), {
    loadPaths: [PACKAGES],
    quietDeps: true,
    // Bootstrap 5.3 still imports the old way.
    silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"],
  });
  const { code } = await esbuild.transform(css, { loader: "css", minify: true, target: FLOOR, legalComments: "none" });
  await put("app.css", code);
}

async function scripts() {
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(SRC, "js", "app.js")],
    write: false,
    bundle: true,
    minify: true,
    format: "iife",
    target: FLOOR,
    legalComments: "none",
  });
  await put("app.js", outputFiles[0].contents);
  // A file of its own, byte for byte as published, so that it can be compared with its package.
  await put("htmx.js", await readFile(join(PACKAGES, "htmx.org", "dist", "htmx.min.js")));
}

async function icons() {
  const names = (await readFile(join(SRC, "icons.txt"), "utf8")).split("\n").filter(Boolean);
  const symbols = names.map(async (name) => {
    const drawing = await readFile(join(PACKAGES, "@tabler", "icons", "icons", "outline", `${name}.svg`), "utf8");
    const paths = drawing.match(/<(path|circle|line|rect|polyline)\b[^>]*>/g).filter((tag) => !tag.includes('stroke="none"'));
    return `<symbol id="${name}" viewBox="0 0 24 24">${paths.join("")}</symbol>`;
  });
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${(await Promise.all(symbols)).join("")}</svg>`;
  await put("icons.svg", sprite);
}

async function drawings() {
  for (const name of ["chevron.svg", "favicon.svg"]) await put(name, await readFile(join(SRC, name)));
}

await mkdir(DIST, { recursive: true });
await Promise.all([styles(), scripts(), icons(), drawings()]);
const old = (await readdir(DIST)).filter((name) => !name.startsWith(".") && !written.has(name));
await Promise.all(old.map((name) => rm(join(DIST, name), { recursive: true, force: true })));
