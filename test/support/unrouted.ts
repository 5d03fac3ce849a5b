import type { Routing } from "../../src/protocol/internal/routes.ts";

/** Routes nowhere, and hears nothing: of a role that runs alone. */
export const unrouted: Routing = {
  route: () => undefined,
  beat: () => undefined,
  near: () => [],
  spread: () => undefined,
  attend: () => () => undefined,
  listen: () => () => undefined,
};
