/** Those of a group who may do something. */
export type Who = "all" | "admins";

/** A change of a group. `add` and `create` name all whom they have let in; the creator is the first. */
export type LineChange =
  | {
      readonly do: "create";
      readonly name: string;
      readonly members: readonly string[];
      /** Limits of the group for ever. */
      readonly limits: { readonly members: number; readonly sendsPerSecond: number };
    }
  | { readonly do: "add"; readonly users: readonly string[] }
  | { readonly do: "remove"; readonly user: string }
  | {
      readonly do: "leave";
      readonly user: string;
      /** The admin from now on, where nobody else was left who is one. */
      readonly successor?: string | undefined;
      /** They were the last one: the group has ended. */
      readonly ended?: true | undefined;
      /** They were in too many groups. */
      readonly why?: "limit" | undefined;
    }
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
  | { readonly do: "invite"; readonly on: boolean }
  | { readonly do: "join"; readonly user: string };
