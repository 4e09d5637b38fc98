/** The errors that are raised on purpose, each of the kind that WebNN names. */

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
    super(`${label ? `${operator} [${label}]` : operator}: ${constraint}: ${expected}; got ${got}`);
    this.name = "TypeError"; // pages compare names
  }
}

/** A backend declares that it cannot compute an operator right, and why. */
export class Unsupported extends DOMException {
  constructor(operator: { readonly name: string; readonly label: string }, reason: string) {
    super(`${operator.name}${operator.label ? ` [${operator.label}]` : ""} is refused: ${reason}`, "NotSupportedError");
  }
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
