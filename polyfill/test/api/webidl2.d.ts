/** The part of the WebIDL parser's syntax tree that the tests walk. */
declare module "webidl2" {
  export interface IDLType {
    readonly generic: string;
    readonly union: boolean;
    readonly idlType: string | readonly IDLType[];
  }

  export interface IDLArgument {
    readonly name: string;
    readonly optional: boolean;
    readonly idlType: IDLType;
  }

  /** An attribute, an operation, a constructor, or the field of a dictionary. */
  export interface IDLMember {
    readonly type: "attribute" | "operation" | "constructor" | "field";
    readonly name: string;
    readonly idlType: IDLType;
    readonly arguments: readonly IDLArgument[];
  }

  export interface IDLContainer {
    readonly type: "interface" | "interface mixin" | "dictionary";
    readonly name: string;
    readonly inheritance: string | null;
    readonly members: readonly IDLMember[];
  }

  export interface IDLEnumeration {
    readonly type: "enum";
    readonly name: string;
    readonly values: readonly { readonly value: string }[];
  }

  export type IDLDefinition = IDLContainer | IDLEnumeration;

  export function parse(text: string): IDLDefinition[];
}
