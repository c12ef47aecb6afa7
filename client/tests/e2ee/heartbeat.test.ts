import { expect, test } from "vitest";
import { Heartbeat, MAX_UNHEARD, PERIOD_MS } from "../../src/e2ee/heartbeat.ts";

const SILENCE_MS = 20_000;

/** Let time pass to `endMs` as the group does: at every timer, and never later. */
function run(heartbeat: Heartbeat, endMs: number): string[][] {
  const said: string[][] = [];
  for (let nowMs = heartbeat.nextTimerMs(); nowMs !== null && nowMs <= endMs; nowMs = heartbeat.nextTimerMs()) {
    const { say } = heartbeat.tick(nowMs);
    if (say !== null) said.push([...say.unheard]);
  }
  return said;
}

function among(...others: string[]): Heartbeat {
  const heartbeat = new Heartbeat("alice");
  heartbeat.tick(0);
  heartbeat.keep(["alice", ...others], 0);
  return heartbeat;
}

test("nobody speaks to nobody", () => {
  const alone = among();
  expect(alone.nextTimerMs()).toBeNull();
  expect(alone.tick(60_000).say).toBeNull();
  alone.hasten(60_000);
  expect(alone.nextTimerMs()).toBeNull();
});

test("a small group says one in five seconds, a large one all together five a second", () => {
  expect(run(among("bob"), 60_000)).toHaveLength(60_000 / PERIOD_MS);
  const large = among(...Array.from({ length: 199 }, (_, n) => `device ${n}`));
  expect(200 * run(large, 400_000).length).toBe(5 * 400);
});

test("who begins an epoch says one at once", () => {
  const heartbeat = among("bob");
  heartbeat.hasten(1000);
  expect(heartbeat.tick(1000).say).toEqual({ type: "heartbeat", unheard: [] });
  expect(heartbeat.nextTimerMs()).toBe(1000 + PERIOD_MS);
});

test("who is silent is named after 20 s, to the others too, until they are heard again", () => {
  const heartbeat = among("bob", "carol");
  for (let nowMs = 1000; nowMs < SILENCE_MS; nowMs += 1000) {
    heartbeat.hear("carol", {}, nowMs);
    heartbeat.tick(nowMs);
    expect(heartbeat.doubtOf("bob")).toBeNull();
  }
  heartbeat.hear("carol", {}, SILENCE_MS);
  const due = heartbeat.tick(SILENCE_MS);
  expect(due).toEqual({ say: { type: "heartbeat", unheard: ["bob"] }, isChanged: true });
  expect([heartbeat.doubtOf("bob"), heartbeat.doubtOf("carol")]).toEqual(["silent", null]);
  expect(heartbeat.tick(SILENCE_MS + 1).isChanged).toBe(false);
  heartbeat.hear("bob", {}, SILENCE_MS + 2);
  expect(heartbeat.tick(SILENCE_MS + 2).isChanged).toBe(true);
  expect(heartbeat.doubtOf("bob")).toBeNull();
});

test("a timer is set for the end of patience, not only for the next heartbeat", () => {
  const heartbeat = among("bob");
  heartbeat.hear("bob", {}, 1234);
  run(heartbeat, 1234 + SILENCE_MS);
  expect(heartbeat.doubtOf("bob")).toBe("silent");
});

test("what does not open counts only when nothing else comes", () => {
  const heartbeat = among("bob", "carol");
  for (const device of ["bob", "carol", "nobody"]) heartbeat.failToRead(device);
  heartbeat.hear("carol", {}, 1);
  run(heartbeat, SILENCE_MS + 1);
  expect([heartbeat.doubtOf("bob"), heartbeat.doubtOf("carol")]).toEqual(["unreadable", "silent"]);
});

test("who says that nothing of ours comes is named until they say otherwise", () => {
  const heartbeat = among("bob");
  heartbeat.hear("bob", { type: "heartbeat", unheard: ["alice"] }, 1);
  heartbeat.hear("bob", { type: "chat", text: "hello?" }, 2);
  heartbeat.tick(2);
  expect(heartbeat.doubtOf("bob")).toBe("unheard");
  heartbeat.hear("bob", { type: "heartbeat", unheard: ["carol"] }, 3);
  heartbeat.tick(3);
  expect(heartbeat.doubtOf("bob")).toBeNull();
});

test("what is not a heartbeat says nothing, and strangers are nobody", () => {
  const heartbeat = among("bob");
  const endless = Array.from({ length: MAX_UNHEARD + 1 }, () => "alice");
  for (const unheard of [undefined, null, "alice", {}, endless])
    heartbeat.hear("bob", { type: "heartbeat", unheard }, 1);
  heartbeat.hear("mallory", { type: "heartbeat", unheard: ["alice"] }, 1);
  heartbeat.tick(1);
  expect([heartbeat.doubtOf("bob"), heartbeat.doubtOf("mallory")]).toEqual([null, null]);
});

test("a heartbeat names at most eight, who have been silent for longest", () => {
  const devices = Array.from({ length: 20 }, (_, n) => `device ${n}`);
  const heartbeat = among(...devices);
  for (const [n, device] of devices.entries()) heartbeat.hear(device, {}, 100 - n);
  expect(run(heartbeat, 60_000).at(-1)).toEqual(devices.slice(-MAX_UNHEARD).reverse());
});

test("a computer that slept accuses nobody when it wakes, and who leaves is in no doubt", () => {
  const heartbeat = among("bob", "carol");
  heartbeat.tick(3_600_000);
  expect([heartbeat.doubtOf("bob"), heartbeat.doubtOf("carol")]).toEqual([null, null]);
  run(heartbeat, 3_600_000 + SILENCE_MS);
  expect(heartbeat.doubtOf("bob")).toBe("silent");
  heartbeat.keep(["alice", "carol"], 3_600_000 + SILENCE_MS);
  heartbeat.tick(3_600_000 + SILENCE_MS);
  expect([heartbeat.doubtOf("bob"), heartbeat.doubtOf("carol")]).toEqual([null, "silent"]);
});
