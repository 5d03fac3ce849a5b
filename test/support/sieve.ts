import { Transform } from "node:stream";
import { relay } from "./relay.ts";

/** The way of one process to a broker, on which messages of some subjects get lost, as if the broker had never sent them. */
export interface Sieve {
  readonly url: string;
  /** Beginning of the subjects of which nothing comes through; undefined: all does. */
  without: string | undefined;
  /** So many messages have been lost. */
  lost: number;
}

const LINE = "\r\n";

/** Lays such a way until the spec is over. */
export async function sieve(broker: string): Promise<Sieve> {
  const own: { -readonly [Name in keyof Sieve]: Sieve[Name] } = {
    url: "",
    without: undefined,
    lost: 0,
  };
  const isLost = (subject = ""): boolean => {
    if (own.without === undefined || !subject.startsWith(own.without)) return false;
    own.lost++;
    return true;
  };
  const { url } = await relay(broker, (near, far) => {
    near.pipe(far);
    far.pipe(sifting(isLost)).pipe(near);
  });
  own.url = url;
  return own;
}

/** The words of a broker, without the messages of these subjects. */
function sifting(isLost: (subject: string | undefined) => boolean): Transform {
  let rest = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _, done) {
      rest = Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(LINE); end >= 0; end = rest.indexOf(LINE)) {
        // MSG or HMSG, subject, subscription, where to answer to, perhaps, and the length of all that follows.
        const words = rest.toString("latin1", 0, end).split(" ");
        const isMessage = words[0] === "MSG" || words[0] === "HMSG";
        const whole = end + LINE.length + (isMessage ? Number(words.at(-1)) + LINE.length : 0);
        if (rest.length < whole) break;
        if (!isMessage || !isLost(words[1])) this.push(rest.subarray(0, whole));
        rest = rest.subarray(whole);
      }
      done();
    },
  });
}
