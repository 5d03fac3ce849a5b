/**
 * How a follower comes by its entries (docs/adr/0012). *live*: the broker pushes each as soon as it is
 * stored. *gathering*: the follower asks for what has gathered, each time it has taken what it had.
 */
export type Pace = "live" | "gathering";

/** The broker's time in its answer, ms since 1970. @throws Error when it says none. */
export function timeOf(ts = ""): number {
  const at = Date.parse(ts);
  if (Number.isNaN(at)) throw new Error("the broker does not say what time it is");
  return at;
}
