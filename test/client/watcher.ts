import type { ChatClient } from "../../src/client/client.ts";

/**
 * Reads every getter of a client whenever a change is announced. Reports objects that are new though their
 * content is not, and such that have changed. Returns a look at any moment between two turns: what
 * differs then from what was read last was not announced.
 */
export function watchState(
  client: ChatClient,
  peers: readonly string[],
  report: (breach: string) => void,
): () => void {
  const read = (): [name: string, answer: unknown][] => [
    ["chats", client.chats()],
    ["connection", client.connection],
    ...peers.flatMap((peer): [string, unknown][] => [
      [`messages ${peer}`, client.messages(peer)],
      [`typing ${peer}`, client.typing(peer)],
      [`presence ${peer}`, client.presence(peer)],
    ]),
  ];
  let last = read().map(([, answer]) => ({ answer, text: JSON.stringify(answer) }));
  client.subscribe(() => {
    last = read().map(([name, answer], i) => {
      const before = last[i];
      const text = JSON.stringify(answer);
      if (answer === before?.answer && text !== before?.text) report(`${name}: was written over`);
      if (answer !== before?.answer && text === before?.text) report(`${name}: is new for nothing`);
      return { answer, text };
    });
  });
  return () => {
    for (const [i, [name, answer]] of read().entries())
      if (answer !== last[i]?.answer) report(`${name}: was not announced`);
  };
}
