/**
 * The envelope of a group's fact: headers of the stored entry, so that a gateway, which opens no event, knows whom not to hand
 * the next one. Of a fact that ends a membership, the member's id.
 */
export const ENDED_HEADER = "Posthorn-Ended";
/** Position of the last fact before it in the same group that ended a membership. Absent: none did. */
export const ENDED_BEFORE_HEADER = "Posthorn-Ended-Before";
