import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { freePort } from "../../scripts/dev/port.mjs";
import { developmentToken } from "./app.ts";
import { program, type Program } from "./program.ts";

/** A process with some roles, until the spec is over. */
export interface RoleProcess extends Program {
  /** Where devices connect to, if it is a gateway. */
  readonly url: string;
  readonly wsUrl: string;
  token(user: string): Promise<string>;
  /** Asks the admin port. */
  ask(path: string): Promise<Response>;
}

/** Gateways of one spec accept each other's tokens. */
const DEV_SECRET = "a secret that all gateways of a spec share";

/** Starts a process with these roles and settings, in a folder and on ports of its own. `main`: of another build. */
export async function startRole(
  roles: string,
  env: Readonly<Record<string, string>>,
  main?: string,
): Promise<RoleProcess> {
  const [port, admin] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const own = program(
    {
      POSTHORN_ROLES: roles,
      PORT: `${port}`,
      ADMIN_PORT: `${admin}`,
      DATA_DIR: mkdtempSync(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "role-")),
      DEV_SECRET,
      ...env,
    },
    undefined,
    main,
  );
  onTestFinished(async () => void (await own.ended("SIGKILL")));
  await own.start();
  return Object.assign(own, {
    url,
    wsUrl: `ws://127.0.0.1:${port}/v1/ws`,
    token: (user: string) => developmentToken(url, user),
    ask: (path: string) => fetch(`http://127.0.0.1:${admin}${path}`),
  });
}
