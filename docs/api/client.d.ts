// The declarations of the client's package, file by file, without comments: written by npm run record,
// reviewed with every change. A spec compares it with what is built.

// bot/bot.d.ts
import type { ClientOptions, Connectivity } from "../client/api.js";
import type { BotMessage } from "./incoming.js";
import { type Handler } from "./work.js";
export type { BotMessage } from "./incoming.js";
export type { AnswerOptions, Handler, Turn } from "./work.js";
export { ChatError } from "../client/error.js";
export interface BotOptions extends ClientOptions {
    deviceId: string;
    onMessage: Handler;
    groups?: "none" | "mentioned" | "all";
    concurrency?: number;
    handlerMs?: number;
    tries?: number;
    onDead?: (message: BotMessage, error: unknown) => Promise<void> | void;
    onError?: (error: unknown, message?: BotMessage) => void;
    onConnection?: (connection: Connectivity) => void;
    onDuty?: (isOn: boolean) => void;
}
export declare const createBot: (options: BotOptions) => Bot;
export declare class Bot {
    #private;
    constructor(options: BotOptions);
    get user(): string | undefined;
    get isOnDuty(): boolean;
    start(): void;
    stop(ms?: number): Promise<void>;
}

// bot/chattrack.d.ts
import type { BotMessage } from "./incoming.js";
export interface OwnWord {
    readonly cid: string;
    readonly key?: string;
}
export declare const QUEUE_MAX = 256;
export declare class ChatTrack {
    #private;
    readonly peer: string;
    here: number;
    done: number;
    queue: BotMessage[];
    next: number | undefined;
    unread: boolean;
    newest: number;
    busy: boolean;
    isVoid: boolean;
    failures: number;
    constructor(peer: string);
    get isDue(): boolean;
    get isBehind(): boolean;
    get isWaiting(): boolean;
    came(message: BotMessage, place: number): void;
    take(messages: readonly BotMessage[]): void;
    get last(): number;
    said({ key }: OwnWord): void;
    shown(row: OwnWord): void;
    atLeast(seq: number): number;
    answered(key: string): void;
    isAnswered(key: string): boolean;
    isSaid(key: string, _cid?: string): boolean;
    stored(key: string): Promise<void>;
    refused(key: string, error: Error): void;
    leave(error: Error): void;
    read(position: number): void;
    finish({ position }: BotMessage): void;
}

// bot/incoming.d.ts
import type { MessageRow } from "../protocol/frames/history.js";
import type { Data } from "../protocol/extras.js";
export interface BotMessage {
    readonly id: string;
    readonly author: string;
    readonly group?: string;
    readonly position: number;
    readonly body: string;
    readonly data?: Data;
    readonly mentions?: readonly string[];
    readonly sentAt: number;
}
export declare function messageOf(row: MessageRow): BotMessage;

// bot/work.d.ts
import type { Data } from "../protocol/extras.js";
import type { BotMessage } from "./incoming.js";
import type { ChatTrack } from "./chattrack.js";
export interface Turn {
    readonly signal: AbortSignal;
    readonly attempt: number;
    answer(body: string, more?: AnswerOptions): void;
}
export interface AnswerOptions {
    data?: Data;
    mentions?: readonly string[];
}
export type Handler = (message: BotMessage, turn: Turn) => Promise<void> | void;
interface Ports {
    readonly handler: Handler;
    readonly concurrency: number;
    readonly handlerMs: number;
    readonly triesMax: number;
    wants(message: BotMessage): boolean;
    open(): boolean;
    read(track: ChatTrack): Promise<void>;
    say(peer: string, key: string, body: string, more: AnswerOptions): void;
    finished(track: ChatTrack): void;
    failed(error: unknown, message: BotMessage | undefined): void;
    dead(message: BotMessage, error: unknown): Promise<void> | void;
}
export declare class Work {
    #private;
    constructor(ports: Ports);
    look(track: ChatTrack): void;
    pump(): void;
    calm(): Promise<void>;
    leave(): void;
}
export {};

// client/api.d.ts
import type { Data } from "../protocol/extras.js";
import type { LineChange } from "../protocol/frames/groupline.js";
import type { ChatMessage, GroupInfo } from "./message.js";
import type { ClientStorage } from "./storage/storage.js";
export type ConnectionState = "idle" | "connecting" | "online" | "waiting" | "offline" | "closed";
export interface Connectivity {
    readonly state: ConnectionState;
    readonly retryAt?: number;
    readonly reason?: string;
}
export interface Chat {
    readonly peer: string;
    readonly last?: ChatMessage;
    readonly unread: number;
    readonly group?: GroupInfo;
    readonly mentioned?: true;
}
export interface ChatWindow {
    readonly items: readonly Chat[];
    readonly hasEarlier: boolean;
}
export interface MessageWindow {
    readonly items: readonly ChatMessage[];
    readonly hasEarlier: boolean;
    readonly hasLater: boolean;
    readonly unreadFrom?: string;
}
export interface UserPresence {
    readonly online: boolean;
    readonly lastSeen?: number;
}
export interface ClientEvents {
    message: {
        message: ChatMessage;
        live: boolean;
        replaces?: string;
    };
    group: {
        group: string;
        change?: LineChange;
    };
    members: {
        group: string;
        change: LineChange;
    };
    error: {
        code: string;
        message: string;
        field?: string | undefined;
    };
}
export interface TokenRequest {
    readonly reason: "connect" | "refused" | "expired" | "refresh";
    readonly attempt: number;
    readonly signal: AbortSignal;
}
export interface SendOptions {
    readonly data?: Data;
    readonly key?: string;
    readonly mentions?: readonly string[];
}
export interface ClientOptions {
    url: string;
    getToken: (request: TokenRequest) => Promise<string>;
    user?: string;
    deviceId?: string;
    storage?: ClientStorage;
    webSocket?: WebSocketClass;
    logger?: Pick<Console, "debug" | "warn">;
    random?: () => number;
    now?: () => number;
    elapsed?: () => number;
}
export type WebSocketClass = new (url: string) => WebSocketLike;
export interface WebSocketLike {
    send(text: string): void;
    close(code?: number, reason?: string): void;
    onopen: ((event: never) => void) | null;
    onmessage: ((event: never) => void) | null;
    onclose: ((event: never) => void) | null;
    onerror: ((event: never) => void) | null;
}

// client/client.d.ts
import type { StatusAnswer } from "../protocol/frames/status.js";
import type { ChatWindow, ClientEvents, ClientOptions, Connectivity, MessageWindow, SendOptions, UserPresence } from "./api.js";
import type { ChatMessage } from "./message.js";
import type { Machine } from "./machine.js";
import { Group } from "./groups/grouphandle.js";
export type * from "./api.js";
export type * from "./message.js";
export { ChatError } from "./error.js";
export type { Group, MembersPage } from "./groups/grouphandle.js";
export type { InfoAnswer, InfoRow, MemberRow, MembersAnswer, } from "../protocol/frames/groupviews.js";
export type { LineChange } from "../protocol/frames/groupline.js";
export { memoryStorage, type ClientStorage } from "./storage/storage.js";
export declare const createChatClient: (options: ClientOptions) => ChatClient;
export declare class ChatClient {
    #private;
    constructor(options: ClientOptions, machine?: Machine);
    get user(): string | undefined;
    get connection(): Connectivity;
    connect(): void;
    close({ forget }?: {
        forget?: boolean;
    }): Promise<void>;
    on<K extends keyof ClientEvents>(event: K, listener: (payload: ClientEvents[K]) => unknown): () => void;
    subscribe(listener: () => unknown): () => void;
    chats(): ChatWindow;
    messages(chat: string): MessageWindow;
    message(chat: string, ref: string): ChatMessage | undefined;
    presence(user: string): UserPresence | undefined;
    typing(chat: string): readonly string[];
    loadEarlier(chat: string, limit?: number): Promise<void>;
    loadLater(chat: string, limit?: number): void;
    loadLatest(chat: string): void;
    status(id: string): Promise<StatusAnswer>;
    send(chat: string, body: string, more?: SendOptions): ChatMessage;
    retry(cid: string): void;
    discard(cid: string): void;
    createGroup({ name, members, }: {
        name: string;
        members?: readonly string[];
    }): Promise<string>;
    group(id: string): Group;
    joinGroup(link: string): Promise<string>;
    markRead(chat: string, upTo?: string): void;
    typed(chat: string): void;
    focus(): void;
    watch(users: readonly string[]): () => void;
}

