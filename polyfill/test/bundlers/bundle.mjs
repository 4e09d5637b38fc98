// bundle.mjs BUNDLER FOLDER: puts app.js and the package into a folder, as `app.js` and what it loads when that is wanted.
import { fileURLToPath } from "node:url";

const [bundler, folder] = process.argv.slice(2);
const root = fileURLToPath(new URL(".", import.meta.url));
const entry = `${root}app.js`;

const bundlers = {
  async esbuild() {
    const { build } = await import("esbuild");
    await build({ entryPoints: [entry], outdir: folder, bundle: true, splitting: true, format: "esm", minify: true, target: "es2022" });
  },
  async rollup() {
    const [{ rollup }, { default: resolve }] = await Promise.all([import("rollup"), import("@rollup/plugin-node-resolve")]);
    const bundle = await rollup({ input: entry, plugins: [resolve()] });
    await bundle.write({ dir: folder, format: "es" });
    await bundle.close();
  },
  async vite() {
    const { build } = await import("vite");
    const output = { entryFileNames: "app.js" };
    const rollupOptions = { input: entry, output, preserveEntrySignatures: "strict" };
    await build({
      root,
      configFile: false,
      logLevel: "error",
      build: { outDir: folder, target: "es2022", modulePreload: false, rollupOptions },
    });
  },
  async webpack() {
    const { default: webpack } = await import("webpack");
    const output = { path: folder, filename: "app.js", module: true, publicPath: "auto", chunkFormat: "module", chunkLoading: "import" };
    const experiments = { outputModule: true };
    const target = ["web", "es2022"];
    const options = { mode: "production", entry, output, experiments, target, performance: false, context: root };
    const stats = await new Promise((done, fail) => webpack(options, (error, found) => (error ? fail(error) : done(found))));
    if (stats.hasErrors()) throw new Error(stats.toString("errors-only"));
  },
};
await bundlers[bundler]();
