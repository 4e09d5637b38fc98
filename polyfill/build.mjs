// Builds the package: ES modules in dist/, one classic script, type declarations, and the site.
//   node build.mjs [--no-site]

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build, transformWithEsbuild } from "vite";
import { minifiedKernel } from "./minify.mjs";

const ROOT = fileURLToPath(new URL(".", import.meta.url));

/** The modules that can be imported. */
const ENTRIES = ["index", "auto", "runtime", "worker", "media"].filter((name) => existsSync(join(ROOT, `src/${name}.ts`)));

/** Takes what only people read out of the kernels. */
const kernels = {
  name: "kernels",
  enforce: "pre",
  async load(id) {
    const [path, query] = id.split("?");
    if (query !== "raw" || !path.endsWith(".wgsl")) return null;
    return `export default ${JSON.stringify(minifiedKernel(await readFile(path, "utf8")))}`;
  },
};

/** Minifies what Vite leaves as it is, since it bundles libraries: hence also its target, the latest JavaScript. */
const minified = {
  name: "minified",
  renderChunk: (code, chunk) =>
    transformWithEsbuild(withWorker(code, chunk), chunk.fileName, { minify: true, target: "es2022", legalComments: "none" }),
};

/** Names the worker's file in the way that bundlers know; Vite would bundle it a second time, were it in the source. */
function withWorker(code, { fileName }) {
  if (!fileName.startsWith("chunks/")) return code;
  return code.replace(
    /typeof WEBNPU_MODULE_WORKER === "undefined" \? missing\(\) : WEBNPU_MODULE_WORKER\(\)/,
    'new Worker(new URL("../worker.js", import.meta.url), { type: "module" })',
  );
}

/** Puts the worker, as the text of a classic script, where the modules look for it if bundlers left its file behind. */
const workerText = (text) => ({
  name: "worker-text",
  enforce: "pre",
  load: (id) => (id.endsWith("/src/worker/text.ts") ? `export default ${JSON.stringify(text)}` : null),
});

/** Write the bundles into a folder. */
export async function bundle(outDir) {
  const common = { configFile: false, root: ROOT, logLevel: "warn", plugins: [kernels, minified] };
  const options = { outDir, target: "esnext", minify: false, copyPublicDir: false };
  const single = (name, format, fileName, extra) => ({
    ...common,
    build: {
      ...options,
      emptyOutDir: false,
      lib: { entry: join(ROOT, `src/${name}.ts`), formats: [format], name: "webnpuScript", fileName: () => fileName },
      rollupOptions: { output: { inlineDynamicImports: true } },
      ...extra,
    },
  });
  const [{ output }] = await build(single("worker", "iife", "worker.js", { write: false }));
  const entry = Object.fromEntries(ENTRIES.map((name) => [name, join(ROOT, `src/${name}.ts`)]));
  await build({
    ...common,
    plugins: [workerText(output[0].code), ...common.plugins],
    build: {
      ...options,
      emptyOutDir: true,
      lib: { entry, formats: ["es"] },
      rollupOptions: {
        output: {
          entryFileNames: "[name].js",
          chunkFileNames: ({ facadeModuleId }) =>
            `chunks/${facadeModuleId?.endsWith("/worker/text.ts") ? "worker-text" : "[name]"}-[hash].js`,
        },
      },
    },
  });
  await build(single("auto", "es", "auto.eager.js"));
  await build(single("classic", "iife", "webnpu.classic.js"));
}

/** The gzipped size of each script in a folder of bundles, in bytes. */
export async function sizes(outDir) {
  const names = (await readdir(outDir, { recursive: true })).filter((name) => /^(chunks[/\\])?[^/\\]+\.js$/.test(name)).sort();
  return Promise.all(names.map(async (name) => [name, gzipSync(await readFile(join(outDir, name)), { level: 9 }).length]));
}

function declarations() {
  const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  execFileSync(process.execPath, [compiler, "-p", join(ROOT, "tsconfig.build.json")], { stdio: "inherit" });
}

async function main() {
  const outDir = join(ROOT, "dist");
  await bundle(outDir);
  declarations();
  await copyFile(join(ROOT, "../LICENSE"), join(outDir, "LICENSE"));
  const site = join(ROOT, "site/vite.config.ts");
  if (existsSync(site) && !process.argv.includes("--no-site")) await build({ configFile: site, logLevel: "warn" });
  for (const [name, size] of await sizes(outDir))
    console.log(`${(size / 1024).toFixed(1).padStart(7)} KB gz  ${join(relative(process.cwd(), outDir), name)}`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