// client/connection/carrier.d.ts
import type { ClientFrame, ServerFrame } from "../../protocol/frames/frame.js";
import type { Goaway } from "../../protocol/frames/goaway.js";
import type { Hello, Welcome } from "../../protocol/frames/hello.js";
import type { ClientOptions, WebSocketClass } from "../api.js";
import { Watchdog } from "./watchdog.js";
export declare const CUT_OFF = 1006;
interface Ports {
    readonly options: ClientOptions;
    elapsed(): number;
    asking(): boolean;
    heard(carrier: Carrier, frame: ServerFrame): void;
    gone(carrier: Carrier, code: number, why: string, hopeless?: boolean): void;
}
export declare function webSocketOf({ webSocket }: ClientOptions): WebSocketClass;
export declare class Carrier {
    #private;
    readonly watchdog: Watchdog;
    welcome: Welcome | undefined;
    goaway: Goaway | undefined;
    constructor(ports: Ports);
    get isOver(): boolean;
    dial(hello: Promise<Hello>): Promise<void>;
    fail(error: unknown): void;
    note(frame: ServerFrame): void;
    send(frame: ClientFrame): boolean;
    get session(): Hello["replaces"];
    why(code: number, words: string): {
        reason: string;
        refusal?: string;
        retryAfterMs?: number;
    };
    end(): void;
}
export {};

// client/connection/link.d.ts
import type { ClientFrame, ServerFrame } from "../../protocol/frames/frame.js";
import type { Hello, Limits } from "../../protocol/frames/hello.js";
import type { ClientOptions, Connectivity, ConnectionState } from "../api.js";
import { type Creditor } from "./parting.js";
export interface LinkPorts {
    options: ClientOptions;
    random(): number;
    now(): number;
    elapsed(): number;
    replaces: boolean;
    hello(): Promise<Pick<Hello, "deviceId" | "since">>;
    frame(frame: ServerFrame): void;
    asking(): boolean;
    lost(refusal?: string): void;
    changed(): void;
}
export declare class Link {
    #private;
    connection: Connectivity;
    constructor(ports: LinkPorts);
    get state(): ConnectionState;
    get limits(): Limits | undefined;
    start(): void;
    stop(reason?: string): void;
    synced(): void;
    restart(reason: string): void;
    send(frame: ClientFrame): boolean;
    compare(head: number, seq: number, moved: boolean): void;
    leave(): void;
    owes(...parts: Creditor[]): void;
}

// client/connection/parting.d.ts
import type { Carrier } from "./carrier.js";
export interface Creditor {
    moved(again: boolean): void;
    readonly isOwed: boolean;
    left(): void;
}
export declare class Parting {
    #private;
    parts: readonly Creditor[];
    is(carrier: Carrier): boolean;
    begin(carrier: Carrier | undefined): void;
    leave(): void;
    settle(): void;
    end(): void;
    hangUp(): boolean;
}

// client/connection/requests.d.ts
import type { ErrorFrame } from "../../protocol/frames/error.js";
import type { Limits } from "../../protocol/frames/hello.js";
import type { Question, Reply } from "../../protocol/frames/reply.js";
import type { Creditor } from "./parting.js";
interface Ports {
    send(frame: Question): boolean;
    limits(): Pick<Limits, "questionsPerSecond" | "questionsBurst"> | undefined;
    elapsed(): number;
}
type Asked<V> = Omit<Extract<Question, {
    t: V;
}>, "t" | "ref" | "v">;
type AnswerTo<V> = Extract<Reply, {
    view: V;
}>;
export declare class Requests implements Creditor {
    #private;
    constructor(ports: Ports);
    ask<V extends Reply["view"]>(view: V, asked: Asked<V>): Promise<AnswerTo<V>>;
    answered(reply: Reply): void;
    refused(refusal: ErrorFrame): boolean;
    moved(again: boolean): void;
    get isOwed(): boolean;
    left(): void;
    stop(): void;
}
export {};

// client/connection/watchdog.d.ts
import type { Limits } from "../../protocol/frames/hello.js";
interface Ports {
    elapsed(): number;
    limits(): Limits | undefined;
    asking(): boolean;
    ping(): void;
    ill(why: "idle" | "behind"): void;
}
export declare class Watchdog {
    #private;
    constructor(ports: Ports);
    start(): void;
    stop(): void;
    heard(): void;
    probe(): void;
    compare(head: number, seq: number, moved: boolean): void;
}
export {};

// client/error.d.ts
export interface ChatErrorOptions extends ErrorOptions {
    readonly retryable: boolean;
    readonly message?: string;
    readonly field?: string;
}
export declare class ChatError extends Error {
    readonly name = "ChatError";
    readonly code: string;
    readonly retryable: boolean;
    readonly field?: string;
    constructor(code: string, { retryable, message, field, ...cause }: ChatErrorOptions);
}

// client/groups/grouphandle.d.ts
import type { ClientAsk } from "../../protocol/frames/group.js";
import type { InfoAnswer, MembersAnswer } from "../../protocol/frames/groupviews.js";
import type { GroupInfo } from "../message.js";
import type { Requests } from "../connection/requests.js";
interface Ports {
    ask(group: string, ask: ClientAsk): Promise<string>;
    requests: Requests;
    info(group: string): GroupInfo;
    placeIn(group: string): number;
}
export interface MembersPage {
    readonly after?: string;
    readonly limit?: number;
}
export declare class Group {
    #private;
    readonly id: string;
    constructor(id: string, ports: Ports);
    get details(): GroupInfo;
    add(users: readonly string[]): Promise<void>;
    remove(user: string): Promise<void>;
    leave(): Promise<void>;
    promote(user: string): Promise<void>;
    demote(user: string): Promise<void>;
    describe(words: {
        name?: string;
        about?: string;
    }): Promise<void>;
    setRule(rules: Partial<NonNullable<GroupInfo["rules"]>>): Promise<void>;
    invite(on?: boolean): Promise<string | undefined>;
    link(): Promise<string | undefined>;
    members(page?: MembersPage): Promise<MembersAnswer>;
    info(message: string, page?: MembersPage): Promise<InfoAnswer>;
}
export {};

// client/machine.d.ts
import type { ServerFrame } from "../protocol/frames/frame.js";
import type { Link } from "./connection/link.js";
import type { Requests } from "./connection/requests.js";
import type { OutboxEntry } from "./outbox/entry.js";
import type { Local } from "./mailbox/local.js";
import type { LocalChat } from "./mailbox/localchat.js";
import type { Receipts, ReadingState } from "./mailbox/receipts.js";
import type { Entries } from "./outbox/entries.js";
export interface Works {
    readonly entries: Entries;
    readonly local: Local;
    readonly receipts: Receipts;
    readonly requests: Requests;
    readonly link: Link;
}
export interface Machine {
    readonly isOne: boolean;
    attach(parts: Works): void;
    heard(frame: ServerFrame): void;
    synced(start: () => void): void;
    lost(): void;
    refused(entry: OutboxEntry): void;
    standing(chat: LocalChat): ReadingState;
}
export declare const PERSON: Machine;

// client/mailbox/disk.d.ts
import type { Changes, ClientStorage, DoneKey, Meta } from "../storage/storage.js";
import type { OutboxEntry } from "../outbox/entry.js";
import type { LocalChat } from "./localchat.js";
export declare const MAILBOX = "mailbox";
export declare class Disk {
    #private;
    constructor(storage: ClientStorage, failed: (error: unknown) => void);
    load(): Promise<{
        meta?: Meta;
        chats: LocalChat[];
    } | undefined>;
    outbox(): Promise<OutboxEntry[] | undefined>;
    done(key?: string): Promise<DoneKey[] | undefined>;
    save(changes: Changes): Promise<"kept" | "lost" | "failed">;
    holds(name: string): boolean;
    claim(name: string): Promise<boolean>;
    release(which?: (name: string) => boolean): void;
    onForgotten(hear: (ended: string) => void): () => void;
    open(): void;
    close(): void;
}

// client/mailbox/keyclaim.d.ts
import type { OutboxEntry } from "../outbox/entry.js";
import type { Disk } from "./disk.js";
import type { Saving } from "./saving.js";
interface Ports {
    disk: Disk;
    saving: Saving;
}
export type KeyVerdict = "first" | "known" | "busy";
export declare function claimKey({ disk, saving }: Ports, { cid, key }: OutboxEntry, mark: () => void): Promise<KeyVerdict>;
export {};

