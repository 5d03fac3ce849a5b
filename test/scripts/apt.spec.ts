import { describe, expect, test } from "vitest";
import { archives } from "../../scripts/broker/apt.mjs";

const list = (text: string) => archives([{ file: "sources.list", text }]);
const deb822 = (text: string) => archives([{ file: "some.sources", text }]);

describe("the archives of this machine, in the one-line format", () => {
  test("are the ones with main, without the security archive, each once", () => {
    expect(
      list(
        [
          "# deb http://commented.example/debian bookworm main",
          "deb http://mirror.example/debian bookworm main contrib # why",
          "deb http://mirror.example/debian/ bookworm-updates main",
          "deb-src http://mirror.example/debian bookworm main",
          "deb http://mirror.example/debian-security bookworm-security main",
          "deb http://mirror.example/old-security buster/updates main",
          "deb https://packages.example/node nodistro stable",
          "deb cdrom:[disc]/ bookworm main",
        ].join("\n"),
      ),
    ).toEqual([{ uri: "http://mirror.example/debian" }]);
  });

  test("keep the keyring they name", () => {
    const line =
      "deb [arch=amd64 signed-by=/etc/keys/a.gpg] https://mirror.example/debian sid main";
    expect(list(line)).toEqual([
      { uri: "https://mirror.example/debian", signedBy: "/etc/keys/a.gpg" },
    ]);
  });
});

describe("the archives of this machine, in deb822", () => {
  test("are read from stanzas with comments, lists and folded fields", () => {
    expect(
      deb822(
        [
          "Types: deb deb-src",
          "# a comment inside",
          "URIs: http://one.example/debian http://two.example/debian/",
          "Suites: bookworm",
          " bookworm-updates",
          "Components: main",
          "Signed-By: /etc/keys/a.gpg",
          "",
          "Types: deb",
          "URIs: http://one.example/debian-security",
          "Suites: bookworm-security",
          "Components: main",
          "",
          "Types: deb",
          "Enabled: no",
          "URIs: http://off.example/debian",
          "Suites: sid",
          "Components: main",
        ].join("\n"),
      ),
    ).toEqual([
      { uri: "http://one.example/debian", signedBy: "/etc/keys/a.gpg" },
      { uri: "http://two.example/debian", signedBy: "/etc/keys/a.gpg" },
    ]);
  });

  test("pass on a key that is written out", () => {
    const key =
      " -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n -----END PGP PUBLIC KEY BLOCK-----";
    const text = `Types: deb\nURIs: http://one.example/debian\nSuites: sid\nComponents: main\nSigned-By:\n${key}\n`;
    expect(deb822(text)[0]?.signedBy).toContain("\n .\n abc\n");
  });
});
