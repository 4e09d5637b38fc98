/** The errors that are raised on purpose, each of the kind that WebNN names. */

/** An operator and the caller's label as messages write them; what could disguise the message's text is escaped. */
export function named(operator: string, label: string): string {
  const legible = label.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  return label ? `${operator} [${legible}]` : operator;
}

/** An operator was given operands or options that its definition does not allow. */
export class OperatorError extends TypeError {
  /**
   * @param operator its WebNN name, such as `conv2d`
   * @param label the `label` option that the caller gave, or ""
   * @param constraint which rule was violated: `C3`, or the name of an operand or option
   * @param expected the rule, in words
   * @param got what came instead
   */
  constructor(
    readonly operator: string,
    readonly label: string,
    readonly constraint: string,
    readonly expected: string,
    readonly got: string,
  ) {
    super(`${named(operator, label)}: ${constraint}: ${expected}; got ${got}`);
    this.name = "TypeError"; // pages compare names
  }
}

/** A backend declares that it cannot compute an operator right, and why. */
export class Unsupported extends DOMException {
  constructor(operator: { readonly name: string; readonly label: string }, reason: string) {
    super(`${named(operator.name, operator.label)} is refused: ${reason}`, "NotSupportedError");
  }
}

/** A document does not hold a valid graph. */
export class GraphFileError extends Error {
  override readonly name = "GraphFileError";
}

/** The object was destroyed, lost or used up. */
export function invalidState(message: string): DOMException {
  return new DOMException(message, "InvalidStateError");
}

/** What was asked for is valid, but not to be had here. */
export function notSupported(message: string): DOMException {
  return new DOMException(message, "NotSupportedError");
}

/** A graph could not be compiled or run. */
export function operationError(message: string): DOMException {
  return new DOMException(message, "OperationError");
}
