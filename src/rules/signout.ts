/** A sign-out as it holds: which tokens of a person, or of one device, count no longer. Times are ms since 1970. */
export interface SignOut {
  /** Absent: of every device. */
  readonly device?: string;
  /** Tokens issued before this count no longer. */
  readonly before: number;
  /** Until then no token counts; 0: all that are younger do. */
  readonly until: number;
}

/** The sign-outs of one person that may still matter: at most one for all devices, and one for each of some. */
export type SignOuts = readonly SignOut[];
export const NO_SIGN_OUTS: SignOuts = [];

/**
 * Devices that are known to be signed out each by itself: as many as a person has in years. A further one takes the
 * place of the one that may have tokens the soonest, signed out first of such; what held for that one then holds for all.
 */
export const DEVICES_MAX = 64;

/** A sign-out as it is stated. */
interface Stated {
  readonly device?: string | undefined;
  readonly before: number;
  readonly until?: number | undefined;
}

/** A session as far as a sign-out looks at it. */
export interface SignedIn {
  readonly deviceId: string;
  /** When its token was issued; absent: the token does not say, and is older than every sign-out. */
  readonly issuedAt?: number | undefined;
}

/** Is the session one that a sign-out has ended, or that may not begin at `at`? */
export const isSignedOut = (
  signOuts: SignOuts,
  { deviceId, issuedAt = -Infinity }: SignedIn,
  at: number,
): boolean =>
  signOuts.some(
    ({ device = deviceId, before, until }) =>
      device === deviceId && (issuedAt < before || at < until),
  );

/** The sign-outs after one more. They only get stricter: of each device the later `before` and the later `until` hold. */
export function signOut(signOuts: SignOuts, { device, before, until = 0 }: Stated): SignOuts {
  const same = signOuts.find((each) => each.device === device);
  const next: SignOut = {
    ...(device !== undefined && { device }),
    before: Math.max(before, same?.before ?? 0),
    until: Math.max(until, same?.until ?? 0),
  };
  return bounded([...signOuts.filter((each) => each !== same), next]);
}

/** One device too many is known no longer by itself: what holds for it holds for every device. A ban is the last to go. */
function bounded(signOuts: SignOuts): SignOuts {
  const devices = signOuts.filter(({ device }) => device !== undefined);
  if (devices.length <= DEVICES_MAX) return signOuts;
  const goes = devices.reduce((first, each) => (each.until < first.until ? each : first));
  const { device: _, ...ofAll } = goes;
  return signOut(
    signOuts.filter((each) => each !== goes),
    ofAll,
  );
}
