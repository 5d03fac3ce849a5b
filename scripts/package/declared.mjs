import { SyntaxKind } from "typescript/unstable/ast";

/** @typedef {import("typescript/unstable/sync").Project} Project */
/** @typedef {import("typescript/unstable/sync").Symbol} Named */
/** @typedef {{ name: string, signature: string, words: string }} Told A name, how it is used, and what its TSDoc says first. */
/** @typedef {Told & { members: Told[] }} Declared */
/** A node of any kind; each kind has a part of these. @typedef {any} Node */

/** Reads what an entry exports out of its declarations. */
export class Declarations {
  /** @param {Project} project */
  constructor(project) {
    this.project = project;
  }

  /** One export with its public members. @param {Named} symbol @returns {Declared} */
  of(symbol) {
    const node = this.#node(symbol);
    const { signature, members } = this.#form(symbol.name, node);
    return {
      ...this.#told(node, symbol, signature),
      members: members.flatMap((each) => this.#member(each) ?? []),
    };
  }

  /** @param {string} name @param {Node} node @returns {{ signature: string, members: Node[] }} */
  #form(name, node) {
    if (node.kind === SyntaxKind.TypeAliasDeclaration)
      return { signature: `type ${name} = ${this.#text(node.type)}`, members: [] };
    if (node.members) return { signature: this.#headed(name, node), members: [...node.members] };
    const made = node.initializer ?? node;
    if (made.parameters === undefined) throw new Error(`${name} is no function, class or type`);
    // An answer in braces, as `chatSignals` has, has no type of its own that could be listed.
    const members = [...(made.body?.expression?.properties ?? [])];
    return { signature: this.#called(name, made), members };
  }

  /** A class or an interface, and those that it extends. @param {string} name @param {Node} node */
  #headed(name, node) {
    const kind = node.kind === SyntaxKind.ClassDeclaration ? "class" : "interface";
    const bases = (node.heritageClauses ?? []).flatMap((/** @type {Node} */ { types }) =>
      types.map((/** @type {Node} */ each) => this.#text(each)),
    );
    return `${kind} ${name}${bases.length > 0 ? ` extends ${bases.join(", ")}` : ""}`;
  }

  /** A member that others may use; undefined of a private one and of a constructor. @param {Node} node */
  #member(node) {
    if (node.kind === SyntaxKind.Constructor || node.name?.kind === SyntaxKind.PrivateIdentifier)
      return undefined;
    const symbol = this.project.checker.getSymbolAtLocation(node.name);
    if (symbol === undefined) throw new Error("a member has no name");
    const isAsked = node.questionToken ?? node.postfixToken;
    const name = `${symbol.name}${isAsked ? "?" : ""}`;
    return this.#told(node, symbol, this.#used(name, node, symbol));
  }

  /** @param {string} name @param {Node} node @param {Named} symbol */
  #used(name, node, symbol) {
    const { kind, type, initializer } = node;
    if (kind === SyntaxKind.MethodDeclaration || kind === SyntaxKind.MethodSignature)
      return this.#called(name, node);
    if (initializer?.parameters) return this.#called(name, initializer);
    if (type) return `${name}: ${this.#text(type)}`;
    const { checker } = this.project;
    const known = checker.getTypeOfSymbol(symbol);
    return known ? `${name}: ${checker.typeToString(known)}` : name;
  }

  /** As a caller writes it: a default makes a parameter optional. @param {string} name @param {Node} node */
  #called(name, node) {
    const generic = [...(node.typeParameters ?? [])].map((each) => this.#text(each)).join(", ");
    const parameters = [...node.parameters].map((each) => {
      const isNamed = each.name.kind === SyntaxKind.Identifier;
      const mark = (each.questionToken ?? each.initializer) ? "?" : "";
      const type = each.type ? `: ${this.#text(each.type)}` : "";
      return `${isNamed ? each.name.text : "options"}${mark}${type}`;
    });
    const answer = node.type ? `: ${this.#text(node.type)}` : "";
    return `${name}${generic && `<${generic}>`}(${parameters.join(", ")})${answer}`;
  }

  /** @param {Node} node @param {Named} symbol @param {string} signature @returns {Told} */
  #told(node, symbol, signature) {
    const { checker } = this.project;
    const [first = ""] = checker.getDocumentationCommentOfSymbol(symbol).split(/\n\s*\n/);
    const errors = checker
      .getJsDocTagsOfSymbol(symbol)
      .filter(({ name }) => name === "throws")
      .map(({ text = "" }) =>
        `Throws ${text.trim().replace(/^\w+/, "`$&`")}`.replace(/\w`?$/, "$&."),
      );
    const said = [linked(node, first), ...errors].join(" ").replace(/\s+/g, " ").trim();
    return { name: symbol.name, signature, words: said };
  }

  /** @param {Node} node */
  #text(node) {
    const text = this.project.emitter.printNode(node).trim();
    return text.replace(/\s+/g, " ").replace(/; }/g, " }");
  }

  /** @param {Named} symbol @returns {Node} */
  #node(symbol) {
    const node = symbol.declarations[0]?.resolve(this.project);
    if (node === undefined) throw new Error(`${symbol.name} is declared nowhere`);
    return node;
  }
}

/** Words in which the names that the TSDoc of a node links to are code. @param {Node} node @param {string} words */
function linked(node, words) {
  let file = node;
  while (file.parent) file = file.parent;
  const source = file.text.slice(node.pos, node.end);
  const names = [...source.matchAll(/\{@link (\w+)\}/g)].map(([, name]) => name);
  return names.length === 0
    ? words
    : words.replace(new RegExp(`(?<!\`)\\b(${names.join("|")})\\b(?!\`)`, "g"), "`$1`");
}
