import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { validateWorkflow } from "@action-validator/core";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

const TOP = join(import.meta.dirname, "../..");
const read = (name: string): string => readFileSync(join(TOP, name), "utf8");
const WORKFLOW = read(".github/workflows/ci.yml");

interface Workflow {
  readonly jobs: {
    readonly run: {
      readonly strategy: { readonly matrix: { readonly os: string[]; readonly node: number[] } };
      readonly steps: readonly { readonly run?: string }[];
    };
  };
}

describe("the workflow of the forge", () => {
  test("follows the schema of workflows", () => {
    expect(validateWorkflow(WORKFLOW).errors).toEqual([]);
    expect(validateWorkflow(WORKFLOW.replace("runs-on", "run-on")).errors).not.toEqual([]);
  });

  test("runs what a desk runs, on both systems and each Node that is supported", () => {
    const { strategy, steps } = (parse(WORKFLOW) as Workflow).jobs.run;
    expect(strategy.matrix.os.map((name) => name.split("-")[0])).toEqual(["ubuntu", "macos"]);
    expect(strategy.matrix.node).toEqual([20, 22, 24]);
    expect(steps.filter(({ run }) => run === "bash .ci/run")).toHaveLength(1);
    const { engines } = JSON.parse(read("package.json")) as { engines: { node: string } };
    expect(engines.node).toMatch(new RegExp(`^>=${strategy.matrix.node[0]}\\.`));
    expect(strategy.matrix.node).toContain(Number(read(".nvmrc")));
  });
});

test("every form for an issue asks something and says why", () => {
  const folder = ".github/ISSUE_TEMPLATE";
  const forms = readdirSync(join(TOP, folder)).filter((name) => name !== "config.yml");
  expect(forms).toEqual(["bug.yml", "idea.yml"]);
  for (const form of forms) {
    const { name, description, body } = parse(read(join(folder, form))) as {
      name: string;
      description: string;
      body: { type: string; id?: string; attributes: { label?: string } }[];
    };
    expect(name && description).toBeTruthy();
    const fields = body.filter(({ type }) => type !== "markdown");
    expect(fields.filter(({ id, attributes }) => !id || !attributes.label)).toEqual([]);
    expect(fields.length).toBeGreaterThan(0);
  }
});
