/** Limits of the log's language that clients are told, or that other folders rest on: each has its one place here. */

/** Slots of the mailboxes, for ever: streams may be split, the slot of an owner never changes (docs/adr/0017). A stream has one at least. */
export const SLOTS = 1_024;
/** Characters of an epoch. */
export const EPOCH_CHARS_MAX = 64;
/** Users that one ask may name. */
export const ASKED_USERS_MAX = 256;
/** As large as a group can be, whatever the settings. */
export const GROUP_SIZE_MAX = 5_000;
/** Groups that a user is in at once: their own actor declines the next. */
export const GROUPS_MAX = 500;
/** Stays that are known of one group: older ones are served by nobody. */
export const STAYS_MAX = 64;
