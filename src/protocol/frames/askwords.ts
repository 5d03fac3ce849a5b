import type { LineChange } from "./groupline.ts";

/** Changes that are asked for in the words in which they are told. */
type Plain = "remove" | "promote" | "demote" | "describe" | "rule";

/** An ask to a group, as the user's own mailbox has it. */
export type AskWords =
  | Extract<LineChange, { do: Plain }>
  | {
      readonly do: "create";
      readonly name: string;
      readonly members?: string[] | undefined;
      /** Limits of the group for ever, as the server was set up when it was made. */
      readonly limits: { readonly members: number; readonly sendsPerSecond: number };
    }
  | { readonly do: "add"; readonly users: string[] }
  | { readonly do: "leave"; readonly why?: "limit" | undefined }
  /** `secret`: of the link; absent: there is none any more. */
  | { readonly do: "invite"; readonly secret?: string | undefined }
  | { readonly do: "join"; readonly secret: string }
  | { readonly do: "standing" };
