/** A text field that shows code in colours: the text itself is transparent, and lies over its coloured copy. */

import { element } from "../shared/dom.js";

const TOKENS =
  /(?<comment>\/\/.*|\/\*[\s\S]*?\*\/)|(?<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|(?<number>\b\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?n?\b)|(?<keyword>\b(?:const|let|await|async|function|return|new|for|of|in|if|else|while|true|false|null|undefined)\b)/g;

/** An editor of code. */
export class Editor {
  private readonly area: HTMLTextAreaElement;
  private readonly copy = element("pre", { "aria-hidden": "true" });

  /**
   * @param place where to put it
   * @param onRun called when Ctrl+Enter is pressed
   */
  constructor(place: HTMLElement, onRun: () => void) {
    this.area = element("textarea", { spellcheck: false, autocapitalize: "off", autocomplete: "off", wrap: "off", "aria-label": "Source" });
    place.append(this.copy, this.area);
    this.area.addEventListener("input", () => this.color());
    this.area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        onRun();
      }
    });
  }

  get text(): string {
    return this.area.value;
  }

  set text(text: string) {
    this.area.value = text;
    this.color();
  }

  private color(): void {
    const parts: (string | Node)[] = [];
    let done = 0;
    for (const match of this.text.matchAll(TOKENS)) {
      const [kind] = Object.entries(match.groups ?? {}).find(([, found]) => found !== undefined) ?? [""];
      parts.push(this.text.slice(done, match.index), element("span", { class: kind }, match[0]));
      done = match.index + match[0].length;
    }
    this.copy.replaceChildren(...parts, this.text.slice(done), "\n");
    // The field grows with its copy, so that their container alone scrolls.
    this.area.style.width = `${this.copy.scrollWidth}px`;
    this.area.style.height = `${this.copy.scrollHeight}px`;
  }
}
