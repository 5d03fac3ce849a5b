import { OutrunError } from "../../events/record.ts";

/** A publication to be stored, and what is told to those who wait for it. */
export interface Publication {
  readonly subject: string;
  /** A name: the broker drops what it has stored under the same one a short while ago. */
  readonly id?: string | undefined;
  /**
   * Others go ahead of it. `patient`: while the broker is behind, for a tenth of a second at most (docs/adr/0010). `bulk`: one of a group's
   * many, of which few are unanswered at once (docs/adr/0070).
   */
  readonly yields?: "patient" | "bulk" | undefined;
  /** It is stored if the last entry at its subject is still the one at this seq (0: there is none); it goes in no batch. */
  readonly after?: number;
  /** Headers that are stored with it, a line each; of one that goes in no batch. */
  readonly envelope?: string;
  /** It goes in no batch: the broker may know its id, and would refuse the others with it (docs/adr/0023). */
  readonly alone?: boolean;
  /** It waits as long as its stream is away, and is never given up; else it is, after a minute. */
  readonly lasting?: boolean;
  /** Somebody waits for the answer, and will repeat it: while its stream is away it is refused soon, also when it has gone out. */
  readonly hasty?: boolean;
  /** Characters of the payload, about; absent: few. */
  readonly chars?: number;
  /** Asked for when it goes out; until then it may change. */
  payload(): string;
  /** It is stored; a repeat of `id` is told the seq of the first. */
  stored(seq: number, duplicate: boolean): void;
  /**
   * UnavailableError: not within a minute, too many wait, or its stream is away. RefusedError: larger
   * than the broker takes. OutrunError: the last entry at its subject is not the one that it says.
   */
  failed(error: Error): void;
}

/** The place of a publication. */
export interface Destination {
  readonly stream: string;
  /** It takes batches. */
  readonly gathers: boolean;
}

/** The place of what is published to a subject. */
export type DestinationAt = (subject: string) => Destination;

/** The broker's word about something that is stored. */
export interface Stored {
  readonly seq: number;
  /** It knows the name: what lies at `seq` was stored before, and may be something else. */
  readonly duplicate: boolean;
}

/** The broker did not store it: it may be tried again later with the same id. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
}

export const late = (): Error => new UnavailableError("the broker did not store it in time");
export const away = (): Error => new UnavailableError("the stream is away");

/** It can never be stored as it is. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}

/** An entry of its type is stored only when every process can read it, and one cannot yet (docs/adr/0047). */
export class NotAdmittedError extends Error {
  override readonly name = "NotAdmittedError";
}

/** The broker's word that another entry is the last one at the subject than the one that was named. */
export const isOutrun = (answer: string): boolean => answer.includes("wrong last sequence");

/** undefined: it was not refused for that, or may not be. */
export const outrunBy = (
  { after }: Pick<Publication, "after">,
  answer: string,
): OutrunError | undefined =>
  after !== undefined && isOutrun(answer)
    ? new OutrunError("another entry is the last one there", lastIn(answer))
    : undefined;

/** The seq in `wrong last sequence: 42`; undefined: it names none. */
function lastIn(answer: string): number | undefined {
  const [, last] = /wrong last sequence: (\d{1,16})/.exec(answer) ?? [];
  return last === undefined ? undefined : Number(last);
}

/** The seq in a broker's answer to a publish; undefined: it has not stored it. */
export function seqOf(answer: string): number | undefined {
  const at = answer.indexOf('"seq":');
  if (at < 0 || answer.includes('"error"')) return undefined;
  return Number.parseInt(answer.slice(at + 6), 10);
}
