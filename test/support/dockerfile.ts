import { readFileSync } from "node:fs";

/** One instruction of a Dockerfile, on one line. */
export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** A stage: everything behind one FROM. */
export interface Stage {
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** Reads a Dockerfile: its stages with their instructions, lines that go on joined, comments gone. */
export function readDockerfile(file: string): Stage[] {
  const text = readFileSync(file, "utf8");
  const lines = text
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line !== "");
  const stages: { name: string | undefined; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [name = "", ...words] = line.split(" ");
    const rest = words.join(" ");
    if (name === "FROM") stages.push({ name: / AS (\w+)$/.exec(rest)?.[1], instructions: [] });
    else stages.at(-1)?.instructions.push({ name, rest });
  }
  return stages;
}

/** The arguments of all instructions of that name in a stage. */
export const saidIn = ({ instructions }: Stage, name: string): string[] =>
  instructions.filter((each) => each.name === name).map(({ rest }) => rest);

/** The words of an instruction in exec form, `["node", "x"]`. */
export const words = (rest: string): string[] =>
  JSON.parse(rest.slice(rest.indexOf("["))) as string[];

/** The variables of `ENV A=b C=d`. */
export const variables = (rest: string): Record<string, string> =>
  Object.fromEntries(
    rest.split(" ").map((pair) => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at), pair.slice(at + 1)] as const;
    }),
  );