// client/mailbox/local.d.ts
import type { Sends } from "../../rules/sends.js";
import { type OutboxEntry } from "../outbox/entry.js";
import { Keys } from "../outbox/keys.js";
import type { ClientStorage, Meta } from "../storage/storage.js";
import type { Footing } from "../../protocol/frames/hello.js";
import type { EventFrame } from "../../protocol/frames/mailbox.js";
import type { Loaded, LocalChat } from "./localchat.js";
import { Disk } from "./disk.js";
import { type KeyVerdict } from "./keyclaim.js";
import { type Owner } from "./ownmeta.js";
import { Orphans } from "./orphans.js";
import { Saving } from "./saving.js";
interface Ports extends Owner {
    storage: ClientStorage;
    changed(peer?: string): void;
    saved(peers: readonly string[]): void;
    otherLogin(): void;
    ended(): void;
    entries(): readonly OutboxEntry[];
    failed(error: unknown): void;
    now(): number;
}
export declare class Local {
    #private;
    readonly disk: Disk;
    readonly chats: ReadonlyMap<string, LocalChat>;
    readonly orphans: Orphans;
    readonly keys: Keys;
    logouts: number;
    readonly saving: Saving;
    isWhole: boolean;
    constructor(ports: Ports);
    get meta(): Meta;
    get seq(): number;
    get repeatsSeq(): number;
    isOf: (login: string) => boolean;
    load(): Promise<boolean>;
    meetAgain(lost?: boolean): Promise<void>;
    look(): Promise<void>;
    belongsTo(user: string | undefined): void;
    apply(frame: EventFrame, epoch: string): {
        repeat: boolean;
        change?: {
            before: LocalChat;
            after: LocalChat;
        };
    };
    move(seq: number, epoch: string, more?: {
        sends?: Sends;
        on?: Footing;
    }): void;
    replace({ chats, groups, sends, seq: repeatsSeq }: Loaded, seq: number, epoch: string): void;
    put(chat: LocalChat): void;
    caughtUp(seq: number, epoch: string): void;
    claimKey(entry: OutboxEntry, mark: () => void): Promise<KeyVerdict>;
    post(entry: OutboxEntry, gone: boolean): void;
    open(): void;
    close(): Promise<void>;
    leave(): void;
}
export {};

// client/mailbox/localchat.d.ts
import type { LineChange } from "../../protocol/frames/groupline.js";
import type { Footing } from "../../protocol/frames/hello.js";
import type { MessageRow } from "../../protocol/frames/history.js";
import type { Sends } from "../../rules/sends.js";
import type { Conversation } from "../../rules/standing.js";
import type { GroupRow } from "../../protocol/frames/chats.js";
import type { GroupInfo } from "../message.js";
export type Row = MessageRow & {
    readonly change?: LineChange;
};
export interface GroupSide {
    readonly me: string;
    readonly epoch: string;
    readonly on?: Footing;
    readonly generation: number;
    readonly from: number;
    readonly upTo?: number;
    readonly mentioned: boolean;
    readonly info: GroupInfo;
}
export interface LocalChat extends Conversation {
    readonly peer: string;
    readonly seq: number;
    readonly messages: readonly Row[];
    readonly more: boolean;
    readonly room: number;
    readonly seen: number;
    readonly unread: number;
    readonly group?: GroupSide;
}
export interface Loaded {
    readonly chats: readonly LocalChat[];
    readonly groups: readonly GroupRow[];
    readonly sends: Sends;
    readonly seq: number;
}
export interface Folding {
    readonly before: LocalChat;
    readonly after: LocalChat;
    readonly struck: string | undefined;
    readonly live: boolean;
}

// client/mailbox/orphans.d.ts
import type { OutboxEntry } from "../outbox/entry.js";
import type { Disk } from "./disk.js";
export declare class Orphans {
    #private;
    constructor(disk: Disk);
    claim(instance: string): Promise<boolean>;
    isMine: (instance: string) => boolean;
    yield(): void;
    done(cid: string): void;
    take(except: string, gone: Iterable<string>): Promise<{
        stored: OutboxEntry[];
        taken: OutboxEntry[];
    } | undefined>;
}

// client/mailbox/ownmeta.d.ts
import type { Meta } from "../storage/storage.js";
export declare const newMeta: () => Meta;
export interface Owner {
    readonly deviceId?: string;
    readonly user?: string;
}
export declare const owned: (meta: Meta, { deviceId, user }: Owner) => Meta;
export declare const isAnothers: (stored: Meta | undefined, { user }: Owner) => boolean;

// client/mailbox/receipts.d.ts
import type { ClientFrame } from "../../protocol/frames/frame.js";
import { type ClockReading } from "../moment.js";
import type { LocalChat } from "./localchat.js";
type Mark = Extract<ClientFrame, {
    t: "delivered" | "read";
}>;
export type ReadingState = Pick<LocalChat, "peer" | "mine" | "seen" | "received" | "group">;
interface Ports {
    chats: Pick<ReadonlyMap<string, ReadingState>, "get" | "keys">;
    send(mark: Mark): void;
    limits(): {
        marksPerSecond: number;
        marksBurst: number;
    } | undefined;
    elapsed(): number;
    moment(): ClockReading;
}
export declare class Receipts {
    #private;
    constructor(ports: Ports);
    looked(peer: string): void;
    tell(peers: Iterable<string>): void;
    start(): void;
    anew(group: string): void;
    refused(peer: string, afterMs?: number): void;
    stop(): void;
}
export {};

// client/mailbox/saving.d.ts
import type { OutboxEntry } from "../outbox/entry.js";
import type { DoneKey, Meta } from "../storage/storage.js";
import { type Disk } from "./disk.js";
import type { LocalChat } from "./localchat.js";
interface Ports {
    disk: Disk;
    chats: ReadonlyMap<string, LocalChat>;
    meta(first: boolean): Promise<Meta>;
    lost(): Promise<void>;
    saved(peers: readonly string[]): void;
}
export declare class Saving {
    #private;
    constructor(ports: Ports);
    ready(): void;
    get isReady(): boolean;
    touch(dirty: {
        meta?: boolean;
        all?: boolean;
    }): void;
    put(peer: string): void;
    tell(peers: readonly string[]): void;
    post({ cid }: OutboxEntry, entry: OutboxEntry | undefined): void;
    keep(key: string, done: DoneKey | undefined): void;
    voidKeys(): void;
    settled(): Promise<void>;
    get gone(): string[];
    isPending(cid: string): boolean;
    drop(): void;
    open(): void;
    close(): Promise<boolean>;
}
export {};

// client/message.d.ts
import type { LineChange, Who } from "../protocol/frames/groupline.js";
import type { Data } from "../protocol/extras.js";
export interface GroupInfo {
    readonly name?: string;
    readonly about?: string;
    readonly rules?: {
        readonly send: Who;
        readonly edit: Who;
        readonly add: Who;
    };
    readonly members?: number;
    readonly role?: "admin" | "member";
    readonly receipts?: boolean;
    readonly left?: "left" | "removed" | "ended" | "limit";
}
export type MessageStatus = "pending" | "sent" | "delivered" | "read" | "failed";
export interface ChatMessage {
    readonly cid: string;
    readonly id?: string;
    readonly seq?: number;
    readonly author?: string;
    readonly mine: boolean;
    readonly to: string;
    readonly body: string;
    readonly mentions?: readonly string[];
    readonly change?: LineChange;
    readonly data?: Data;
    readonly key?: string;
    readonly at: number;
    readonly status: MessageStatus;
    readonly error?: string;
}

// client/moment.d.ts
export interface ClockReading {
    readonly elapsed: number;
    readonly wall: number;
}
export declare const isRecent: (then: ClockReading, now: ClockReading) => boolean;

// client/outbox/entries.d.ts
import { type OutboxEntry } from "./entry.js";
import type { Held } from "./turns.js";
export type Changed = (entry: OutboxEntry, how: "new" | "changed" | "gone", instead?: string) => void;
export declare class Entries {
    #private;
    constructor(changed: Changed, forgotten: (entries: number) => void);
    get held(): Iterable<Held>;
    get all(): readonly OutboxEntry[];
    find(cid: string): Held | undefined;
    get isFull(): boolean;
    add(entry: OutboxEntry, news: Omit<Held, "entry">, instead?: string): void;
    put(entry: OutboxEntry): void;
    renumber(held: Held, isUsed: (cid: string) => boolean): void;
    replace(held: Held, next: OutboxEntry): void;
    drop(cid: string): OutboxEntry | undefined;
    remove(cid: string): OutboxEntry | undefined;
    belongsTo(user: string, login: string, head: OutboxEntry["after"]): void;
    enrol(login: string): void;
    forgetUnconfirmed(): void;
    clear(): void;
    missed(): void;
}

