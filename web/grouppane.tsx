import { useState } from "preact/hooks";
import type { Chat, GroupInfo } from "../src/client/client.ts";
import { Avatar } from "./avatar.tsx";
import { Dialog } from "./dialog.tsx";
import { counted } from "./format.ts";
import { NAME } from "./identity.ts";
import { useMembers } from "./members.ts";
import type { Page } from "./page.ts";

interface Props {
  page: Page;
  id: string;
  info: GroupInfo;
}
type Doing = ReturnType<Page["group"]>;

/** All about a group: its name, its people, its rules, its link, and the way out. */
export function GroupPane({ page, chat, close }: { page: Page; chat: Chat; close: () => void }) {
  const { peer: id, group: info = {} } = chat;
  const isAdmin = info.role === "admin";
  const may = (what: "edit" | "add"): boolean =>
    info.role !== undefined && (isAdmin || info.rules?.[what] === "all");
  const own = { page, id, info };
  return (
    <Dialog title={info.name ?? "Group"} close={close}>
      {info.about !== undefined && info.about !== "" && <p class="about">{info.about}</p>}
      {may("edit") && <Words {...own} />}
      <Members {...own} mayAdd={may("add")} />
      <Rules {...own} />
      {isAdmin && <Link {...own} />}
      {info.role !== undefined && <Leave group={page.group(id)} close={close} />}
    </Dialog>
  );
}

function Words({ page, id, info }: Props) {
  return (
    <details>
      <summary>Name and description</summary>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          const words = new FormData(event.currentTarget);
          const textOf = (field: string): string => {
            const value = words.get(field);
            return typeof value === "string" ? value.trim() : "";
          };
          const [name, about] = [textOf("name"), textOf("about")];
          void page.group(id).describe({ name, about });
        }}
      >
        <label>
          Name
          <input name="name" required maxLength={100} defaultValue={info.name ?? ""} />
        </label>
        <label>
          Description
          <textarea name="about" rows={2} maxLength={512} defaultValue={info.about ?? ""} />
        </label>
        <button class="primary wide">Save</button>
      </form>
    </details>
  );
}

function Members({ page, id, info, mayAdd }: Props & { mayAdd: boolean }) {
  const members = useMembers(id).value;
  const group = page.group(id);
  return (
    <section aria-label="Members">
      <h3>{counted(info.members ?? members.length)}</h3>
      <ul class="members">
        {members
          .toSorted((a, b) => Number(b.role === "admin") - Number(a.role === "admin"))
          .map(({ user, role }) => (
            <li key={user}>
              <Avatar name={user} />
              <bdi class="peer">{user === page.user ? `${user} (you)` : user}</bdi>
              {role === "admin" && <span class="faint">admin</span>}
              {info.role === "admin" && user !== page.user && (
                <Powers user={user} isAdmin={role === "admin"} group={group} />
              )}
            </li>
          ))}
      </ul>
      {mayAdd && <Add group={group} />}
    </section>
  );
}

function Powers({ user, isAdmin, group }: { user: string; isAdmin: boolean; group: Doing }) {
  return (
    <span class="powers">
      <button
        class="link"
        aria-label={isAdmin ? `Make ${user} a member` : `Make ${user} an admin`}
        onClick={() => void (isAdmin ? group.demote(user) : group.promote(user))}
      >
        {isAdmin ? "Make member" : "Make admin"}
      </button>
      <button class="link" aria-label={`Remove ${user}`} onClick={() => void group.remove(user)}>
        Remove
      </button>
    </span>
  );
}

function Add({ group }: { group: Doing }) {
  const [names, setNames] = useState("");
  const users = names.split(/[\s,]+/).filter((name) => name !== "");
  return (
    <form
      class="inline"
      onSubmit={(event) => {
        event.preventDefault();
        if (users.length === 0 || !users.every((name) => NAME.test(name))) return;
        void group.add(users).then((done) => done && setNames(""));
      }}
    >
      <input
        aria-label="Names to add"
        placeholder="Add by name"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        value={names}
        onInput={({ currentTarget }) => setNames(currentTarget.value)}
      />
      <button class="primary wide">Add</button>
    </form>
  );
}

const RULES = {
  send: "Send messages",
  edit: "Change name and description",
  add: "Add people",
} as const;

/** Everybody sees who may do what; admins change it. */
function Rules({ page, id, info }: Props) {
  return (
    <fieldset disabled={info.role !== "admin"}>
      <legend>Who may</legend>
      {(["send", "edit", "add"] as const).map((rule) => (
        <label key={rule} class="rule">
          {RULES[rule]}
          <select
            value={info.rules?.[rule] ?? "all"}
            onChange={({ currentTarget }) =>
              void page.group(id).setRule(rule, currentTarget.value === "admins" ? "admins" : "all")
            }
          >
            <option value="all">All members</option>
            <option value="admins">Admins only</option>
          </select>
        </label>
      ))}
    </fieldset>
  );
}

function Link({ page, id }: Props) {
  const [link, setLink] = useState<string>();
  const group = page.group(id);
  return (
    <section aria-label="Link">
      <h3>Link to come in</h3>
      {link !== undefined && <input class="copyable" readOnly aria-label="Link" value={link} />}
      <p class="powers">
        <button class="link" onClick={() => void group.link().then(setLink)}>
          Show
        </button>
        <button class="link" onClick={() => void group.invite(true).then(setLink)}>
          New link
        </button>
        <button class="link" onClick={() => void group.invite(false).then(setLink)}>
          No link
        </button>
      </p>
    </section>
  );
}

function Leave({ group, close }: { group: Doing; close: () => void }) {
  const [asked, setAsked] = useState(false);
  if (!asked)
    return (
      <button class="link leave" onClick={() => setAsked(true)}>
        Leave the group
      </button>
    );
  return (
    <p role="alert" class="powers">
      Leave for good?
      <button class="link" onClick={() => void group.leave().then((done) => done && close())}>
        Leave
      </button>
      <button class="link" onClick={() => setAsked(false)}>
        Stay
      </button>
    </p>
  );
}
