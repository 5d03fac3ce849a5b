import type { Said } from "../envelope.ts";

/** The user is typing to a peer. */
export interface Typing extends Said {
  readonly t: "typing";
  readonly peer: string;
}

/** A human is looking at the app. */
export interface Focus extends Said {
  readonly t: "focus";
}

/** A peer is typing to the user, or somebody in a group: the server's frame. */
export interface PeerTyping {
  readonly t: "typing";
  readonly peer: string;
  /** In a group, who types. */
  readonly user?: string;
}