// client/outbox/entry.d.ts
import type { Data } from "../../protocol/extras.js";
import type { ClientAsk } from "../../protocol/frames/group.js";
import type { Bookmark } from "../storage/bookmark.js";
import type { ChatMessage } from "../message.js";
import { type Letter } from "./letter.js";
export interface OutboxEntry extends Letter {
    readonly cid: string;
    readonly author: string;
    readonly asked?: boolean;
    readonly at: number;
    readonly writer: string;
    readonly name: string;
    readonly rank: number;
    readonly login: string;
    readonly after?: Bookmark;
    readonly ask?: ClientAsk;
    readonly stored?: true;
    readonly id?: string;
    readonly seq?: number;
    readonly error?: string;
    readonly replaces?: string;
}
export declare const UNNAMED = "";
export declare const isOtherLogin: (one: string, other: string) => boolean;
export interface Shown {
    readonly cid: string;
    readonly to: string;
    readonly body: string;
    readonly data?: Data | undefined;
    readonly key?: string | undefined;
    readonly replaces?: string | undefined;
}
export declare const isItself: (entry: Shown, shown: Shown) => boolean;
export declare const hasItsKey: ({ key }: OutboxEntry, shown: Shown) => boolean;
export declare function isShownAs(entry: Shown & Pick<OutboxEntry, "name">, shown: Shown): boolean;
export declare const isRenamed: ({ cid, name }: OutboxEntry) => boolean;
export declare const anew: ({ replaces: _, ...entry }: OutboxEntry) => OutboxEntry;
export declare function renamed(entry: OutboxEntry, isUsed: (cid: string) => boolean): OutboxEntry | undefined;
export declare function retried(entry: OutboxEntry, isAnothers: (cid: string) => boolean): Letter & Pick<OutboxEntry, "replaces">;
export declare function unsent(entry: OutboxEntry): ChatMessage;

// client/outbox/keys.d.ts
import type { DoneKey } from "../storage/storage.js";
interface Ports {
    keep(key: string, done: DoneKey | undefined): void;
    void(): void;
    now(): number;
}
export declare class Keys {
    #private;
    constructor(ports: Ports);
    get all(): readonly DoneKey[];
    find(key: string): DoneKey | undefined;
    load(stored: readonly DoneKey[]): void;
    note({ key, cid }: {
        key?: string | undefined;
        cid: string;
    }): void;
    clear(): void;
}
export {};

// client/outbox/letter.d.ts
import { type Data } from "../../protocol/extras.js";
import type { Send } from "../../protocol/frames/send.js";
import { ChatError } from "../error.js";
export interface Letter {
    readonly to: string;
    readonly body: string;
    readonly data?: Data;
    readonly key?: string;
    readonly mentions?: readonly string[];
}
export declare const letterOf: ({ to, body, data, key, mentions, }: { [K in keyof Letter]: Letter[K] | undefined; } & Pick<Letter, "to" | "body">) => Letter;
export declare function checked({ to, body, data, key, mentions }: Letter, user?: string): Letter;
export declare function expectOther(id: unknown, field: string, user?: string): void;
export declare function expectUser(id: unknown, field: string): void;
export declare const sizeOf: (frame: Send) => number;
export declare const TOO_LARGE = "message.too_large";
export declare function expectNone(fault: string | undefined, field: string): void;
export declare const faulty: (code: string, field: string) => ChatError;

// client/outbox/turns.d.ts
import type { ClockReading } from "../moment.js";
import type { OutboxEntry } from "./entry.js";
export interface Held {
    entry: OutboxEntry;
    state: "waiting" | "underWay" | "answered";
    unsure: boolean;
    taken: boolean;
    adopted: boolean;
    repeated: boolean;
    owed?: boolean;
    since: ClockReading;
}
export declare const byRank: (a: OutboxEntry, b: OutboxEntry) => number;
export declare function turns(held: Iterable<Held>, isMine: (writer: string) => boolean, rests: (chat: string) => boolean): Held[];

// client/storage/bookmark.d.ts
import type { Footing } from "../../protocol/frames/hello.js";
export interface Bookmark {
    readonly epoch: string;
    readonly seq: number;
    readonly on?: Footing;
}
export declare const countAlike: (one: Bookmark, other: Bookmark) => boolean;

// client/storage/file.d.ts
import { type ClientStorage } from "./storage.js";
export declare function fileStorage(dir: string): ClientStorage;

// client/storage/indexeddb.d.ts
import type { ClientStorage } from "./storage.js";
export declare function indexedDbStorage(name: string): ClientStorage;

// client/storage/storage.d.ts
import type { Sends } from "../../rules/sends.js";
import type { LocalChat } from "../mailbox/localchat.js";
import type { OutboxEntry } from "../outbox/entry.js";
import type { Bookmark } from "./bookmark.js";
export interface Meta {
    readonly deviceId: string;
    readonly login: string;
    readonly ended?: string;
    readonly user?: string;
    readonly cursor?: Bookmark;
    readonly sends: Sends;
}
export interface DoneKey {
    readonly key: string;
    readonly cid: string;
    readonly at: number;
}
export interface Changes {
    forget?: boolean;
    reset?: boolean;
    meta?: Meta;
    chats?: LocalChat[];
    posted?: OutboxEntry[];
    gone?: string[];
    voidKeys?: boolean;
    done?: DoneKey[];
    undone?: string[];
}
export interface ClientStorage {
    load(): Promise<{
        meta?: Meta;
        chats: LocalChat[];
    }>;
    outbox(): Promise<OutboxEntry[]>;
    done(key?: string): Promise<DoneKey[]>;
    save(changes: Changes): Promise<void>;
    claim(name: string): Promise<(() => void) | undefined>;
    onForgotten?(hear: (ended: string) => void): () => void;
}
export declare function localClaims(): ClientStorage["claim"];
export declare function memoryStorage(): ClientStorage;
export declare function post(outbox: Map<string, OutboxEntry>, { posted, gone, forget }: Changes): boolean;
export declare function doneIn(keys: ReadonlyMap<string, DoneKey>, key?: string): DoneKey[];
export declare function keep(keys: Map<string, DoneKey>, { forget, voidKeys, done, undone }: Changes): void;

// events/limits.d.ts
export declare const SLOTS = 1024;
export declare const EPOCH_CHARS_MAX = 64;
export declare const ASKED_USERS_MAX = 256;
export declare const GROUP_SIZE_MAX = 5000;
export declare const GROUPS_MAX = 500;
export declare const STAYS_MAX = 64;

// preact/preact.d.ts
import { type ReadonlySignal } from "@preact/signals";
import { type ComponentChildren, type JSX } from "preact";
import type { ChatClient, ChatMessage, ChatWindow, Connectivity, MessageWindow, UserPresence } from "../client/client.js";
export declare const chatSignals: (client: ChatClient) => {
    chats: () => ReadonlySignal<ChatWindow>;
    messages: (chat: string) => ReadonlySignal<MessageWindow>;
    message: (chat: string, ref: string) => ReadonlySignal<ChatMessage | undefined>;
    presence: (user: string) => ReadonlySignal<UserPresence | undefined>;
    typing: (chat: string) => ReadonlySignal<readonly string[]>;
    connection: () => ReadonlySignal<Connectivity>;
    unread: (chat?: string) => ReadonlySignal<number>;
};
export declare function ChatProvider(props: {
    client: ChatClient;
    children?: ComponentChildren;
}): JSX.Element;
export declare function useClient(): ChatClient;
export declare function useChats(): ReadonlySignal<ChatWindow>;
export interface Messages {
    readonly window: ReadonlySignal<MessageWindow>;
    readonly loading: ReadonlySignal<boolean>;
    readonly loadEarlier: () => Promise<boolean>;
    readonly loadLater: () => void;
    readonly loadLatest: () => void;
    readonly scroller: (box: HTMLElement | null) => void;
}
export declare function useMessages(chat: string, { page }?: {
    page?: number;
}): Messages;
export declare function useMessage(chat: string, ref: string): ReadonlySignal<ChatMessage | undefined>;
export declare function usePresence(user: string | undefined): ReadonlySignal<UserPresence | undefined>;
export declare function useTyping(chat: string): ReadonlySignal<readonly string[]>;
export declare function useConnection(): ReadonlySignal<Connectivity>;
export declare function useUnread(chat?: string): ReadonlySignal<number>;

