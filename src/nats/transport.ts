import { connect, errors } from "@nats-io/transport-node";
import { NodeTransport } from "@nats-io/transport-node/lib/node_transport.js";

/** The error of a server that has ended an attempt to connect without a reason: one that wants a certificate does so. */
export const HUNG_UP = "the server has closed the connection";

const { close } = NodeTransport.prototype;
/** Transports that the library has closed: it may do so again, when they are closed in any case. */
const left = new WeakSet<NodeTransport>();

/**
 * Opens a connection as the library does (3.4.0), but for an attempt that fails before the server has answered: the library calls each a timeout, also where
 * the server has hung up, and forgets the socket of one that timed out before the first word, so that it stays open and keeps a thread from ending.
 */
export const dial: typeof connect = (options) => {
  NodeTransport.prototype.close = function (error) {
    const hasHungUp = this.isClosed && !left.has(this);
    left.add(this);
    if (hasHungUp && error instanceof errors.TimeoutError) error.message = HUNG_UP;
    if (!this.connected) this.discard();
    return close.call(this, error);
  };
  return connect(options);
};
