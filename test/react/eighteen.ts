import Module from "node:module";

// oxlint-disable no-underscore-dangle -- Node has no other hook for what is required
// React 18's own modules say "react", too, and mean theirs. They are no modules that vite could rewrite.
const loader = Module as unknown as {
  _resolveFilename(request: string, ...more: unknown[]): string;
};
const resolve = loader._resolveFilename;
loader._resolveFilename = (request, ...more) =>
  resolve.call(loader, request.replace(/^react(-dom)?(?=\/|$)/, "react$1-18"), ...more);
