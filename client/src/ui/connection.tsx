import { useSignal } from "@preact/signals";
import { useCallback, useEffect } from "preact/hooks";
import { canFilm } from "./camera.ts";
import { canCapture } from "./capture.ts";
import { CopyButton } from "./copy_button.tsx";
import { countDevices } from "./devices.ts";
import { Modal } from "./dialog.tsx";
import type { MeetingFacts } from "./facts.ts";
import { type Finding, findings, verdict } from "./findings.ts";
import { CheckIcon, WarningIcon } from "./icons.tsx";
import { canSpeak } from "./microphone.ts";
import type { RoomModel } from "./room_model.ts";

interface ConnectionProps {
  readonly model: RoomModel;
  readonly facts: MeetingFacts;
  onClose(): void;
}

/** Whether a meeting works here, tried out: network, browser, devices. */
export function ConnectionDialog({ model, facts, onClose }: ConnectionProps) {
  const found = useSignal<readonly Finding[] | null>(null);
  const test = useCallback(async (): Promise<void> => {
    found.value = null;
    found.value = await tryOut(model, facts);
  }, [model, facts, found]);
  useEffect(() => void test(), [test]);
  return (
    <Modal title="Connection" onClose={onClose}>
      <p role="status" class="connection-verdict">
        {found.value === null ? "Trying out your network, browser and devices…" : verdict(found.value)}
      </p>
      {found.value === null ? <span class="spinner" aria-hidden="true" /> : <Findings found={found.value} />}
      <p class="connection-note">
        The test opens a connection and closes it again. It sends nothing about you, and no sound or picture.
      </p>
      <div class="dialog-actions">
        {found.value && <CopyButton text={asText(found.value)} label="Copy" />}
        <button type="button" class="button" aria-disabled={found.value === null} onClick={() => void test()}>
          Test again
        </button>
        <button type="button" class="button button-primary" onClick={onClose}>
          Close
        </button>
      </div>
    </Modal>
  );
}

/** Opens the test before the room. */
export function ConnectionLink({ model, facts }: Omit<ConnectionProps, "onClose">) {
  const isOpen = useSignal(false);
  return (
    <>
      <button type="button" class="link-button" onClick={() => (isOpen.value = true)}>
        Test your connection
      </button>
      {isOpen.value && <ConnectionDialog model={model} facts={facts} onClose={() => (isOpen.value = false)} />}
    </>
  );
}

const TONES = { good: "Good", warn: "Could be better", bad: "Does not work" } as const;

function Findings({ found }: { readonly found: readonly Finding[] }) {
  return (
    <ul class="findings">
      {found.map(({ tone, title, text }) => (
        <li key={title} class={`finding finding-${tone}`}>
          {tone === "good" ? <CheckIcon /> : <WarningIcon />}
          <div>
            <h3>
              {title}
              <span class="visually-hidden">: {TONES[tone]}</span>
            </h3>
            <p>{text}</p>
          </div>
        </li>
      ))}
    </ul>
  );
}

async function tryOut(model: RoomModel, { liveUrl }: MeetingFacts): Promise<readonly Finding[]> {
  const [tested, microphone, camera] = await Promise.all([
    model.testConnection(liveUrl),
    countDevices("microphone"),
    countDevices("camera"),
  ]);
  const server = URL.canParse(liveUrl) ? new URL(liveUrl).host : liveUrl;
  const can = { canSpeak: canSpeak(), canFilm: canFilm(), canShare: canCapture() };
  return findings(tested, { server, ...can, microphone, camera });
}

/** For whoever helps. */
const asText = (found: readonly Finding[]): string =>
  [verdict(found), ...found.map(({ tone, title, text }) => `${title} (${TONES[tone]}): ${text}`)].join("\n");
