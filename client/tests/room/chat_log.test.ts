import { describe, expect, test } from "vitest";
import { ChatLog, readChat } from "../../src/room/chat_log.ts";

const BOB = { participant: "b".repeat(16), name: "Bob" };
const CAROL = { participant: "c".repeat(16), name: "Carol" };
const id = (digit: string) => digit.repeat(16);
const chat = (digit: string, text = "hello") => ({ type: "chat", id: id(digit), text }) as const;

describe("the chat", () => {
  test("keeps what others write, in order of coming, with who and when", () => {
    const log = new ChatLog();
    log.receive(chat("1"), BOB, 10);
    log.receive(chat("2", "hi"), CAROL, 20);
    expect(log.messages.map(({ fromName, text, atMs, isSelf }) => [fromName, text, atMs, isSelf])).toEqual([
      ["Bob", "hello", 10, false],
      ["Carol", "hi", 20, false],
    ]);
  });

  test("a message that is sent again is written down once; the same id of another person is another message", () => {
    const log = new ChatLog();
    expect(log.receive(chat("1"), BOB, 10)).toBe(true);
    expect(log.receive(chat("1"), BOB, 20)).toBe(false);
    expect(log.receive(chat("1"), CAROL, 30)).toBe(true);
    expect(log.messages).toHaveLength(2);
  });

  test("our own waits until it is sent", () => {
    const log = new ChatLog();
    log.write(chat("1", "hello"), BOB, 10);
    expect(log.waiting()).toEqual([{ message: chat("1"), to: null }]);
    log.sent(id("1"));
    expect(log.waiting()).toEqual([]);
    expect(log.messages[0]?.delivery).toBe("sent");
  });

  test("what was sent just before the connection was lost goes out again, with the same id", () => {
    const log = new ChatLog();
    log.write(chat("1", "long ago"), BOB, 0);
    log.write(chat("2", "just now"), BOB, 20_000);
    log.sent(id("1"));
    log.sent(id("2"));
    log.lost(21_000);
    expect(log.waiting()).toEqual([{ message: chat("2", "just now"), to: null }]);
  });

  test("what could not be sent is marked, and can be sent again", () => {
    const log = new ChatLog();
    log.write(chat("1", "hello"), BOB, 0);
    log.giveUp();
    expect(log.messages[0]?.delivery).toBe("failed");
    log.resend(id("1"));
    expect(log.waiting()).toEqual([{ message: chat("1"), to: null }]);
  });

  test("keeps the newest when there are too many", () => {
    const log = new ChatLog();
    for (let count = 0; count < 2100; count++) log.receive({ ...chat("1"), id: `${1e15 + count}` }, BOB, count);
    expect(log.messages).toHaveLength(2000);
    expect(log.messages.at(-1)?.atMs).toBe(2099);
  });
});

describe("an offer of a file", () => {
  const offer = {
    type: "file",
    id: id("1"),
    name: "a.txt",
    size: 3,
    key: "0".repeat(32),
    digest: "0".repeat(64),
  } as const;

  test("is written down without the file's key, and sent with it", () => {
    const log = new ChatLog();
    log.write(offer, BOB, 0);
    expect(log.messages[0]?.file).toEqual({ name: "a.txt", sizeBytes: 3 });
    expect(JSON.stringify(log.messages)).not.toContain(offer.key);
    expect(log.waiting()).toEqual([{ message: offer, to: null }]);
  });

  test("that is withdrawn is gone from our own chat, and is not sent again", () => {
    const log = new ChatLog();
    log.write(offer, BOB, 0);
    log.sent(offer.id);
    log.withdraw(offer.id);
    log.lost(1);
    expect([log.messages, log.waiting()]).toEqual([[], []]);
  });
});

describe("a message to one person", () => {
  test("says for whom it waits, and is marked when that person is gone", () => {
    const log = new ChatLog();
    log.write(chat("1"), BOB, 0, CAROL);
    expect(log.waiting()).toEqual([{ message: chat("1"), to: CAROL.participant }]);
    log.failed(id("1"));
    expect([log.waiting(), log.messages[0]?.delivery, log.messages[0]?.to]).toEqual([[], "failed", CAROL]);
    log.resend(id("1"));
    expect(log.waiting()).toHaveLength(1);
  });

  test("is kept apart from what everyone can read", () => {
    const log = new ChatLog();
    log.receive(chat("1"), BOB, 0, CAROL);
    log.receive(chat("2"), BOB, 0);
    expect(log.messages.map(({ to }) => to)).toEqual([CAROL, null]);
  });
});

describe("a chat message", () => {
  test("says which one it answers; what is none is left out", () => {
    const reply = { from: CAROL.participant, id: id("9") };
    expect(readChat({ ...chat("1"), reply })).toEqual({ ...chat("1"), reply });
    for (const broken of [null, "9", {}, { ...reply, id: 9 }, { ...reply, from: "x" }]) {
      expect(readChat({ ...chat("1"), reply: broken })).toEqual(chat("1"));
    }
    const log = new ChatLog();
    log.write({ ...chat("1"), reply }, BOB, 0);
    expect(log.waiting()).toEqual([{ message: { ...chat("1"), reply }, to: null }]);
  });

  test("is read", () => {
    expect(readChat({ ...chat("1"), more: 1 })).toEqual(chat("1"));
    expect(readChat(chat("1", "😀".repeat(4000)))).not.toBeNull();
  });

  test.each([
    null,
    "chat",
    {},
    { ...chat("1"), type: "refresh" },
    { ...chat("1"), id: "1" },
    { ...chat("1"), id: 1 },
    chat("1", ""),
    chat("1", "a".repeat(4001)),
    { ...chat("1"), text: ["a"] },
  ])("%o is none", (message) => {
    expect(readChat(message)).toBeNull();
  });
});
