import { expect, test } from "vitest";
import type { Link } from "../../src/nats/connection.ts";
import { BrokerTime } from "../../src/nats/time.ts";
import { silent } from "../support/silent.ts";

test.each([{}, { ts: "" }, { ts: "soon" }])(
  "no age is told by a broker that says %j",
  async (said) => {
    const request = async () => ({ json: () => said });
    const time = new BrokerTime({ nc: { request } } as unknown as Link, silent);
    await expect(time.age(0)).rejects.toThrow("does not say what time it is");
  },
);
