import type { Msg } from "@nats-io/transport-node";
import type { Replica, ReplicatedStream } from "./stream.ts";
import type { Program } from "./time.ts";

/** A connection of a program, as the cluster knows it. */
export interface Client {
  readonly program: Program;
  readonly server: number;
  readonly isOpen: boolean;
  /** Something on its way to the program; `lateMs`: besides, and overtaken by others. */
  down(arrive: () => void, lateMs?: number): void;
  hear(msg: Msg): void;
  heardBy(subject: string): readonly object[];
  cut(told: boolean): void;
  reopen(server?: number): void;
}

/** A pull consumer, as the cluster knows it. */
export interface Consumer {
  readonly name: string;
  readonly stream: ReplicatedStream;
  readonly replica: Replica;
  ask(text: string, reply: string): void;
  /** Something was stored. */
  wake(): void;
  end(): void;
}
