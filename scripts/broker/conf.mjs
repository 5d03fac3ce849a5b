/**
 * @typedef {object} Conf
 * @property {string} dir Folder of this server: store, log, pid file and ports file.
 * @property {number} [port] Client port; absent: any free one, named in the ports file.
 * @property {number} [monitorPort] Monitoring port; absent: any free one.
 * @property {"1s" | "always"} [sync] When the store is flushed to the disk; default every second.
 * @property {{ user: string, password: string }} [login] Who may connect; absent: anybody on this host.
 */

/**
 * The configuration of a nats-server of our own: loopback only, JetStream on disk.
 * @param {Conf} conf
 */
export const render = ({ dir, port = -1, monitorPort = -1, sync = "1s", login }) =>
  [
    "# Written at each start: changes made here are lost.",
    "server_name: posthorn",
    `listen: "127.0.0.1:${port}"`,
    "# Monitoring tells Posthorn which durability its acks have.",
    `http: "127.0.0.1:${monitorPort}"`,
    `pid_file: ${quote(`${dir}/nats.pid`)}`,
    `ports_file_dir: ${quote(dir)}`,
    `log_file: ${quote(`${dir}/nats.log`)}`,
    "logfile_size_limit: 10MB",
    "logfile_max_num: 3",
    "max_payload: 256KB",
    ...(login ? [`authorization: ${quote(login)}`] : []),
    `jetstream: { store_dir: ${quote(`${dir}/store`)}, sync_interval: ${sync} }`,
    "",
  ].join("\n");

/** nats-server reads JSON. @param {unknown} value */
const quote = (value) => JSON.stringify(value);
