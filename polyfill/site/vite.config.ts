/** Builds the site: its pages in `dist/site`, and a copy of them where the Python package serves them from. */

import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";

const HERE = import.meta.dirname;
const OUT = resolve(HERE, "../dist/site");
const CORPUS = resolve(HERE, "../../tests/conformance");
const PACKAGE = resolve(HERE, "../../webnpu/site");
const PAGES = ["index", "playground", "conformance", "demo", "live", "driver"];

/** Lays the corpus beside the pages, with an index of its files; and the whole where the Python package looks for it. */
function corpusAndCopy(): Plugin {
  return {
    name: "corpus-and-copy",
    apply: "build",
    async closeBundle() {
      const index: Record<string, { name: string; count: number }[]> = {};
      for (const kind of ["cases", "validation"]) {
        await mkdir(join(OUT, "corpus", kind), { recursive: true });
        index[kind] = [];
        for (const name of (await readdir(join(CORPUS, kind))).filter((name) => name.endsWith(".json")).sort()) {
          const text = await readFile(join(CORPUS, kind, name), "utf8");
          index[kind].push({ name: name.replace(/\.json$/, ""), count: JSON.parse(text).cases.length });
          await writeFile(join(OUT, "corpus", kind, name), text);
        }
      }
      await writeFile(join(OUT, "corpus", "index.json"), JSON.stringify(index));
      // Whoever serves the old copy finds the new one in its place at once.
      const [built, partial] = [join(PACKAGE, "built"), join(PACKAGE, "built.partial")];
      await rm(partial, { recursive: true, force: true });
      await cp(OUT, partial, { recursive: true });
      await rm(built, { recursive: true, force: true });
      await rename(partial, built);
    },
  };
}

export default defineConfig({
  root: HERE,
  base: "./",
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    rollupOptions: { input: Object.fromEntries(PAGES.map((page) => [page, join(HERE, `${page}.html`)])) },
  },
  plugins: [corpusAndCopy()],
});
