/** The stream that is asked when somebody was last seen; every other one holds mailboxes. */
export const ACTIVITY = "ACTIVITY";

/** The taking of questions about one stream, from where gateways ask them. */
export interface Serving {
  /** True: questions that go to one of the current replicas are taken, too. False, as at first: only those that none of these has answered. */
  beCurrent(isCurrent: boolean): void;
  /** Takes no more questions. */
  end(): void;
}
