import type { Device } from "./groupdevice.ts";

/** Frames that a device was told, a word for each. */
export const words = (device: Device): string[] =>
  device.frames.map((frame) => {
    switch (frame.t) {
      case "event":
        return `${frame.seq}`;
      case "follows":
        return frame.mailboxes.map(({ seq, head }) => `follows ${seq}-${head}`).join();
      case "caughtUp":
        return `caughtUp ${frame.seq}`;
      case "unfollows":
        return `unfollows ${frame.upTo}`;
      case "resync":
        return `resync ${frame.reason} ${frame.seq}`;
      default:
        return frame.t;
    }
  });
