import type { ControlState } from "../room/state.ts";

/** What has changed between two states, for those who do not see it. */
export function controlNews(before: ControlState, after: ControlState): string {
  const known = new Set(before.requests.map(({ key }) => key));
  const asked = after.requests
    .filter(({ key }) => !known.has(key))
    .map(({ name }) => `${name} asks to control your computer.`);
  const given =
    after.given && before.given?.key !== after.given.key ? [`${after.given.name} controls your computer.`] : [];
  const mine = after.mine?.isActive && !before.mine?.isActive ? [`You control ${after.mine.name}'s computer.`] : [];
  return [...asked, ...given, ...mine].join(" ");
}
