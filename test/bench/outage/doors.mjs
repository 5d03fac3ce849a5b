// A balancer before each gateway alone, so that it is known who is where, and whoever is at one that does not answer is cut off as in production.
import { Balancer } from "../../../scripts/cluster/balancer.mjs";
import { freePort } from "../../../scripts/dev/port.mjs";

/**
 * @param {import("./cluster.mjs").Cluster} cluster
 * @param {string[]} gateways
 */
export async function openDoors(cluster, gateways) {
  const doors = await Promise.all(
    gateways.map(async (name) => {
      const port = await freePort();
      const balancer = new Balancer(port, [cluster.port(name)]);
      await balancer.start();
      return { url: `http://127.0.0.1:${port}`, balancer };
    }),
  );
  return {
    urls: doors.map(({ url }) => url),
    close: () => doors.forEach(({ balancer }) => balancer.stop()),
  };
}