// protocol/codes.d.ts
export declare const REJECTIONS: {
    readonly "frame.malformed": {
        readonly retryable: false;
        readonly rule: "a frame is one JSON object in one text message";
    };
    readonly "frame.binary": {
        readonly retryable: false;
        readonly rule: "frames are text, not binary";
    };
    readonly "frame.too_deep": {
        readonly retryable: false;
        readonly rule: "a frame nests at most 32 levels";
    };
    readonly "frame.unknown_field": {
        readonly retryable: false;
        readonly rule: "a frame has only the fields the protocol names";
    };
    readonly "frame.invalid": {
        readonly retryable: false;
        readonly rule: "the field is missing, of the wrong type, or out of range";
    };
    readonly "op.unknown": {
        readonly retryable: false;
        readonly rule: "no such frame type, or no such thing to ask of a group";
    };
    readonly "op.unsupported_version": {
        readonly retryable: false;
        readonly rule: "this server speaks version 1";
    };
    readonly "op.out_of_order": {
        readonly retryable: false;
        readonly rule: "hello comes first, once, and nothing else before welcome";
    };
    readonly "op.not_yet": {
        readonly retryable: false;
        readonly rule: "not every process of the server can read this yet: an upgrade is under way";
    };
    readonly "id.invalid": {
        readonly retryable: false;
        readonly rule: string;
    };
    readonly "id.self": {
        readonly retryable: false;
        readonly rule: "the peer is somebody else than you";
    };
    readonly "cid.invalid": {
        readonly retryable: false;
        readonly rule: "a cid is <client instance>.<n>: 1 to 32 of A-Z a-z 0-9 _ -, a dot, a number";
    };
    readonly "cid.not_rising": {
        readonly retryable: false;
        readonly rule: "n lies 32 or more below the highest of its client instance on this socket";
    };
    readonly "cid.taken": {
        readonly retryable: false;
        readonly rule: "this cid belongs to another message";
    };
    readonly "message.empty": {
        readonly retryable: false;
        readonly rule: "a body has at least one character";
    };
    readonly "message.too_large": {
        readonly retryable: false;
        readonly rule: "a body has at most 16384 code points";
    };
    readonly "message.malformed": {
        readonly retryable: false;
        readonly rule: "a body is Unicode text: no half of a surrogate pair";
    };
    readonly "data.invalid": {
        readonly retryable: false;
        readonly rule: "data is a JSON object, and nothing in it is named __proto__";
    };
    readonly "data.too_large": {
        readonly retryable: false;
        readonly rule: "data has at most 4096 bytes as JSON.stringify writes it";
    };
    readonly "data.malformed": {
        readonly retryable: false;
        readonly rule: "texts in data are Unicode: no half of a surrogate pair";
    };
    readonly "key.invalid": {
        readonly retryable: false;
        readonly rule: "a key is Unicode text of 1 to 128 bytes";
    };
    readonly "auth.invalid_token": {
        readonly retryable: true;
        readonly rule: "the token was not accepted: try a fresh one";
    };
    readonly "auth.revoked": {
        readonly retryable: false;
        readonly rule: "you were signed out: this token counts no longer";
    };
    readonly "auth.other_user": {
        readonly retryable: false;
        readonly rule: "the token is of the user whose session it is";
    };
    readonly "auth.token_in_url": {
        readonly retryable: false;
        readonly rule: "a token goes into the hello frame, never into a URL";
    };
    readonly "auth.disabled": {
        readonly retryable: false;
        readonly rule: "this server hands out no development identities";
    };
    readonly rate_limited: {
        readonly retryable: true;
        readonly rule: "too many, too fast";
    };
    readonly "limit.sockets": {
        readonly retryable: true;
        readonly rule: "too many open sockets";
    };
    readonly "limit.devices": {
        readonly retryable: true;
        readonly rule: "too many devices of yours are connected";
    };
    readonly "limit.watches": {
        readonly retryable: false;
        readonly rule: "too many users watched";
    };
    readonly "limit.pending": {
        readonly retryable: true;
        readonly rule: "too much of yours is waiting to be stored";
    };
    readonly "limit.questions": {
        readonly retryable: true;
        readonly rule: "too many questions of yours are waiting";
    };
    readonly not_found: {
        readonly retryable: false;
        readonly rule: "nothing there that you may see";
    };
    readonly "view.behind": {
        readonly retryable: true;
        readonly rule: "the view has not come that far yet";
    };
    readonly unavailable: {
        readonly retryable: true;
        readonly rule: "the store does not answer just now";
    };
    readonly internal: {
        readonly retryable: true;
        readonly rule: "something broke on our side";
    };
    readonly "origin.refused": {
        readonly retryable: false;
        readonly rule: "this origin may not connect";
    };
    readonly "upgrade.refused": {
        readonly retryable: false;
        readonly rule: "GET /v1/ws over HTTP/1.1, WebSocket version 13, no sub-protocol";
    };
    readonly "http.not_found": {
        readonly retryable: false;
        readonly rule: "no such path";
    };
    readonly "http.method_not_allowed": {
        readonly retryable: false;
        readonly rule: "this path has other methods";
    };
    readonly "http.body_too_large": {
        readonly retryable: false;
        readonly rule: "a request's body has at most 16384 bytes";
    };
    readonly draining: {
        readonly retryable: true;
        readonly rule: "this server is going away; connect to another";
    };
};
export type RejectionCode = keyof typeof REJECTIONS;
export declare const isRejectionCode: (code: string) => code is RejectionCode;
export interface Rejection {
    readonly code: RejectionCode;
    readonly field?: string;
    readonly bound?: string;
    readonly retryAfterMs?: number;
}
export declare function explain({ code, field, bound }: Rejection): string;
export declare const CLOSES: {
    readonly drained: {
        readonly code: 4400;
        readonly reason: "draining: connect again, elsewhere";
    };
    readonly helloTimeout: {
        readonly code: 4401;
        readonly reason: "no hello in time";
    };
    readonly badToken: {
        readonly code: 4402;
        readonly reason: "token not accepted: come back with a fresh one";
    };
    readonly expired: {
        readonly code: 4403;
        readonly reason: "token expired: come back with a fresh one";
    };
    readonly idle: {
        readonly code: 4408;
        readonly reason: "no sign of life";
    };
    readonly slow: {
        readonly code: 4409;
        readonly reason: "reading too slowly: come back and resume";
    };
    readonly resync: {
        readonly code: 4410;
        readonly reason: "connection to the log was lost: come back and resume";
    };
    readonly replaced: {
        readonly code: 4411;
        readonly reason: "replaced: a newer connection took over";
    };
    readonly limit: {
        readonly code: 4429;
        readonly reason: "too many sockets of yours: come back later";
    };
    readonly tooMany: {
        readonly code: 4429;
        readonly reason: "too many, too fast: come back later";
    };
    readonly abuse: {
        readonly code: 4500;
        readonly reason: "too many invalid frames";
    };
    readonly refused: {
        readonly code: 4501;
        readonly reason: "hello was not accepted";
    };
    readonly revoked: {
        readonly code: 4502;
        readonly reason: "signed out: this token counts no longer";
    };
};
export type CloseName = keyof typeof CLOSES;

// protocol/envelope.d.ts
export declare const VERSION = 1;
export declare const FRAME_BYTES_MAX: number;
export declare const HELLO_BYTES_MAX: number;
export declare const HTTP_BYTES_MAX: number;
export declare const DEPTH_MAX = 32;
export declare const REF_CHARS_MAX = 64;
export type Ref = string | number;
export interface Said {
    readonly v?: typeof VERSION;
    readonly ref?: Ref;
}
export interface Answering {
    readonly ref?: Ref;
}
export interface Names {
    readonly ref?: Ref;
    readonly cid?: string;
}

// protocol/extras.d.ts
export type Data = Readonly<Record<string, unknown>>;
export declare const DATA_BYTES_MAX = 4096;
export declare const KEY_BYTES_MAX = 128;
type Fault = "data.invalid" | "data.malformed" | "data.too_large" | "frame.too_deep";
export declare const isObject: (value: unknown) => value is Data;
export declare const bytesOf: (text: string) => number;
export declare const isText: (text: string) => boolean;
export declare function faultOfData(data: unknown): Fault | undefined;
export declare const faultOfKey: (key: unknown) => "key.invalid" | undefined;
export declare const isNested: (value: unknown) => value is Data;
export {};

