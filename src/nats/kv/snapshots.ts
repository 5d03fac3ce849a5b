import type { Texts } from "../../actors/ports.ts";
import type { Publisher } from "../publish/publisher.ts";
import { kvStream, kvSubject, place } from "../subjects.ts";
import { SNAPSHOTS } from "../streams.ts";
import type { Topology } from "../topology.ts";

const decoder = new TextDecoder();

/** The last snapshot of each actor, as it was written. */
export const snapshotTexts = ({ jsm }: Topology, publisher: Publisher) =>
  ({
    async load(owner) {
      const found = await jsm.direct.getMessage(kvStream(SNAPSHOTS), {
        last_by_subj: kvSubject(SNAPSHOTS, place(owner)),
      });
      return found === null ? undefined : decoder.decode(found.data);
    },
    async save(owner, text) {
      await publisher.publish(kvSubject(SNAPSHOTS, place(owner)), text);
    },
  }) satisfies Texts;
