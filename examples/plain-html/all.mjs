// The client and its storage, for a page without a bundler of its own: npm run bundle makes posthorn.js of it.
export { createChatClient } from "posthorn/client";
export { indexedDbStorage } from "posthorn/client/indexeddb";
