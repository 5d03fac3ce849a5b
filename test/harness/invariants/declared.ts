import type { Invariant } from "./invariant.ts";

/** I19: a gateway is dead when the registry says so, and not when somebody has not heard of it for a while. */
export const declared: Invariant = {
  id: "I19",
  promise: "a session is closed for its gateway's death only behind the declaration of that",
  breaches({ lines, mailboxes }) {
    const deaths = new Map(
      lines.flatMap((line) => (line.what === "declared" ? [[line.gatewayId, line.wall]] : [])),
    );
    return [...mailboxes].flatMap(([owner, entries]) => {
      const gateways = new Map<string, string>();
      return entries.flatMap(({ event, seq, wall }) => {
        const { type, sessionId = "", gatewayId = "", reason } = event;
        if (type === "SessionOpened") gateways.set(sessionId, gatewayId);
        const gateway = gateways.get(sessionId);
        if (reason !== "gateway-lost" || gateway === undefined) return [];
        if ((deaths.get(gateway) ?? Infinity) <= wall) return [];
        return [
          `the mailbox of ${owner} has at ${seq} the end of a session of ${gateway}, which was not declared dead by then`,
        ];
      });
    });
  },
};
