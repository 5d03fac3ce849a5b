import { join } from "node:path";
import { TOP } from "../run.mjs";
import { brokerConf } from "./brokerconf.mjs";
import { dockerHaproxy } from "./haproxy.mjs";
import { brokersIn, PARTITIONS, rolesIn } from "./layout.mjs";
import { USUAL } from "./options.mjs";

/** The configurations of docker/compose.cluster.yaml, by the functions that make those of `npm run cluster`; `npm run record` writes them down. */

const FOLDER = join(TOP, "docker", "cluster");
const HEAD = "# Made by npm run record: changes made here are lost.\n";
/** Each container has its own certificate, and the authority's, in these places. */
const CERTIFICATE = {
  cert: "/run/secrets/tls-cert",
  key: "/run/secrets/tls-key",
  ca: "/run/secrets/ca",
};

/** One for all three servers, which have their names from their environment. @param {boolean} isEncrypted */
const nats = (isEncrypted) =>
  brokerConf({
    name: "$SERVER_NAME",
    listen: { client: "0.0.0.0:4222", monitor: "0.0.0.0:8222", route: "0.0.0.0:6222" },
    store: "/data",
    // An include is relative to the file that has it.
    passwords: "../../run/secrets/passwords.conf",
    address: "$SERVER_NAME",
    routes: brokersIn(USUAL).map((name) => `nats://${name}:6222`),
    certificate: isEncrypted ? CERTIFICATE : undefined,
    streams: PARTITIONS,
  });

/** @param {boolean} isEncrypted */
const haproxy = (isEncrypted) =>
  dockerHaproxy(rolesIn(USUAL).gateway, isEncrypted ? CERTIFICATE.ca : undefined);

/** The files and their texts. @returns {[file: string, text: string][]} */
export const dockerConfs = () =>
  [
    ["nats.conf", nats(false)],
    ["nats.tls.conf", nats(true)],
    ["haproxy.cfg", haproxy(false)],
    ["haproxy.tls.cfg", haproxy(true)],
  ].map(([name = "", text = ""]) => [join(FOLDER, name), `${HEAD}${text}`]);
