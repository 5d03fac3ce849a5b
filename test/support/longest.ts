import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * The specs that take longest, above all by waiting: they begin first, lest one of them runs alone at the end. Where vitest has
 * seen a run before it knows better; a machine of CI never has.
 */
const LONGEST: readonly string[] = [
  "test/scripts/start.spec.ts",
  "test/faults/hosts.spec.ts",
  "test/faults/views.spec.ts",
  "test/browser/page.spec.ts",
  "test/scripts/cluster.spec.ts",
  "test/e2e/bot.spec.ts",
  "test/faults/process.spec.ts",
  "test/e2e/replicas.spec.ts",
  "test/faults/commit.spec.ts",
  "test/e2e/badinput/start.spec.ts",
  "test/e2e/regroup.spec.ts",
  "test/browser/browser.spec.ts",
  "test/faults/disk.spec.ts",
  "test/browser/react.spec.ts",
  "test/faults/apart.spec.ts",
  "test/e2e/client.spec.ts",
  "test/scripts/dev.spec.ts",
  "test/faults/broker.spec.ts",
  "test/browser/groups.spec.ts",
  "test/faults/gateways.spec.ts",
  "test/faults/routes.spec.ts",
  "test/browser/sitedata.spec.ts",
  "test/broker/declared.spec.ts",
  "test/projections/disk.spec.ts",
  "test/broker/balance.spec.ts",
  "test/broker/waiting.spec.ts",
  "test/broker/registry.spec.ts",
  "test/broker/rollback.spec.ts",
  "test/host/datalock.spec.ts",
  "test/client/convergence.spec.ts",
];

/** Runs the longest specs of a group first. */
export class LongestFirst extends BaseSequencer {
  override async sort(specs: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.indexOf(relative(this.ctx.config.root, moduleId));
      return at < 0 ? LONGEST.length : at;
    };
    return (await super.sort(specs)).toSorted((a, b) => place(a) - place(b));
  }
}
