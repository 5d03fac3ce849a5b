import { expect, test } from "vitest";
import { Pen } from "../../src/client/outbox/pen.ts";
import { left } from "./devices.ts";

const letter = { to: "bob", body: "hi", at: 1, author: "alice", login: "l" };

test("[S5] what a page writes has the next number and stands behind all that is on its way", () => {
  const pen = new Pen();
  const { instance } = pen;
  const first = pen.write(letter, []);
  expect(first).toMatchObject({ ...letter, cid: `${instance}.1`, writer: instance, rank: 1 });
  const held = [left("x.1", { rank: 7 }), left("x.2", { rank: 3 })];
  const second = pen.write(letter, held);
  expect(second).toMatchObject({ cid: `${instance}.2`, rank: 8 });
  expect(second.name).not.toBe(first.name);
});

test("[C3] a page whose messages another one looks after writes under another name, from the beginning", () => {
  const pen = new Pen();
  const { instance } = pen;
  pen.write(letter, []);
  pen.renew();
  expect(pen.instance).not.toBe(instance);
  expect(pen.write(letter, [])).toMatchObject({ cid: `${pen.instance}.1`, writer: pen.instance });
});
