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
 * place of the one signed out first, whose tokens then count for no device any more.
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
  { deviceId, issuedAt = -1 }: SignedIn,
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

/** Of too many devices the first is known no longer by itself: its tokens count for no device. */
function bounded(signOuts: SignOuts): SignOuts {
  const [first, ...devices] = signOuts.filter(({ device }) => device !== undefined);
  if (first === undefined || devices.length < DEVICES_MAX) return signOuts;
  return signOut(
    signOuts.filter((each) => each !== first),
    { before: first.before },
  );
}
