import { errors, type NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { connect } from "../../src/nats/connection.ts";
import { NotYetError } from "../../src/nats/notyet.ts";
import { ensureTopology } from "../../src/nats/topology.ts";
import { startBroker } from "../support/broker.ts";
import { silent } from "../support/silent.ts";

const WISH = { partitions: 1, replicas: 1 };

/** A connection on which one question comes to nothing, or is carried out and its answer comes to nothing. */
function deafAt(nc: NatsConnection, n: number, how: "question" | "answer") {
  let asked = 0;
  const request: NatsConnection["request"] = async (...question) => {
    const isLost = ++asked === n;
    if (isLost && how === "question") throw new errors.TimeoutError();
    const answer = await nc.request(...question);
    if (isLost) throw new errors.TimeoutError();
    return answer;
  };
  const deaf = new Proxy(nc, {
    get(target, name) {
      const own: unknown = name === "request" ? request : Reflect.get(target, name, target);
      return typeof own === "function" ? (own.bind(target) as unknown) : own;
    },
  });
  return {
    nc: deaf,
    get asked() {
      return asked;
    },
  };
}

/** Loses the n-th question of a start. Returns whether there was one; in the end all is there. */
async function lose(nc: NatsConnection, n: number, how: "question" | "answer"): Promise<boolean> {
  const way = deafAt(nc, n, how);
  const error = await ensureTopology(way.nc, WISH).then(
    () => undefined,
    (why: unknown) => why,
  );
  // A question that is asked twice by itself ends in nothing that has to be waited for.
  if (error !== undefined) expect([n, how, error]).toEqual([n, how, expect.any(NotYetError)]);
  expect(await ensureTopology(nc, WISH)).toMatchObject(WISH);
  return way.asked >= n;
}

test("a start one of whose questions is lost, or its answer, waits and goes on, whichever it is, and however much was made before", async () => {
  let n = 1;
  for (let isOver = false; !isOver; n++) {
    // A server of its own for each: nothing is there at first, and then all is.
    const server = await startBroker();
    try {
      const { nc } = await connect({ url: server.url }, "spec", silent);
      isOver = !(await lose(nc, n, "answer"));
      await lose(nc, n, "answer");
      await lose(nc, n, "question");
      await nc.close();
    } finally {
      await server.stop();
    }
  }
  expect(n).toBeGreaterThan(8);
});
