import type { StreamConfig } from "@nats-io/jetstream";
import { newEpoch } from "../firstword.ts";
import { EPOCH_KEY, FORMAT, FORMAT_KEY, SPLITTING } from "../topology.ts";
import { DEALT_KEY, type Named } from "../streams.ts";
import {
  checkpointStream,
  checkpointSubject,
  mailboxStream,
  mailboxSubjects,
} from "../subjects.ts";
import { isOld, type Portion } from "./deal.ts";
import { movedSubjects } from "./observation.ts";

/** Configurations of streams on their way from one to several. Pure but for the name of a new life. */

/** A subject as a mirror takes it over under another, whose wildcards stand in the same order. */
function taken(subject: string, as = subject): { src: string; dest: string } {
  let n = 0;
  return { src: subject, dest: as.replaceAll("*", () => `{{wildcard(${++n})}}`) };
}

/** The mirror of an old mailbox stream that becomes the new one of a share. */
export const mailboxMirror = (source: Named, share: Portion): Named =>
  mirror(
    source,
    mailboxStream(share.k),
    movedSubjects(share).map((subject) => taken(subject)),
  );

/** The mirror of what the actors of the old stream have saved. */
export const checkpointMirror = (source: Named, { k, of }: Portion): Named =>
  mirror(source, checkpointStream(k), [
    taken(checkpointSubject(of, ">"), checkpointSubject(k, ">")),
  ]);

function mirror(source: Named, name: string, transforms: ReturnType<typeof taken>[]): Named {
  const { subjects: _subjects, ...rest } = source;
  return {
    ...rest,
    name,
    // A mirror takes no batches.
    allow_atomic: false,
    mirror: { name: source.name, subject_transforms: transforms },
    metadata: { ...source.metadata, [FORMAT_KEY]: SPLITTING },
  };
}

/** The mailbox stream that the mirror becomes: the life of its source, since seqs and times stay. */
export const promotedMailbox = (own: Named, source: Named, share: Portion, into: number): Named =>
  promoted(own, {
    subjects: mailboxSubjects(share.k, share.slots),
    ...(source.allow_atomic !== undefined && { allow_atomic: source.allow_atomic }),
    metadata: { ...source.metadata, [FORMAT_KEY]: FORMAT, [DEALT_KEY]: `${into}` },
  });

/** The stream of records that the mirror becomes. */
export const promotedCheckpoint = (own: Named, source: Named, { k }: Portion): Named =>
  promoted(own, {
    subjects: [checkpointSubject(k, ">")],
    metadata: { ...source.metadata, [FORMAT_KEY]: FORMAT, [EPOCH_KEY]: newEpoch() },
  });

/** The server turns `mirror_direct` on by itself, and off in the promoting update alone. */
function promoted(own: Named, more: Partial<StreamConfig>): Named {
  const { mirror: _mirror, ...rest } = own;
  return { ...rest, ...more, mirror_direct: false };
}

/** The subjects of an old stream; `marks`: it takes those of its new streams. */
export const keptSubjects = (shares: readonly Portion[], of: number, marks: boolean): string[] =>
  shares
    .filter((share) => share.of === of)
    .flatMap((share) => {
      if (isOld(share)) return mailboxSubjects(share.k, share.slots);
      return marks ? movedSubjects(share).slice(-1) : [];
    });
