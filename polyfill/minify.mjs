/**
 * A WGSL file without comments, prose and most of its spaces. Lines and their order stay, declarations begin at the
 * start of a line and end with a bracket there, as the loader wants it; any other line is indented by one space.
 */
export function minifiedKernel(text) {
  return text.split("\n").flatMap(minifiedLine).join("\n").concat("\n");
}

function minifiedLine(line) {
  if (line.startsWith("//!")) return /^\/\/! [A-Z]/.test(line) ? [] : [line]; // the head's words are small, prose begins with a capital
  const code = line.replace(/\/\/.*$/, "").trimEnd();
  if (code.trim() === "") return [];
  const indent = /^\s/.test(code) ? " " : "";
  return [
    indent +
      code
        .trim()
        .replace(/([,;]) /g, "$1")
        .replace(/ = /g, "=")
        .replace(/ \{ /g, "{")
        .replace(/ \}$/, "}"),
  ];
}
