// The start of the app: somebody's chats, or the question who it is.
import { ChatProvider } from "posthorn/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { openSession } from "./session.ts";
import { SignIn } from "./signin.tsx";

const user = new URLSearchParams(location.search).get("as");

/** The client is made here, once: components come and go, and StrictMode mounts them twice. */
const start = (name: string) => (
  <ChatProvider client={openSession(name)}>
    <App user={name} />
  </ChatProvider>
);

const box = document.getElementById("app");
if (box) createRoot(box).render(<StrictMode>{user ? start(user) : <SignIn />}</StrictMode>);
