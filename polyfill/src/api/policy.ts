/** The permissions policy `webnn`, where the browser knows it. */

interface Policy {
  features(): string[];
  allowsFeature(feature: string): boolean;
}

/** Throws a SecurityError where the document is not allowed to use WebNN. */
export function checkPermitted(): void {
  if (typeof document === "undefined") return;
  const { permissionsPolicy, featurePolicy } = document as { permissionsPolicy?: Policy; featurePolicy?: Policy };
  const policy = permissionsPolicy ?? featurePolicy;
  if (!policy?.features().includes("webnn") || policy.allowsFeature("webnn")) return;
  throw new DOMException("the permissions policy webnn does not allow this document to use WebNN", "SecurityError");
}
