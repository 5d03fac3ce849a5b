import type { Run } from "./command.ts";

/** A command as `posthorn --help` shows it. */
export interface Listed {
  /** The purpose, in one line. */
  readonly says: string;
  /** Brings in the module, and all that it needs, only when the command is asked for. */
  load(): Promise<Run>;
}

/** The commands of `posthorn` by name, in the order of its help. */
export const COMMANDS: ReadonlyMap<string, Listed> = new Map([
  [
    "start",
    {
      says: "runs Posthorn, or some roles of it, in this process, until a signal",
      load: async () => (await import("./start.ts")).start,
    },
  ],
  [
    "init",
    {
      says: "makes the streams that are missing",
      load: async () => (await import("./init.ts")).init,
    },
  ],
  [
    "sessions",
    {
      says: "the open sessions of a person",
      load: async () => (await import("./sessions.ts")).sessionsOf,
    },
  ],
  [
    "disconnect",
    {
      says: "signs a person out, on all devices or one",
      load: async () => (await import("./disconnect.ts")).disconnect,
    },
  ],
  [
    "views",
    {
      says: "compares the views with the log, or makes them anew",
      load: async () => (await import("./views.ts")).views,
    },
  ],
  [
    "check",
    {
      says: "holds the mailboxes against one another, and names what is wrong",
      load: async () => (await import("./check.ts")).check,
    },
  ],
  [
    "generation",
    {
      says: "a mailbox stream goes on in a new generation",
      load: async () => (await import("./generations.ts")).generation,
    },
  ],
  [
    "backup",
    {
      says: "writes the streams into a folder, while Posthorn runs or not",
      load: async () => (await import("./backup.ts")).backup,
    },
  ],
  [
    "restore",
    {
      says: "puts back the streams of a backup, while Posthorn is stopped",
      load: async () => (await import("./restore.ts")).restore,
    },
  ],
  [
    "cluster",
    {
      says: "spreads the leaders of the streams over the servers of the broker",
      load: async () => (await import("./balance.ts")).cluster,
    },
  ],
  [
    "partitions",
    {
      says: "deals the mailboxes to more streams, while Posthorn is stopped",
      load: async () => (await import("./partitions.ts")).partitions,
    },
  ],
  [
    "config",
    {
      says: "prints the settings as they are read, without secrets",
      load: async () => (await import("./printconfig.ts")).printConfig,
    },
  ],
  [
    "doctor",
    {
      says: "looks whether Posthorn can run here",
      load: async () => (await import("./doctor.ts")).doctor,
    },
  ],
]);
