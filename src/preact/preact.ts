// Signals of Preact over a chat client, inside components (hooks) and outside (`chatSignals`).
import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { createContext, h, type ComponentChildren, type JSX } from "preact";
import { useContext, useEffect, useLayoutEffect, useMemo } from "preact/hooks";
import type {
  ChatClient,
  ChatMessage,
  ChatWindow,
  Connectivity,
  MessageWindow,
  UserPresence,
} from "../client/client.ts";
import { unreadIn } from "../ui/blank.ts";
import { PAGE, Paging } from "../ui/paging.ts";

/** Turns in which something has changed, of each client that is followed. */
const turns = new WeakMap<ChatClient, Signal<number>>();

function turnsOf(client: ChatClient): Signal<number> {
  const known = turns.get(client);
  if (known) return known;
  const count = signal(0);
  client.subscribe(() => count.value++);
  turns.set(client, count);
  return count;
}

/** A getter's answer as a signal. It has the identical object as value while the content is the same. */
function follow<T>(client: ChatClient, get: () => T): ReadonlySignal<T> {
  const count = turnsOf(client);
  return computed(() => {
    void count.value;
    return get();
  });
}

/** All that a client answers as signals, also outside components: keep those that you ask for. */
export const chatSignals = (client: ChatClient) => ({
  /** All chats, newest first. */
  chats: (): ReadonlySignal<ChatWindow> => follow(client, () => client.chats()),
  /** The window on the messages of a chat. */
  messages: (chat: string): ReadonlySignal<MessageWindow> =>
    follow(client, () => client.messages(chat)),
  /** A message of the window, by its id or its cid. */
  message: (chat: string, ref: string): ReadonlySignal<ChatMessage | undefined> =>
    follow(client, () => client.message(chat, ref)),
  /** The presence of a user that is watched: `client.watch`, or {@link usePresence}. */
  presence: (user: string): ReadonlySignal<UserPresence | undefined> =>
    follow(client, () => client.presence(user)),
  /** The others who type in a chat. */
  typing: (chat: string): ReadonlySignal<readonly string[]> =>
    follow(client, () => client.typing(chat)),
  /** The connection, and why it is as it is. */
  connection: (): ReadonlySignal<Connectivity> => follow(client, () => client.connection),
  /** Unread messages of one chat, or, if none is named, of all. */
  unread: (chat?: string): ReadonlySignal<number> =>
    follow(client, () => unreadIn(client.chats(), chat)),
});

const Client = createContext<ChatClient | undefined>(undefined);

/** Gives a client to all components below. It neither connects nor closes it: an app does, once. */
export function ChatProvider(props: {
  client: ChatClient;
  children?: ComponentChildren;
}): JSX.Element {
  return h(Client.Provider, { value: props.client }, props.children);
}

/** The client, for what a person does: `send`, `markRead`, `typed`, … @throws Error outside a `ChatProvider` */
export function useClient(): ChatClient {
  const client = useContext(Client);
  if (client === undefined) throw new Error("a hook of posthorn/preact needs a ChatProvider above");
  return client;
}

/** All chats, newest first. */
export function useChats(): ReadonlySignal<ChatWindow> {
  return useSignals(({ chats }) => chats());
}

/** A conversation on the screen: its window, and how to move it. */
export interface Messages {
  /** The part of the conversation that is shown. */
  readonly window: ReadonlySignal<MessageWindow>;
  /** An earlier page is asked for. */
  readonly loading: ReadonlySignal<boolean>;
  /** A page further back; false when none was to be had. Near the first message it is called by itself. */
  readonly loadEarlier: () => Promise<boolean>;
  /** A page on. Near the last message it is called by itself. */
  readonly loadLater: () => void;
  /** Back to the newest message. */
  readonly loadLatest: () => void;
  /**
   * The `ref` of the element that scrolls, whose children are the messages: it stays at its end while its reader is there,
   * and keeps the message in view else. It is optional.
   */
  readonly scroller: (box: HTMLElement | null) => void;
}

/** The messages of a chat. `page`: so many are asked for at once, and to begin with. Default: 50, at most 100. */
export function useMessages(chat: string, { page = PAGE }: { page?: number } = {}): Messages {
  const client = useClient();
  const window = useSignals(({ messages }) => messages(chat), [chat]);
  const connection = useConnection();
  const { paging, loading } = useMemo(() => {
    const is = signal(false);
    const ports = { client, chat, page, loading: (now: boolean) => void (is.value = now) };
    return { paging: new Paging(ports), loading: is };
  }, [client, chat, page]);
  useEffect(() => paging.fill(), [paging, window.value, connection.value]);
  useLayoutEffect(() => paging.anchor.settle(), [paging, window.value]);
  const { loadEarlier, loadLater, loadLatest, anchor } = paging;
  return { window, loading, loadEarlier, loadLater, loadLatest, scroller: anchor.attach };
}

/** A message of the window, by its id or its cid. */
export function useMessage(chat: string, ref: string): ReadonlySignal<ChatMessage | undefined> {
  return useSignals(({ message }) => message(chat, ref), [chat, ref]);
}

/** A user's presence, followed while a component asks for it. Undefined: not known yet, or nobody named. */
export function usePresence(user: string | undefined): ReadonlySignal<UserPresence | undefined> {
  const client = useClient();
  useEffect(() => (user === undefined ? undefined : client.watch([user])), [client, user]);
  return useSignals(({ presence }) => presence(user ?? ""), [user]);
}

/** The others who type in a chat. */
export function useTyping(chat: string): ReadonlySignal<readonly string[]> {
  return useSignals(({ typing }) => typing(chat), [chat]);
}

/** The connection, and why it is as it is. */
export function useConnection(): ReadonlySignal<Connectivity> {
  return useSignals(({ connection }) => connection());
}

/** Unread messages of one chat, or, if none is named, of all. */
export function useUnread(chat?: string): ReadonlySignal<number> {
  return useSignals(({ unread }) => unread(chat), [chat]);
}

function useSignals<T>(
  get: (signals: ReturnType<typeof chatSignals>) => ReadonlySignal<T>,
  names: readonly (string | undefined)[] = [],
): ReadonlySignal<T> {
  const client = useClient();
  return useMemo(() => get(chatSignals(client)), [client, ...names]);
}
