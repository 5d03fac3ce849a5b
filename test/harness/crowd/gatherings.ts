import type { ChatClient, Group } from "../../../src/client/client.ts";
import { chanceOf, type Chance } from "../chance.ts";
import type { AppDevice } from "./appdevice.ts";

/** The groups: the device that makes each, and whom it lets in. Of those who only listen nobody is in one: their mailboxes are to stay still. */
const GATHERINGS = [
  { name: "hikers", maker: "alice-phone", others: ["bob", "carol", "dave"] },
  { name: "readers", maker: "bob-phone", others: ["alice", "carol"] },
] as const;
/** Between two deeds in a group, on average. */
const EVERY_MS = 900;
/** Messages in a row. */
const COUNT_MAX = 4;
/** A group that could not be made is made again so much later. */
const MAKE_AGAIN_MS = 10_000;

type Gathering = (typeof GATHERINGS)[number];
type Write = (device: AppDevice, to: string) => void;

/** The groups of the crowd: some of its people make them, write in them, and come and go. */
export class Gatherings {
  readonly #devices: ReadonlyMap<string, AppDevice>;
  readonly #write: Write;
  readonly #chances: ReadonlyMap<Gathering, Chance>;
  readonly #timers = new Map<Gathering, NodeJS.Timeout>();
  readonly #madeAt = new Map<Gathering, number>();

  /** @param write has the person at a device write to a chat. */
  constructor(devices: Iterable<AppDevice>, seed: number, write: Write) {
    this.#devices = new Map([...devices].map((device) => [device.name, device]));
    this.#write = write;
    this.#chances = new Map(GATHERINGS.map((each) => [each, chanceOf(seed, each.name)]));
  }

  start(): void {
    for (const each of GATHERINGS) this.#go(each);
  }

  rest(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  /** The ids of all that anybody knows of. */
  get ids(): string[] {
    return [...new Set([...this.#devices.values()].flatMap((device) => device.groups))];
  }

  /** Everybody says something in each. */
  lastWords(): void {
    for (const each of GATHERINGS)
      for (const device of this.#of(each)) {
        const id = this.#idOf(each);
        if (id !== undefined) this.#write(device, id);
      }
  }

  /** Sentences about devices that have not come as far in a group as others have. */
  lacks(): string[] {
    return this.ids.flatMap((id) => {
      const members = [...this.#devices.values()].filter(({ client }) => isIn(client.group(id)));
      const lasts = members.map(({ client }) => lastIn(client, id));
      return new Set(lasts).size > 1
        ? members.map(({ name }, i) => `${name} has ${lasts[i]} as the last of ${id}`)
        : [];
    });
  }

  #go(each: Gathering): void {
    const chance = this.#chances.get(each);
    if (chance === undefined) return;
    const waitMs = Math.round(-Math.log(1 - chance.next()) * EVERY_MS);
    const act = (): void => {
      this.#act(each, chance);
      this.#go(each);
    };
    this.#timers.set(each, setTimeout(act, waitMs));
  }

  /** Draws the same whatever has become of the group. */
  #act(each: Gathering, chance: Chance): void {
    const id = this.#idOf(each);
    const maker = this.#devices.get(each.maker);
    const kind = chance.next();
    const [someone] = chance.several(this.#of(each), 1);
    const [other = ""] = chance.several(each.others, 1);
    const count = chance.between(1, COUNT_MAX);
    if (maker === undefined || someone === undefined || maker.away) return;
    if (id === undefined) return this.#make(each, maker);
    if (kind < 0.6) this.#say([someone], id, count);
    else if (kind < 0.7) someone.read(id);
    else if (kind < 0.78) {
      told(maker.client.group(id).remove(other));
      // Others go on just then: nothing of that is for somebody who is out.
      this.#say(this.#of(each), id, count);
    } else if (kind < 0.94) told(maker.client.group(id).add([other]));
    else if (kind < 0.97) told(maker.client.group(id).describe({ about: `${count}` }));
    else if (someone.user !== maker.user) told(someone.client.group(id).leave());
  }

  #say(devices: readonly AppDevice[], id: string, count: number): void {
    for (const device of devices) for (let i = 0; i < count; i++) this.#write(device, id);
  }

  #make(each: Gathering, maker: AppDevice): void {
    const now = performance.now();
    if (now - (this.#madeAt.get(each) ?? -Infinity) < MAKE_AGAIN_MS) return;
    this.#madeAt.set(each, now);
    told(maker.client.createGroup({ name: each.name, members: each.others }));
  }

  #idOf({ name, maker }: Gathering): string | undefined {
    const { client, groups = [] } = this.#devices.get(maker) ?? {};
    return groups.find((id) => client?.group(id).details.name === name);
  }

  #of({ maker, others }: Gathering): AppDevice[] {
    const users: readonly string[] = [maker.split("-")[0] ?? "", ...others];
    return [...this.#devices.values()].filter(({ user }) => users.includes(user));
  }
}

const isIn = ({ details }: Group): boolean =>
  details.role !== undefined && details.left === undefined;

const lastIn = (client: ChatClient, id: string): string =>
  client.messages(id).items.findLast((item) => item.id !== undefined && item.change === undefined)
    ?.body ?? "nothing";

/** A refusal is an answer as any other; a group that is left, or a client that ends, gives none. */
const told = (deed: Promise<unknown>): void => void deed.catch(() => undefined);
