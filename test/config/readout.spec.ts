import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { printConfig } from "../../src/cli/printconfig.ts";
import { Given } from "../../src/config/settings.ts";
import { readout } from "../../src/config/readout.ts";
import { commanded } from "../support/command.ts";
import { folder } from "../support/folder.ts";

const SECRET = "pa55word-pa55word-pa55word-pa55word";

describe("the settings as they are shown", () => {
  test("are all of them, each with its value and where it comes from", () => {
    const lines = readout({
      POSTHORN_ROLES: "gateway,actors",
      PORT: "9000",
      ALLOWED_ORIGINS: "https://a,https://b",
    });
    expect(lines).toHaveLength(Object.keys(Given.shape).length);
    for (const line of [
      "POSTHORN_ROLES=gateway,actors",
      "PORT=9000",
      "ALLOWED_ORIGINS=https://a,https://b",
      "AUTH=dev   # default",
      "REPLICAS=1   # default",
      "ADMIN_PORT=   # default",
    ])
      expect(lines).toContain(line);
  });

  test("[O5] have no secret in them, from the environment, a file or a URL", () => {
    const file = join(folder(), "secret");
    writeFileSync(file, SECRET);
    const monitors = `http://posthorn:${SECRET}@a:8222,http://b:8222`;
    const files = { AUTH: "dev", DEV_SECRET_FILE: file, JWT_SECRET_FILE: file };
    const env = { NATS_MONITOR_URL: monitors, NATS_USER: "posthorn", ...files };
    const lines = readout({ ...env, NATS_PASSWORD: SECRET });
    expect(lines.join("\n")).not.toContain("pa55");
    for (const name of ["NATS_TOKEN", "NATS_CREDS"])
      expect(readout({ [name]: SECRET }).join("\n")).not.toContain("pa55");
    expect(lines).toContain("NATS_MONITOR_URL=http://***@a:8222,http://b:8222");
    expect(lines).toContain(`DEV_SECRET=***   # of ${file}`);
  });

  test("[O5] are not shown where one is wrong: every fault is, without its value", async () => {
    const env = { PORT: "x", JWT_SECRET: "pa55word" };
    expect(await commanded(printConfig, [], env)).toEqual({
      code: 1,
      out: "",
      err: "posthorn: settings are wrong: PORT: a whole number; JWT_SECRET: at least 32 characters\n",
    });
    for (const word of ["x", "--y"])
      expect((await commanded(printConfig, [word], {})).code).toBe(2);
  });
});
