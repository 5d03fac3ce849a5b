import { Counter, Gauge, type Registry } from "prom-client";

/** A figure that is read when somebody asks: one for each value of its label; without a label there is one. */
export interface Figure {
  readonly name: string;
  readonly help: string;
  readonly label?: string;
  /** Values of the label and their figures. Nothing: it is not known just now. */
  readonly read: () => Iterable<readonly [string, number]>;
}

/** The only figure of its name. */
export const alone = (figure: number | undefined): readonly (readonly [string, number])[] =>
  figure === undefined ? [] : [["", figure]];

/** Adds a figure that only rises. */
export function addCounter(registry: Registry, figure: Figure): void {
  const metric = new Counter({
    ...namesOf(figure),
    collect() {
      this.reset();
      for (const [value, number] of figure.read()) this.inc(labelled(figure, value), number);
    },
  });
  registry.registerMetric(metric);
}

/** Adds a figure that rises and falls. */
export function addGauge(registry: Registry, figure: Figure): void {
  const metric = new Gauge({
    ...namesOf(figure),
    collect() {
      // A reset leaves a 0 of a figure without a label, which nobody has read.
      this.reset();
      this.remove(labelled(figure, ""));
      for (const [value, number] of figure.read()) this.set(labelled(figure, value), number);
    },
  });
  registry.registerMetric(metric);
}

const namesOf = ({ name, help, label }: Figure) => ({
  name,
  help,
  labelNames: label === undefined ? [] : [label],
  registers: [],
});

const labelled = ({ label }: Figure, value: string): Record<string, string> =>
  label === undefined ? {} : { [label]: value };
