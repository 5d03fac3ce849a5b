import type { HttpLimits } from "../gateway/http/connections.ts";
import type { GatewayLimits } from "../gateway/session/limits.ts";
import { FRAME_BYTES_MAX } from "../protocol/envelope.ts";
import type { Limits } from "../protocol/frames/hello.ts";
import { CODE_POINTS_MAX } from "../protocol/frames/send.ts";
import { WINDOW } from "../rules/sends.ts";
import type { Given, Settings } from "./settings.ts";

/** A signal that one is typing is shown for some seconds. */
const TYPING_PER_SECOND = 1;
/** Asks to groups of one user: more than anybody does by hand, and a new group has all its members in one. */
const CHANGES_PER_MINUTE = 100;
/** Sends of one socket that wait to be stored: five seconds of them. */
const PENDING_SENDS_MAX = 100;

/** The limits of a gateway, as the settings say. */
export const limitsOf = (settings: Given): GatewayLimits => ({
  sendsPerSecond: settings.SENDS_PER_SECOND,
  sendsBurst: settings.SENDS_BURST,
  framesPerSecond: settings.FRAMES_PER_SECOND,
  framesBurst: settings.FRAMES_BURST,
  userFramesPerSecond: settings.USER_FRAMES_PER_SECOND,
  userFramesBurst: settings.USER_FRAMES_BURST,
  typingPerSecond: TYPING_PER_SECOND,
  marksPerSecond: settings.MARKS_PER_SECOND,
  marksBurst: settings.MARKS_BURST,
  watchesPerSecond: settings.WATCHES_PER_SECOND,
  watchesBurst: settings.WATCHES_BURST,
  changesPerMinute: CHANGES_PER_MINUTE,
  groupMembers: settings.GROUP_MEMBERS_MAX,
  groupSendsPerSecond: settings.GROUP_SENDS_PER_SECOND,
  questionsPerSecond: settings.QUESTIONS_PER_SECOND,
  questionsBurst: settings.QUESTIONS_BURST,
  deviceHelloEveryMs: settings.DEVICE_HELLO_EVERY_MS,
  deviceHellosBurst: settings.DEVICE_HELLOS_BURST,
  userHelloEveryMs: settings.USER_HELLO_EVERY_MS,
  userHellosBurst: settings.USER_HELLOS_BURST,
  devicesPerUser: settings.DEVICES_PER_USER,
  socketsPerDevice: settings.SOCKETS_PER_DEVICE,
  greetingPerAddress: settings.GREETING_PER_ADDRESS,
  watches: settings.WATCHES_PER_SESSION,
  pendingSends: PENDING_SENDS_MAX,
  queueBytes: settings.QUEUE_BYTES,
  resumeEntries: settings.RESUME_ENTRIES,
  helloMs: settings.HELLO_MS,
  heartbeatMs: settings.HEARTBEAT_MS,
  idleMs: settings.IDLE_MS,
  onlineMs: settings.ONLINE_MS,
});

/** The part of the limits that a client is told. */
export const toldOf = (limits: GatewayLimits): Limits => ({
  frameBytes: FRAME_BYTES_MAX,
  codePoints: CODE_POINTS_MAX,
  sendsPerSecond: limits.sendsPerSecond,
  sendsBurst: limits.sendsBurst,
  marksPerSecond: limits.marksPerSecond,
  marksBurst: limits.marksBurst,
  framesPerSecond: limits.framesPerSecond,
  typingPerSecond: limits.typingPerSecond,
  unanswered: WINDOW,
  watches: limits.watches,
  watchesPerSecond: limits.watchesPerSecond,
  watchesBurst: limits.watchesBurst,
  questionsPerSecond: limits.questionsPerSecond,
  questionsBurst: limits.questionsBurst,
  heartbeatMs: limits.heartbeatMs,
  idleMs: limits.idleMs,
  onlineMs: limits.onlineMs,
});

/** The limits of HTTP for an address and a connection, as the settings say. */
export const httpLimitsOf = (settings: Settings): HttpLimits => ({
  connectionsPerAddress: settings.CONNECTIONS_PER_ADDRESS,
  headersMs: settings.HTTP_HEADERS_MS,
  requestMs: settings.HTTP_REQUEST_MS,
  answerMs: settings.HTTP_ANSWER_MS,
  idleMs: settings.HTTP_IDLE_MS,
});
