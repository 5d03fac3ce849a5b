import {
  credsAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
  type Authenticator,
} from "@nats-io/transport-node";

/** The credentials of this process at the broker. They are asked for at each attempt to connect, so they may change between two. */
export interface Login {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  /** Contents of a .creds file. */
  readonly creds?: string | undefined;
}

/** The authenticators for a login; of what is absent now none is made. */
export function authenticators(login: Login): Authenticator[] {
  const made: Authenticator[] = [];
  const { user, token, creds } = login;
  const current = () => login.user ?? user ?? "";
  if (user !== undefined)
    made.push(usernamePasswordAuthenticator(current, () => login.password ?? ""));
  if (token !== undefined) made.push(tokenAuthenticator(() => login.token ?? token));
  if (creds !== undefined) made.push(byCreds(login, creds));
  return made;
}

/**
 * Signs by the creds as they are now, or by the last that could be read: an authenticator that throws ends the connection for good,
 * and a file may be half written.
 */
function byCreds(login: Login, first: string): Authenticator {
  let good = first;
  const sign = (creds: string, nonce?: string) =>
    credsAuthenticator(new TextEncoder().encode(creds))(nonce);
  return (nonce) => {
    const creds = login.creds ?? good;
    try {
      const signed = sign(creds, nonce);
      good = creds;
      return signed;
    } catch (error) {
      if (creds === good) throw error;
      return sign(good, nonce);
    }
  };
}
