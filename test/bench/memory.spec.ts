import { expect, test } from "vitest";
import { viewsKibIn } from "../../bench/proc.mjs";
import { fileIn, folderOf } from "../../src/projections/store/store.ts";

/** A mapping of a process as Linux shows it in smaps, shortened. */
const mapping = (path: string, kib: number): string =>
  `7f3c00000000-7f3c40000000 r--s 00000000 fe:01 131 ${path}
Size:            1048576 kB
KernelPageSize:        4 kB
Rss:               ${kib} kB
Pss:                 100 kB
`;

test("resident memory is given without the mapped views, each stream's file of them", () => {
  const of = (stream: string): string => fileIn(folderOf("/var/lib/posthorn/views", stream));
  const smaps =
    mapping("/usr/bin/node", 40_000) +
    mapping(of("MAILBOX_0"), 700) +
    mapping("[heap]", 9_000) +
    mapping(of("MAILBOX_7"), 50) +
    mapping(of("ACTIVITY"), 0);
  expect(viewsKibIn(smaps)).toBe(750);
});
