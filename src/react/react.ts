// Hooks of React 18 and 19 over a chat client. Each component is drawn again when what it shows has changed.
import {
  createContext,
  createElement,
  useCallback,
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
  useState,
  useSyncExternalStore,
  type ReactElement,
  type ReactNode,
} from "react";
import type {
  ChatClient,
  ChatMessage,
  ChatWindow,
  Connectivity,
  MessageWindow,
  UserPresence,
} from "../client/client.ts";
import { BLANK, unreadIn } from "../ui/blank.ts";
import { PAGE, Paging } from "../ui/paging.ts";

const Client = createContext<ChatClient | undefined>(undefined);

/** Gives a client to all components below. It neither connects nor closes it: an app does, once. */
export function ChatProvider(props: { client: ChatClient; children?: ReactNode }): ReactElement {
  return createElement(Client.Provider, { value: props.client }, props.children);
}

/** The client, for what a person does: `send`, `markRead`, `typed`, … @throws Error outside a `ChatProvider` */
export function useClient(): ChatClient {
  const client = useContext(Client);
  if (client === undefined) throw new Error("a hook of posthorn/react needs a ChatProvider above");
  return client;
}

/** All chats, newest first. */
export function useChats(): ChatWindow {
  return useAnswer((client) => client.chats(), BLANK.chats);
}

/** A conversation on the screen: its window, and how to move it. */
export interface Messages extends MessageWindow {
  /** An earlier page is asked for. */
  readonly loading: boolean;
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
  const window = useAnswer((each) => each.messages(chat), BLANK.messages);
  const connection = useConnection();
  const [loading, setLoading] = useState(false);
  const paging = useMemo(
    () => new Paging({ client, chat, page, loading: setLoading }),
    [client, chat, page],
  );
  useEffect(() => paging.fill(), [paging, window, connection]);
  useLayout(() => paging.anchor.settle(), [paging, window]);
  const { loadEarlier, loadLater, loadLatest, anchor } = paging;
  return { ...window, loading, loadEarlier, loadLater, loadLatest, scroller: anchor.attach };
}

/** A message of the window, by its id or its cid. */
export function useMessage(chat: string, ref: string): ChatMessage | undefined {
  return useAnswer((client) => client.message(chat, ref), undefined);
}

/** A user's presence, followed while a component asks for it. Undefined: not known yet, or nobody named. */
export function usePresence(user: string | undefined): UserPresence | undefined {
  const client = useClient();
  useEffect(() => (user === undefined ? undefined : client.watch([user])), [client, user]);
  return useAnswer(() => (user === undefined ? undefined : client.presence(user)), undefined);
}

/** The others who type in a chat. */
export function useTyping(chat: string): readonly string[] {
  return useAnswer((client) => client.typing(chat), BLANK.typing);
}

/** The connection, and why it is as it is. */
export function useConnection(): Connectivity {
  return useAnswer((client) => client.connection, BLANK.connection);
}

/** Unread messages of one chat, or, if none is named, of all. */
export function useUnread(chat?: string): number {
  return useAnswer((client) => unreadIn(client.chats(), chat), 0);
}

/** An answer of the client, as long as it is the identical object. `first`: what a server renders. */
function useAnswer<T>(get: (client: ChatClient) => T, first: T): T {
  const client = useClient();
  const subscribe = useCallback((tell: () => void) => client.subscribe(tell), [client]);
  return useSyncExternalStore(
    subscribe,
    () => get(client),
    () => first,
  );
}

/** React 18 complains of layout effects where there is no layout. */
const useLayout = typeof document === "undefined" ? useEffect : useLayoutEffect;