// protocol/frames/askwords.d.ts
import type { LineChange } from "./groupline.js";
type Plain = "remove" | "promote" | "demote" | "describe" | "rule";
export type AskWords = Extract<LineChange, {
    do: Plain;
}> | {
    readonly do: "create";
    readonly name: string;
    readonly members?: string[] | undefined;
    readonly limits: {
        readonly members: number;
        readonly sendsPerSecond: number;
    };
} | {
    readonly do: "add";
    readonly users: string[];
} | {
    readonly do: "leave";
    readonly why?: "limit" | undefined;
}
 | {
    readonly do: "invite";
    readonly secret?: string | undefined;
} | {
    readonly do: "join";
    readonly secret: string;
} | {
    readonly do: "standing";
};
export {};

// protocol/frames/chats.d.ts
import type { Said } from "../envelope.js";
import type { LineRow, MessageRow } from "./history.js";
export declare const CHATS_MAX = 200;
export interface ChatsQuestion extends Said {
    readonly t: "chats";
    readonly limit?: number;
    readonly before?: ChatPlace;
    readonly atLeast?: number;
    readonly repeats?: boolean;
}
export interface ChatPlace {
    readonly at: number;
    readonly peer: string;
}
export interface ChatRow extends ChatPlace {
    readonly last: MessageRow;
    readonly unread: number;
    readonly received: number;
    readonly delivered: number;
    readonly read: number;
    readonly readHere: number;
    readonly peerDelivered: number;
    readonly peerRead: number;
}
export interface GroupRow extends ChatPlace {
    readonly from: number;
    readonly upTo?: number;
    readonly why?: "left" | "removed" | "ended" | "limit";
    readonly read: number;
    readonly readHere: number;
    readonly peerDelivered: number;
    readonly peerRead: number;
    readonly name?: string;
    readonly last?: MessageRow | LineRow;
    readonly unread?: number;
    readonly mentioned?: true;
    readonly seq?: number;
    readonly generation?: number;
}
export declare const isGroupRow: (row: ChatRow | GroupRow) => row is GroupRow;
export type Repeats = readonly [instance: string, n: number, below: number];
export interface ChatsAnswer {
    readonly chats: readonly (ChatRow | GroupRow)[];
    readonly more: boolean;
    readonly repeats?: readonly Repeats[];
    readonly partial?: true;
}
export declare const listedAt: (row: ChatPlace | undefined) => ChatPlace | undefined;

// protocol/frames/error.d.ts
import type { Answering } from "../envelope.js";
export interface ErrorFrame extends Answering {
    readonly t: "error";
    readonly code: string;
    readonly message: string;
    readonly retryable: boolean;
    readonly field?: string;
    readonly retryAfterMs?: number;
    readonly cid?: string;
}

// protocol/frames/frame.d.ts
import type { ErrorFrame } from "./error.js";
import type { Goaway, Stay } from "./goaway.js";
import type { AskFrame, Asked, Follows, Unfollows } from "./group.js";
import type { Hello, Welcome } from "./hello.js";
import type { CaughtUp, EventFrame, Resync } from "./mailbox.js";
import type { Delivered, Read } from "./marks.js";
import type { Ping, Pong } from "./ping.js";
import type { PresenceFrame, Unwatch, Watch } from "./presence.js";
import type { Refresh, Refreshed } from "./refresh.js";
import type { Question, Reply } from "./reply.js";
import type { Send, Sent } from "./send.js";
import type { Focus, PeerTyping, Typing } from "./signals.js";
export type ClientFrame = Hello | Refresh | Send | AskFrame | Delivered | Read | Typing | Focus | Watch | Unwatch | Question | Ping;
export type ServerFrame = Welcome | Refreshed | Sent | Asked | EventFrame | CaughtUp | Resync | Follows | Unfollows | PresenceFrame | PeerTyping | Reply | ErrorFrame | Goaway | Stay | Pong;

// protocol/frames/goaway.d.ts
export interface Goaway {
    readonly t: "goaway";
    readonly withinMs?: number;
}
export interface Stay {
    readonly t: "stay";
}

// protocol/frames/group.d.ts
import type { Answering, Said } from "../envelope.js";
import type { Who } from "./groupline.js";
import type { Durability } from "./send.js";
export { ASKED_USERS_MAX } from "../../events/limits.js";
export declare const MENTIONS_MAX = 20;
export declare const NAME_CODE_POINTS_MAX = 100;
export declare const ABOUT_CODE_POINTS_MAX = 512;
export type ClientAsk = 
{
    readonly do: "create";
    readonly name: string;
    readonly members?: readonly string[];
} | {
    readonly do: "add";
    readonly users: readonly string[];
} | {
    readonly do: "remove";
    readonly user: string;
} | {
    readonly do: "leave";
} | {
    readonly do: "promote";
    readonly user: string;
} | {
    readonly do: "demote";
    readonly user: string;
} | {
    readonly do: "describe";
    readonly name?: string;
    readonly about?: string;
} | {
    readonly do: "rule";
    readonly send?: Who;
    readonly edit?: Who;
    readonly add?: Who;
}
 | {
    readonly do: "invite";
    readonly on: boolean;
} | {
    readonly do: "join";
    readonly secret: string;
};
export interface AskFrame extends Said {
    readonly t: "ask";
    readonly cid: string;
    readonly group?: string;
    readonly ask: ClientAsk;
}
export interface Asked extends Answering {
    readonly t: "asked";
    readonly cid: string;
    readonly group: string;
    readonly seq: number;
    readonly durability: Durability;
}
export interface FollowedGroup {
    readonly mailbox: string;
    readonly epoch: string;
    readonly seq: number;
    readonly head: number;
    readonly generation?: number;
}
export interface Follows {
    readonly t: "follows";
    readonly mailboxes: readonly FollowedGroup[];
}
export interface Unfollows {
    readonly t: "unfollows";
    readonly mailbox: string;
    readonly upTo: number;
}

// protocol/frames/groupline.d.ts
export type Who = "all" | "admins";
export type LineChange = {
    readonly do: "create";
    readonly name: string;
    readonly members: readonly string[];
    readonly limits: {
        readonly members: number;
        readonly sendsPerSecond: number;
    };
} | {
    readonly do: "add";
    readonly users: readonly string[];
} | {
    readonly do: "remove";
    readonly user: string;
} | {
    readonly do: "leave";
    readonly user: string;
    readonly successor?: string | undefined;
    readonly ended?: true | undefined;
    readonly why?: "limit" | undefined;
} | {
    readonly do: "promote";
    readonly user: string;
} | {
    readonly do: "demote";
    readonly user: string;
} | {
    readonly do: "describe";
    readonly name?: string | undefined;
    readonly about?: string | undefined;
} | {
    readonly do: "rule";
    readonly send?: Who | undefined;
    readonly edit?: Who | undefined;
    readonly add?: Who | undefined;
} | {
    readonly do: "invite";
    readonly on: boolean;
} | {
    readonly do: "join";
    readonly user: string;
};

// protocol/frames/groupviews.d.ts
import type { Said } from "../envelope.js";
import type { Who } from "./groupline.js";
export declare const MEMBERS_MAX = 200;
export interface GroupQuestion extends Said {
    readonly t: "group";
    readonly group: string;
    readonly atLeast?: number;
}
export interface GroupAnswer {
    readonly group: string;
    readonly name: string;
    readonly about?: string;
    readonly rules: {
        readonly send: Who;
        readonly edit: Who;
        readonly add: Who;
    };
    readonly members: number;
    readonly limits: {
        readonly members: number;
        readonly sendsPerSecond: number;
    };
    readonly receipts: boolean;
    readonly from: number;
    readonly upTo?: number;
    readonly role?: "admin" | "member";
    readonly invite?: string;
}
export interface MembersQuestion extends Said {
    readonly t: "members";
    readonly group: string;
    readonly after?: string;
    readonly limit?: number;
    readonly atLeast?: number;
}
export interface MemberRow {
    readonly user: string;
    readonly role: "admin" | "member";
    readonly from: number;
}
export interface MembersAnswer {
    readonly members: readonly MemberRow[];
    readonly more: boolean;
}
export interface InfoQuestion extends Said {
    readonly t: "info";
    readonly id: string;
    readonly after?: string;
    readonly limit?: number;
    readonly atLeast?: number;
}
export interface InfoRow {
    readonly user: string;
    readonly delivered: boolean;
    readonly read: boolean;
    readonly deliveredAt?: number;
    readonly readAt?: number;
    readonly left?: true;
}
export interface InfoAnswer {
    readonly members: readonly InfoRow[];
    readonly more: boolean;
}

