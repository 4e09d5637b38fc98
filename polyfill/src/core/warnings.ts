/** Words to the developer of a page. */

const said = new Set<string>();

/** Warn in the console, each thing once. */
export function warnOnce(message: string): void {
  if (said.has(message)) return;
  said.add(message);
  console.warn(`WebNPU: ${message}`);
}
