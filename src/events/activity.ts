import * as z from "zod";

/** Activity: what a human did; kept once per user, in the ACTIVITY stream. The gateway decides, never the client. */
export const Activity = z.object({
  type: z.literal("UserActive"),
  action: z.enum(["send", "read", "typing", "focus"]),
});
export type Activity = z.infer<typeof Activity>;