// protocol/frames/hello.d.ts
import type { Answering, Said } from "../envelope.js";
export declare const TOKEN_CHARS_MAX: number;
export declare const CURSORS_MAX = 512;
export { EPOCH_CHARS_MAX } from "../../events/limits.js";
export interface Footing {
    readonly seq: number;
    readonly at: number;
    readonly generation?: number;
}
export interface Since {
    readonly mailbox: string;
    readonly epoch: string;
    readonly seq: number;
    readonly on?: Footing;
}
export interface Replaced {
    readonly sessionId: string;
    readonly resume: string;
}
export interface Hello extends Said {
    readonly t: "hello";
    readonly token: string;
    readonly deviceId: string;
    readonly since?: readonly Since[];
    readonly replaces?: Replaced;
}
export interface Limits {
    readonly frameBytes: number;
    readonly codePoints: number;
    readonly sendsPerSecond: number;
    readonly sendsBurst: number;
    readonly marksPerSecond: number;
    readonly marksBurst: number;
    readonly framesPerSecond: number;
    readonly typingPerSecond: number;
    readonly unanswered: number;
    readonly watches: number;
    readonly watchesPerSecond: number;
    readonly watchesBurst: number;
    readonly questionsPerSecond: number;
    readonly questionsBurst: number;
    readonly heartbeatMs: number;
    readonly idleMs: number;
    readonly onlineMs: number;
}
export interface Welcome extends Answering {
    readonly t: "welcome";
    readonly sessionId: string;
    readonly resume: string;
    readonly user: string;
    readonly head: number;
    readonly epoch: string;
    readonly expiresInMs: number;
    readonly limits: Limits;
}

// protocol/frames/history.d.ts
import type { Data } from "../extras.js";
import type { Said } from "../envelope.js";
import type { LineChange } from "./groupline.js";
export declare const HISTORY_MAX = 100;
export declare const PAGE_ROWS = 50;
export interface HistoryQuestion extends Said {
    readonly t: "history";
    readonly peer: string;
    readonly before?: number;
    readonly after?: number;
    readonly limit?: number;
    readonly atLeast?: number;
}
export interface MessageRow {
    readonly seq: number;
    readonly generation?: number;
    readonly id: string;
    readonly author: string;
    readonly to: string;
    readonly cid: string;
    readonly body: string;
    readonly data?: Data;
    readonly mentions?: readonly string[];
    readonly sentAt: number;
    readonly replaces?: string;
    readonly key?: string;
}
export interface LineRow {
    readonly seq: number;
    readonly generation?: number;
    readonly at: number;
    readonly by: string;
    readonly cid?: string;
    readonly change: LineChange;
}
export declare const isMessage: (row: MessageRow | LineRow) => row is MessageRow;
export interface HistoryAnswer {
    readonly messages: readonly (MessageRow | LineRow)[];
    readonly more: boolean;
}

// protocol/frames/keyed.d.ts
import type { Said } from "../envelope.js";
export interface KeyedQuestion extends Said {
    readonly t: "keyed";
    readonly group: string;
    readonly before?: number;
    readonly limit?: number;
    readonly atLeast?: number;
}
export interface KeyedRow {
    readonly seq: number;
    readonly generation?: number;
    readonly cid: string;
    readonly key: string;
    readonly refused?: string;
}
export interface KeyedAnswer {
    readonly sends: readonly KeyedRow[];
    readonly more: boolean;
}

// protocol/frames/mail.d.ts
import type { Data } from "../extras.js";
import type { AskWords } from "./askwords.js";
import type { LineChange } from "./groupline.js";
export type MailEvent = SentFact | SentCopy | DeliveredFact | DeliveredCopy | ReadFact | ReadCopy | OpenedFact | ClosedFact | HeadAskedFact | SignedOutFact | AskedFact | JoinedCopy | LeftCopy | RefusedCopy;
export type GroupEvent = GroupMessage | GroupChanged;
interface Told {
    readonly cause: number;
    readonly in?: number | undefined;
}
interface Sending {
    readonly type: "MessageSent";
    readonly author: string;
    readonly to: string;
    readonly cid: string;
    readonly body: string;
    readonly data?: Data | undefined;
}
interface SentFact extends Sending {
    readonly device: string;
    readonly mentions?: string[] | undefined;
    readonly replaces?: string | undefined;
    readonly key?: string | undefined;
}
interface SentCopy extends Sending, Told {
    readonly position: number;
    readonly sentAt: number;
}
interface Delivering {
    readonly type: "MessageDelivered";
    readonly author: string;
    readonly peer: string;
    readonly upTo: number;
    readonly read?: number | undefined;
}
interface DeliveredFact extends Delivering {
    readonly device: string;
}
interface DeliveredCopy extends Delivering, Told {
}
interface Reading {
    readonly type: "MessageRead";
    readonly author: string;
    readonly peer: string;
    readonly upTo: number;
}
interface ReadFact extends Reading {
    readonly device: string;
}
interface ReadCopy extends Reading, Told {
}
interface OpenedFact {
    readonly type: "SessionOpened";
    readonly sessionId: string;
    readonly gatewayId: string;
    readonly deviceId: string;
    readonly resume?: string | undefined;
    readonly issuedAt?: number | undefined;
}
interface ClosedFact {
    readonly type: "SessionClosed";
    readonly sessionId: string;
    readonly reason: "left" | "idle" | "slow" | "drained" | "expired" | "refused" | "replaced" | "revoked" | "gateway-lost" | "limit";
    readonly resume?: string | undefined;
    readonly elsewhere?: true | undefined;
}
interface HeadAskedFact {
    readonly type: "HeadAsked";
    readonly sessionId: string;
}
interface SignedOutFact {
    readonly type: "SignedOut";
    readonly device?: string | undefined;
    readonly before: number;
    readonly until?: number | undefined;
}
interface AskedFact {
    readonly type: "GroupAsked";
    readonly author: string;
    readonly group: string;
    readonly device?: string | undefined;
    readonly cid?: string | undefined;
    readonly ask: AskWords;
}
interface JoinedCopy extends Told {
    readonly type: "GroupJoined";
    readonly author: string;
    readonly from: number;
}
interface LeftCopy extends Told {
    readonly type: "GroupLeft";
    readonly author: string;
    readonly from: number;
    readonly upTo: number;
    readonly why: "left" | "removed" | "ended" | "limit";
}
interface RefusedCopy extends Told {
    readonly type: "Refused";
    readonly author: string;
    readonly cid: string;
    readonly code: "not_found" | "forbidden" | "group.busy" | "group.no_change" | "group.last_admin" | "limit.members";
    readonly retryAfterMs?: number | undefined;
}
interface Decided {
    readonly cause: number;
    readonly of: number;
}
interface GroupMessage extends Sending, Decided {
    readonly mentions?: readonly string[] | undefined;
    readonly sentAt: number;
}
interface GroupChanged extends Decided {
    readonly type: "GroupChanged";
    readonly by: string;
    readonly cid?: string | undefined;
    readonly change: LineChange;
}
export {};

// protocol/frames/mailbox.d.ts
import type { GroupEvent, MailEvent } from "./mail.js";
export interface EventFrame {
    readonly t: "event";
    readonly mailbox: string;
    readonly seq: number;
    readonly prev: number;
    readonly at: number;
    readonly generation?: number;
    readonly event: MailEvent | GroupEvent;
}
export interface CaughtUp {
    readonly t: "caughtUp";
    readonly mailbox: string;
    readonly seq: number;
}
export declare const RESYNC_REASONS: readonly ["epoch", "rolled-back", "too-long"];
export interface Resync {
    readonly t: "resync";
    readonly mailbox: string;
    readonly epoch: string;
    readonly seq: number;
    readonly reason: (typeof RESYNC_REASONS)[number];
}

// protocol/frames/marks.d.ts
import type { Said } from "../envelope.js";
export interface Delivered extends Said {
    readonly t: "delivered";
    readonly peer: string;
    readonly upTo: number;
}
export interface Read extends Said {
    readonly t: "read";
    readonly peer: string;
    readonly upTo: number;
    readonly auto?: boolean;
}

// protocol/frames/ping.d.ts
import type { Answering, Said } from "../envelope.js";
export interface Ping extends Said {
    readonly t: "ping";
}
export interface Pong extends Answering {
    readonly t: "pong";
    readonly head?: number;
    readonly heads?: Readonly<Record<string, number>>;
}

