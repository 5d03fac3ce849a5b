/** The words of an actor host to the sessions of one gateway. */
export type RouteRecord =
  | {
      /** An entry of the mailbox, as the frame that a client sees. */
      readonly kind: "event";
      readonly sessions: readonly string[];
      readonly seq: number;
      /** Of the stream at this seq, as the host has read it; absent: 0. */
      readonly generation?: number;
      /** The entry before it in the same mailbox. */
      readonly prev: number;
      readonly frame: string;
    }
  /** The mailbox reaches as far as `seq`: the sessions may have missed something. */
  | { readonly kind: "head"; readonly sessions: readonly string[]; readonly seq: number }
  /** A frame that stands for itself and is stored nowhere. */
  | { readonly kind: "signal"; readonly sessions: readonly string[]; readonly frame: string }
  /** The sessions were closed by somebody else than their gateway, which is to close their sockets and to state the ends. */
  | { readonly kind: "closed"; readonly sessions: readonly string[]; readonly close: Elsewhere }
  | {
      /** The groups that the user of the sessions follows, as of the last entry of the own mailbox, `seq`. */
      readonly kind: "follow";
      readonly sessions: readonly string[];
      readonly seq: number;
      readonly ranges: readonly GroupRange[];
      /** It answers a question of the session's gateway, and has the ended ranges of the groups that were named. */
      readonly asked?: true;
    };

/** Range of what a user may see of a group, from the fact that let them in to the one that let them out; positions of the group. */
export interface GroupRange {
  readonly group: string;
  readonly from: number;
  readonly upTo?: number;
}

/** Record that the host of a group tells all gateways that follow it. May be lost, late, or come twice: `prev` shows it. */
export type GroupRecord =
  | {
      /** An entry that the group has accepted, as the frame that a client sees. */
      readonly kind: "event";
      readonly seq: number;
      /** As in a {@link RouteRecord}. */
      readonly generation?: number;
      /** The entry before it of those that members follow. */
      readonly prev: number;
      /** The user whose membership it ends; absent: nobody's. */
      readonly ended?: string;
      /** Position of the last one before it that ended a membership; absent: none did. */
      readonly endedBefore?: number;
      /** Present members behind it; 0: the group tells no receipts of members. */
      readonly members: number;
      readonly frame: string;
    }
  /** A member types. */
  | { readonly kind: "typing"; readonly user: string };

/** A group whose last entry, of those that members follow, is at `seq`. */
export interface Moved {
  readonly group: string;
  readonly seq: number;
}

/** Ends that somebody else than the session's gateway decides, by the close that its client is told. */
export type Elsewhere = (typeof ELSEWHERE)[number];
export const ELSEWHERE = ["replaced", "resync", "revoked", "limit"] as const;

/** How far the owner of a mailbox stream has come with it. */
export interface Routed {
  /** The number of the stream. */
  readonly k: number;
  /** Position of the entry by which the host claimed the stream (docs/adr/0036): a log that lost its end has another claim at the same seq. */
  readonly claim: number;
  /** Everything at or below this seq that concerns sessions has been handed to the routing. */
  readonly upTo: number;
}

/**
 * Parcel: one message of an actor host to a gateway. Each has the next number between the two, so a gateway knows when it has missed
 * one (docs/adr/0033).
 */
export interface Parcel {
  /** Names a host from its start to its end: its incarnation. */
  readonly host: string;
  /** From 1 on. */
  readonly n: number;
  readonly records: Iterable<RouteRecord>;
  /** The streams that the host has; absent: this parcel is no beat. */
  readonly beat?: readonly Routed[] | undefined;
  /** Of a beat: the groups of those that the gateway follows which have moved lately. */
  readonly moved?: readonly Moved[] | undefined;
}

/**
 * Carries records from actor hosts to gateways. Records for one session come in the order in which
 * they were routed, or not at all: a gateway that does not listen, a broken connection and a process
 * that dies lose them, and the mailbox has what they told (docs/adr/0011). A loss shows in the numbers of the parcels.
 */
export interface Routing {
  /** Never throws, and says nothing of whether the records have come. */
  route(gatewayId: string, records: readonly RouteRecord[]): void;
  /** Tells the gateway how far the host has come with its streams, and with groups that have moved. Due once a second. */
  beat(gatewayId: string, streams: readonly Routed[], moved?: readonly Moved[]): void;
  /** Tells whoever follows the group. Never throws, and says nothing of whether anybody has heard. */
  spread(group: string, record: GroupRecord): void;
  /** Hears what is spread of a group from now on. Returns how to end that. */
  attend(group: string, hear: (record: GroupRecord) => void): () => void;
  /** The gateways of this process, which no registry needs to name. */
  near(): Iterable<string>;
  /** Hears what is routed to the gateway from now on. Returns how to end that. */
  listen(gatewayId: string, hear: (parcel: Parcel) => void): () => void;
}

/** Gateways of which the last number is kept: more than any cluster has at once. */
const GATEWAYS_MAX = 4_096;

/** The numbers of a host's parcels, for each gateway from 1 on. */
export class Numbers {
  readonly host: string;
  readonly #last = new Map<string, number>();
  /** The highest number of a gateway that is kept no longer: should it be there after all, it sees a gap. */
  #forgotten = 0;

  constructor(host: string) {
    this.host = host;
  }

  next(gatewayId: string): number {
    const n = (this.#last.get(gatewayId) ?? this.#forgotten) + 1;
    // The one that was told something the longest ago is the first of the map.
    this.#last.delete(gatewayId);
    this.#last.set(gatewayId, n);
    if (this.#last.size > GATEWAYS_MAX) this.#forget();
    return n;
  }

  #forget(): void {
    for (const [gatewayId, n] of this.#last) {
      this.#last.delete(gatewayId);
      this.#forgotten = Math.max(this.#forgotten, n);
      return;
    }
  }
}
