// The start of the page: a client for the name in the address, or the question for a name.
import { render } from "preact";
import { createChatClient } from "../src/client/client.ts";
import { indexedDbStorage } from "../src/client/storage/indexeddb.ts";
import { ChatProvider } from "../src/preact/preact.ts";
import { App } from "./app.tsx";
import { fetchToken, NAME, nameInAddress, rememberName, socketAddress } from "./identity.ts";
import { createPage } from "./page.ts";
import { Picker } from "./picker.tsx";

const name = nameInAddress();
const root = document.body.querySelector("#app");

if (root && name !== undefined && NAME.test(name)) {
  rememberName(name);
  const client = createChatClient({
    url: socketAddress(),
    user: name,
    getToken: ({ signal }) => fetchToken(name, signal),
    storage: indexedDbStorage(`posthorn.${name}`),
  });
  render(
    <ChatProvider client={client}>
      <App page={createPage(client, name)} />
    </ChatProvider>,
    root,
  );
  client.connect();
} else if (root) render(<Picker refused={name} />, root);
