import { headers, type MsgHdrs, type NatsConnection } from "@nats-io/transport-node";
import { batchHeaders } from "./gathering.ts";
import { payloadOf, type Pending } from "./queue.ts";

/** Writes publications to a connection, which sends all that a turn has written in one go. */
export class Outlet {
  readonly #nc: NatsConnection;
  /** Headers of what is published just now, a line each. */
  #lines = "";
  /** For all of them: publishing asks for the text at once. The client's own way to it costs more than all else of a publish. */
  readonly #headers: MsgHdrs = Object.assign(headers(), {
    encode: () => Buffer.from(`NATS/1.0\r\n${this.#lines}\r\n`),
  });

  constructor(nc: NatsConnection) {
    this.#nc = nc;
  }

  /** One that is answered alone. @throws Error when it is larger than the broker takes. */
  alone(pending: Pending, reply: string): void {
    const { subject, id, after, envelope = "" } = pending.publication;
    this.#lines = named(id) + compared(after) + envelope;
    const how = this.#lines === "" ? { reply } : { reply, headers: this.#headers };
    this.#nc.publish(subject, payloadOf(pending), how);
  }

  /**
   * All as one batch of this name, with one answer.
   * @throws Error when one is larger than the broker takes: of those before it the broker makes no batch.
   */
  together(items: readonly Pending[], batch: string, reply: string): void {
    for (const [i, pending] of items.entries()) {
      const { subject, id } = pending.publication;
      this.#lines = batchHeaders(batch, items.length, i) + named(id);
      const last = i === items.length - 1;
      this.#nc.publish(subject, payloadOf(pending), {
        headers: this.#headers,
        ...(last && { reply }),
      });
    }
  }
}

const compared = (after: number | undefined): string =>
  after === undefined ? "" : `Nats-Expected-Last-Subject-Sequence: ${after}\r\n`;

const named = (id: string | undefined): string =>
  id === undefined ? "" : `Nats-Msg-Id: ${id}\r\n`;
