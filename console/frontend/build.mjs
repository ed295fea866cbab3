// Bundles the console's styles and scripts into console/static/build (not committed).
import { build, context } from "esbuild";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, "../..");
const out = path.join(root, "console/static/build");

const options = {
  entryPoints: {
    app: path.join(here, "app.css"),
    console: path.join(here, "js/console.js"),
    charts: path.join(here, "js/charts.js"),
    builder: path.join(here, "js/builder.js"),
  },
  outdir: out,
  bundle: true,
  minify: true,
  splitting: true,
  format: "esm",
  target: ["es2022", "chrome123", "firefox120", "safari17.5"],
  loader: { ".woff2": "file", ".svg": "dataurl" },
  assetNames: "assets/[name]-[hash]",
  chunkNames: "chunks/[name]-[hash]",
  legalComments: "linked",
  logLevel: "warning",
};

/** Names of all icons that templates and Python pages ask for. */
async function usedIcons() {
  const patterns = { ".html": /\{%\s*icon\s+"([a-z0-9-]+)"/g, ".py": /\bicon(?:=|\()"([a-z0-9-]+)"/g };
  const names = new Set();
  for (const folder of ["templates", "console"]) {
    const entries = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      const pattern = patterns[path.extname(entry.name)];
      if (!entry.isFile() || !pattern) continue;
      const text = await readFile(path.join(entry.parentPath ?? entry.path, entry.name), "utf8");
      for (const match of text.matchAll(pattern)) names.add(match[1]);
    }
  }
  return [...names].sort();
}

/** One symbol sprite with the used icons only: a few KB instead of five thousand files. */
async function buildSprite() {
  const folder = path.join(root, "node_modules/@tabler/icons/icons/outline");
  const symbols = [];
  for (const name of await usedIcons()) {
    const svg = await readFile(path.join(folder, `${name}.svg`), "utf8");
    const body = svg
      .slice(svg.indexOf(">") + 1, svg.lastIndexOf("</svg>"))
      .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none" ?\/>/, "")
      .replace(/\s*\n\s*/g, "");
    symbols.push(
      `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" ` +
        `stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${body}</symbol>`,
    );
  }
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
  await writeFile(path.join(out, "icons.svg"), sprite);
  return symbols.length;
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const icons = await buildSprite();
if (process.argv.includes("--watch")) {
  const watcher = await context(options);
  await watcher.watch();
  console.log(`Watching styles and scripts (${icons} icons; restart after adding one).`);
} else {
  await build(options);
  console.log(`Built styles, scripts and ${icons} icons into ${path.relative(root, out)}`);
}
