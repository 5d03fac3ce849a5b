import { signal, type ReadonlySignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { ChatClient, MemberRow } from "../src/client/client.ts";
import { useClient } from "../src/preact/preact.ts";

/** Pages of members that are asked for: a group has no more. */
const PAGES_MAX = 30;

/** All members of a group, by their ids. */
async function load(client: ChatClient, group: string): Promise<readonly MemberRow[]> {
  const all: MemberRow[] = [];
  for (let page = 0; page < PAGES_MAX; page++) {
    const after = all.at(-1)?.user;
    const { members, more } = await client
      .group(group)
      .members({ limit: 200, ...(after !== undefined && { after }) });
    all.push(...members);
    if (!more) break;
  }
  return all;
}

/** The members of a group, asked for again whenever they differ. Empty until they are known, and of a person. */
export function useMembers(group: string | undefined): ReadonlySignal<readonly MemberRow[]> {
  const client = useClient();
  const members = useMemo(() => signal<readonly MemberRow[]>([]), [group]);
  useEffect(() => {
    if (group === undefined) return undefined;
    let wanted = true;
    const ask = (): void => {
      if (client.connection.state !== "online") return;
      load(client, group).then(
        (all) => {
          if (wanted) members.value = all;
        },
        // Without an answer what was known stays.
        () => undefined,
      );
    };
    ask();
    let state = client.connection.state;
    const ends = [
      client.on("members", (told) => told.group === group && ask()),
      client.on("group", (told) => told.group === group && ask()),
      client.subscribe(() => {
        if (state !== client.connection.state && client.connection.state === "online") ask();
        state = client.connection.state;
      }),
    ];
    return () => {
      wanted = false;
      for (const end of ends) end();
    };
  }, [group]);
  return members;
}
