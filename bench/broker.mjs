// The broker that a server under test has started: for what no client can ask for.
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { runningIn } from "../scripts/broker/running.mjs";

/** @typedef {import("@nats-io/transport-node").NatsConnection} Connection */

/**
 * Does something with the broker's own credentials.
 * @template Result
 * @param {string} data the folder of the server's data
 * @param {(nc: Connection) => Promise<Result>} work
 * @throws Error when the server has started no broker, or the work fails.
 */
export async function atBroker(data, work) {
  const broker = runningIn(join(data, "nats"));
  if (broker === undefined) throw new Error("this needs the broker that its server starts");
  const { NATS_URL: servers, NATS_USER: user = "", NATS_PASSWORD: pass = "" } = broker;
  const nc = await connect({ servers, user, pass });
  try {
    return await work(nc);
  } finally {
    await nc.close();
  }
}

/**
 * The bytes of all mailbox streams, as the broker counts them: messages with their subjects and headers.
 * @param {string} data
 */
export const bytesInLog = (data) =>
  atBroker(data, async (nc) => {
    const answer = (await nc.request("$JS.API.STREAM.LIST", '{"offset":0}')).json();
    /** @typedef {{ config: { name: string }, state: { bytes: number } }} Stream */
    const { streams = [], total = 0 } = /** @type {{ streams?: Stream[], total?: number }} */ (
      answer
    );
    if (streams.length < total) throw new Error(`${streams.length} of ${total} streams are listed`);
    return streams
      .filter(({ config }) => config.name.startsWith("MAILBOX_"))
      .reduce((sum, { state }) => sum + state.bytes, 0);
  });
