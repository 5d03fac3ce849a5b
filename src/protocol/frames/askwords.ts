import type { Who } from "./groupline.ts";

/** An ask to a group, as the user's own mailbox has it. */
export type AskWords =
  | {
      readonly do: "create";
      readonly name: string;
      readonly members?: string[] | undefined;
      /** Limits of the group for ever, as the server was set up when it was made. */
      readonly limits: { readonly members: number; readonly sendsPerSecond: number };
    }
  | { readonly do: "add"; readonly users: string[] }
  | { readonly do: "remove"; readonly user: string }
  | { readonly do: "leave"; readonly why?: "limit" | undefined }
  | { readonly do: "promote"; readonly user: string }
  | { readonly do: "demote"; readonly user: string }
  | {
      readonly do: "describe";
      readonly name?: string | undefined;
      readonly about?: string | undefined;
    }
  | {
      readonly do: "rule";
      readonly send?: Who | undefined;
      readonly edit?: Who | undefined;
      readonly add?: Who | undefined;
    }
  /** `secret`: of the link; absent: there is none any more. */
  | { readonly do: "invite"; readonly secret?: string | undefined }
  | { readonly do: "join"; readonly secret: string }
  | { readonly do: "standing" };
