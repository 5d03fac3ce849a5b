import type { Link } from "../../src/nats/connection.ts";
import type { DestinationAt } from "../../src/nats/publish/publication.ts";
import { Publisher } from "../../src/nats/publish/publisher.ts";
import { silent } from "../support/silent.ts";

interface Encoded {
  encode(): Buffer;
}

export interface Gone {
  readonly text: string;
  readonly reply: string;
  /** The message id, if it had one. */
  readonly id: string | undefined;
  /** A line each. */
  readonly headers: string;
}

/** A publisher, what has left it, and a broker that answers what a test lets it answer, and takes what `at` says. `isThere`: it answers pings. `gathers`: it takes batches. */
export function publishing(isThere = false, destinationAt?: DestinationAt, gathers = false) {
  const gone: Gone[] = [];
  const at = { connected: true, bytesMax: Number.POSITIVE_INFINITY };
  let reconnect: () => void = () => undefined;
  const hearers = new Map<string, (error: null, msg: object) => void>();
  const nc = {
    subscribe(subject: string, { callback }: { callback: (error: null, msg: object) => void }) {
      hearers.set(subject.replace(/\*$/, ""), callback);
    },
    publish(_subject: string, payload: Buffer, options: { reply: string; headers?: Encoded }) {
      if (payload.length > at.bytesMax) throw new Error("maximum payload size exceeded");
      // As it goes out.
      const headers = String(options.headers?.encode() ?? "");
      const id = /Nats-Msg-Id: (.*)\r\n/.exec(headers)?.[1];
      gone.push({ text: String(payload), reply: options.reply, id, headers });
    },
  };
  const ping = isThere ? Promise.resolve() : new Promise<void>(() => undefined);
  const link = {
    nc: { ...nc, flush: () => ping },
    inbox: () => `_INBOX_posthorn.spec${hearers.size}`,
    onReconnect: (back: () => void) => {
      reconnect = back;
      return () => undefined;
    },
    connected: () => at.connected,
  };
  const publisher = new Publisher(link as unknown as Link, silent, destinationAt, gathers);
  publisher.start();
  const answer = ({ reply }: Gone, text: string): void => {
    const msg = { subject: reply, string: () => text };
    hearers.get(reply.slice(0, reply.lastIndexOf(".") + 1))?.(null, msg);
  };
  return { publisher, gone, answer, at, reconnect: () => reconnect() };
}
