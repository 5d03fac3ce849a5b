import type { Logger } from "pino";
import type { Settings } from "../config/settings.ts";
import { connect, type Address, type Link } from "../nats/connection.ts";
import { inTime } from "../nats/silence.ts";
import type { Scope } from "./scope.ts";
import { asOfNow } from "./secretfile.ts";

/** A connection as the settings say, until the scope ends. @throws StartError; NotYetError when the broker says nothing. */
export async function connectAs(
  settings: Settings,
  name: string,
  scope: Scope,
  log: Logger,
): Promise<Link> {
  const link = await connect(addressOf(settings, log), name, log);
  scope.defer(() => link.drain());
  return link;
}

/** As {@link connectAs}, for a start: a broker that says nothing is waited for. @throws StartError */
export const connectInTime = (
  settings: Settings,
  name: string,
  scope: Scope,
  log: Logger,
): Promise<Link> => inTime(log, () => connectAs(settings, name, scope, log));

/** The authorities by which the broker's certificate is checked, read again each time that they are asked for; undefined: those of this machine. */
export const authoritiesOf = (settings: Settings, log: Logger): (() => string | undefined) =>
  secretOf(settings, "NATS_TLS_CA", log);

/** The text of a setting, as its file has it when it is asked for. */
function secretOf(settings: Settings, name: Secret, log: Logger): () => string | undefined {
  const { [name]: text, files } = settings;
  const file = files[name];
  return asOfNow(text === undefined ? undefined : { text, ...(file && { file }) }, log);
}

type Secret =
  | "NATS_USER"
  | "NATS_PASSWORD"
  | "NATS_TOKEN"
  | "NATS_CREDS"
  | "NATS_TLS_CA"
  | "NATS_TLS_CERT"
  | "NATS_TLS_KEY";

/** The broker's address, with credentials and certificates that are read again at each attempt to connect. */
function addressOf(settings: Settings, log: Logger): Address {
  const secret = (name: Secret) => secretOf(settings, name, log);
  const [user, password] = [secret("NATS_USER"), secret("NATS_PASSWORD")];
  const [token, creds] = [secret("NATS_TOKEN"), secret("NATS_CREDS")];
  const [ca, cert, key] = [secret("NATS_TLS_CA"), secret("NATS_TLS_CERT"), secret("NATS_TLS_KEY")];
  return {
    url: settings.NATS_URL,
    certificates: {
      get ca() {
        return ca();
      },
      get cert() {
        return cert();
      },
      get key() {
        return key();
      },
    },
    get user() {
      return user();
    },
    get password() {
      return password();
    },
    get token() {
      return token();
    },
    get creds() {
      return creds();
    },
  };
}
