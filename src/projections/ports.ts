/** The stream that is asked when somebody was last seen; every other one holds mailboxes. */
export const ACTIVITY = "ACTIVITY";