// protocol/frames/presence.d.ts
import type { Said } from "../envelope.js";
export declare const USERS_MAX = 100;
export interface Watch extends Said {
    readonly t: "watch";
    readonly users: readonly string[];
}
export interface Unwatch extends Said {
    readonly t: "unwatch";
    readonly users: readonly string[];
}
export interface PresenceFrame {
    readonly t: "presence";
    readonly user: string;
    readonly online: boolean;
    readonly lastSeen?: number;
}
export interface LastSeenQuestion extends Said {
    readonly t: "lastSeen";
    readonly users: readonly string[];
}
export interface LastSeenAnswer {
    readonly users: readonly SeenRow[];
}
export interface SeenRow {
    readonly user: string;
    readonly online: boolean;
    readonly lastSeen: number;
}

// protocol/frames/refresh.d.ts
import type { Answering, Said } from "../envelope.js";
export interface Refresh extends Said {
    readonly t: "refresh";
    readonly token: string;
}
export interface Refreshed extends Answering {
    readonly t: "refreshed";
    readonly expiresInMs: number;
}

// protocol/frames/reply.d.ts
import type { Answering } from "../envelope.js";
import type { ChatsAnswer, ChatsQuestion } from "./chats.js";
import type { GroupAnswer, GroupQuestion, InfoAnswer, InfoQuestion, MembersAnswer, MembersQuestion } from "./groupviews.js";
import type { HistoryAnswer, HistoryQuestion } from "./history.js";
import type { KeyedAnswer, KeyedQuestion } from "./keyed.js";
import type { LastSeenAnswer, LastSeenQuestion } from "./presence.js";
import type { SessionsAnswer, SessionsQuestion } from "./sessions.js";
import type { StatusAnswer, StatusQuestion } from "./status.js";
export type Question = ChatsQuestion | HistoryQuestion | StatusQuestion | LastSeenQuestion | SessionsQuestion | KeyedQuestion | GroupQuestion | MembersQuestion | InfoQuestion;
export interface Answers {
    readonly chats: ChatsAnswer;
    readonly history: HistoryAnswer;
    readonly status: StatusAnswer;
    readonly lastSeen: LastSeenAnswer;
    readonly sessions: SessionsAnswer;
    readonly keyed: KeyedAnswer;
    readonly group: GroupAnswer;
    readonly members: MembersAnswer;
    readonly info: InfoAnswer;
}
export interface ReplyOf<V extends keyof Answers> extends Answering {
    readonly t: "reply";
    readonly view: V;
    readonly seq: number;
    readonly result: Answers[V];
}
export type Reply = ReplyOf<"chats"> | ReplyOf<"history"> | ReplyOf<"status"> | ReplyOf<"lastSeen"> | ReplyOf<"sessions"> | ReplyOf<"keyed"> | ReplyOf<"group"> | ReplyOf<"members"> | ReplyOf<"info">;

// protocol/frames/send.d.ts
import type { Data } from "../extras.js";
import type { Answering, Said } from "../envelope.js";
export declare const CODE_POINTS_MAX = 16384;
export interface Send extends Said {
    readonly t: "send";
    readonly cid: string;
    readonly to: string;
    readonly body: string;
    readonly data?: Data;
    readonly key?: string;
    readonly replaces?: string;
    readonly mentions?: readonly string[];
    readonly auto?: boolean;
}
export declare const DURABILITIES: readonly ["stored", "synced", "replicated", "replicated+synced"];
export type Durability = (typeof DURABILITIES)[number];
export interface Sent extends Answering {
    readonly t: "sent";
    readonly cid: string;
    readonly id?: string;
    readonly seq: number;
    readonly durability: Durability;
}

// protocol/frames/sessions.d.ts
import type { Said } from "../envelope.js";
export interface SessionsQuestion extends Said {
    readonly t: "sessions";
    readonly atLeast?: number;
}
export interface SessionRow {
    readonly sessionId: string;
    readonly deviceId: string;
    readonly gatewayId: string;
    readonly openedAt: number;
    readonly position: number;
    readonly issuedAt?: number;
    readonly closed?: {
        readonly reason: string;
        readonly countsInMs: number;
    };
}
export interface SessionsAnswer {
    readonly sessions: readonly SessionRow[];
}

// protocol/frames/signals.d.ts
import type { Said } from "../envelope.js";
export interface Typing extends Said {
    readonly t: "typing";
    readonly peer: string;
}
export interface Focus extends Said {
    readonly t: "focus";
}
export interface PeerTyping {
    readonly t: "typing";
    readonly peer: string;
    readonly user?: string;
}

// protocol/frames/status.d.ts
import type { Said } from "../envelope.js";
export interface StatusQuestion extends Said {
    readonly t: "status";
    readonly id: string;
    readonly atLeast?: number;
}
export interface StatusAnswer {
    readonly id: string;
    readonly to: string;
    readonly status: "sent" | "delivered" | "read";
    readonly sentAt: number;
    readonly deliveredAt?: number;
    readonly readAt?: number;
    readonly delivered?: number;
    readonly read?: number;
    readonly of?: number;
}

// protocol/protocol.d.ts
export * from "./codes.js";
export * from "./envelope.js";
export * from "./frames/chats.js";
export * from "./frames/error.js";
export * from "./frames/frame.js";
export * from "./frames/group.js";
export * from "./frames/groupline.js";
export * from "./frames/groupviews.js";
export * from "./frames/hello.js";
export * from "./frames/history.js";
export * from "./frames/mail.js";
export * from "./frames/mailbox.js";
export * from "./frames/marks.js";
export * from "./frames/ping.js";
export * from "./frames/presence.js";
export * from "./frames/refresh.js";
export * from "./frames/reply.js";
export * from "./frames/send.js";
export * from "./frames/keyed.js";
export * from "./frames/sessions.js";
export * from "./frames/signals.js";
export * from "./frames/status.js";

// react/react.d.ts
import { type ReactElement, type ReactNode } from "react";
import type { ChatClient, ChatMessage, ChatWindow, Connectivity, MessageWindow, UserPresence } from "../client/client.js";
export declare function ChatProvider(props: {
    client: ChatClient;
    children?: ReactNode;
}): ReactElement;
export declare function useClient(): ChatClient;
export declare function useChats(): ChatWindow;
export interface Messages extends MessageWindow {
    readonly loading: boolean;
    readonly loadEarlier: () => Promise<boolean>;
    readonly loadLater: () => void;
    readonly loadLatest: () => void;
    readonly scroller: (box: HTMLElement | null) => void;
}
export declare function useMessages(chat: string, { page }?: {
    page?: number;
}): Messages;
export declare function useMessage(chat: string, ref: string): ChatMessage | undefined;
export declare function usePresence(user: string | undefined): UserPresence | undefined;
export declare function useTyping(chat: string): readonly string[];
export declare function useConnection(): Connectivity;
export declare function useUnread(chat?: string): number;

// rules/sends.d.ts
export type Sends = readonly Instance[];
type Instance = readonly [name: string, n: number, below: number];
export interface SendNames {
    readonly cid: string;
    readonly replaces?: string | undefined;
}
export declare const INSTANCES_MAX = 64;
export declare const WINDOW = 32;
export declare const isRepeat: (sends: Sends, { cid, replaces }: SendNames) => boolean;
export declare function note(sends: Sends, { cid, replaces }: SendNames): Sends;
export declare function isUsed(sends: Sends, cid: string): boolean;
export declare function parseCid(cid: string): {
    instance: string;
    n: number;
};
export {};

// rules/standing.d.ts
import { type Watermarks } from "./watermarks.js";
export interface Conversation {
    readonly heard: number;
    readonly received: number;
    readonly sent: number;
    readonly mine: Watermarks;
    readonly theirs: Watermarks;
}
export declare const SILENCE: Conversation;

// rules/watermarks.d.ts
export interface Watermarks {
    readonly delivered: number;
    readonly read: number;
}
export declare const NOTHING_YET: Watermarks;
export declare function advance(now: Watermarks, claim: Watermarks, sent: number): Watermarks;

// testing/testing.d.ts
import type { ClientOptions, WebSocketClass } from "../client/api.js";
import type { Data } from "../protocol/extras.js";
import type { MessageRow } from "../protocol/frames/history.js";
export interface TestMessage {
    readonly from: string;
    readonly to: string;
    readonly body: string;
    readonly data?: Data;
}
export interface TestServer {
    optionsFor(user: string): Pick<ClientOptions, "url" | "getToken" | "webSocket">;
    readonly webSocket: WebSocketClass;
    write(message: TestMessage): Promise<string>;
    read(user: string, peer: string): Promise<void>;
    messages(user: string, peer: string): Promise<readonly MessageRow[]>;
    cut(user?: string, code?: number): void;
    goAway(user?: string): void;
    reachable: boolean;
    close(): void;
}
export declare function createTestServer(): TestServer;
