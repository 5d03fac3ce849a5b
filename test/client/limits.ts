import type { Limits } from "../../src/protocol/frames/hello.ts";

/** The limits that the model server tells its clients. */
export const LIMITS: Limits = {
  frameBytes: 74_752,
  codePoints: 16_384,
  sendsPerSecond: 20,
  sendsBurst: 40,
  marksPerSecond: 20,
  marksBurst: 200,
  framesPerSecond: 100,
  typingPerSecond: 1,
  unanswered: 32,
  watchesPerSecond: 20,
  watchesBurst: 2_000,
  questionsPerSecond: 20,
  questionsBurst: 200,
  watches: 500,
  heartbeatMs: 25_000,
  idleMs: 60_000,
  onlineMs: 20_000,
};
