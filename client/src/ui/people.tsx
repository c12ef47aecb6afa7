import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { Person, Role } from "../room/state.ts";
import { CopyButton } from "./copy_button.tsx";
import { DevicesButton } from "./device_dialog.tsx";
import { ConfirmDialog } from "./dialog.tsx";
import { doubtful, doubtText } from "./doubts.ts";
import { HandIcon, KeyIcon, LockIcon, MicIcon, MicOffIcon, ShareIcon, ShieldIcon, WarningIcon } from "./icons.tsx";
import { KnockList } from "./knocks.tsx";
import { RemovedNote } from "./new_words.tsx";
import { Panel } from "./panel.tsx";
import { hueOf, initials } from "./person_name.ts";
import type { RoomModel } from "./room_model.ts";

const ROLES: Readonly<Record<Role, string>> = { organizer: "Organizer", presenter: "Presenter", attendee: "Attendee" };
const TRUST: Readonly<Record<Person["trust"], string>> = {
  verified: "Verified by the words",
  waiting: "Waiting for the key",
  unverified: "Not verified: can open nothing",
};

export function PeoplePanel({ model, link }: { model: RoomModel; link: string }) {
  const { people, self } = model.state.value;
  const removing = useSignal<Person | null>(null);
  return (
    <Panel model={model} name="people" title="Participants">
      <KnockList model={model} />
      <RemovedNote model={model} />
      <ul class="people">
        {inOrder(people).map((person) => (
          <PersonRow key={person.device} person={person} model={model} onRemove={() => (removing.value = person)} />
        ))}
      </ul>
      <div class="panel-foot panel-foot-actions">
        <CopyButton text={link} label="Copy the invitation" />
        {self?.grants.includes("admit") && <LockButton model={model} />}
        <DevicesButton model={model} class="button people-devices">
          Devices
        </DevicesButton>
      </div>
      {removing.value && <RemoveDialog person={removing.value} model={model} onClose={() => (removing.value = null)} />}
    </Panel>
  );
}

/** Those who raised a hand first, in the order in which they did. */
function inOrder(people: readonly Person[]): readonly Person[] {
  const raised = people.filter(({ hand }) => hand > 0).sort((a, b) => a.hand - b.hand);
  return [...raised, ...people.filter(({ hand }) => hand === 0)];
}

function LockButton({ model }: { model: RoomModel }) {
  const { isLocked } = model.state.value;
  return (
    <button type="button" class="button" onClick={() => model.send({ type: "lock", isLocked: !isLocked })}>
      <LockIcon />
      {isLocked ? "Unlock meeting" : "Lock meeting"}
    </button>
  );
}

interface PersonRowProps {
  readonly person: Person;
  readonly model: RoomModel;
  onRemove(): void;
}

function PersonRow({ person, model, onRemove }: PersonRowProps) {
  const { screens } = model.state.value;
  const isSpeaking = model.voice.isSpeaking(person);
  const id = useId();
  return (
    <li class="person">
      <span
        class={isSpeaking ? "avatar avatar-speaking" : "avatar"}
        style={{ "--hue": hueOf(person.participant) }}
        aria-hidden="true"
      >
        {initials(person.name)}
      </span>
      <div class="person-about">
        <p class="person-name">
          <bdi id={id}>{person.name}</bdi>
          {person.isSelf && <span class="person-you"> (you)</span>}
          <span class={person.isMuted ? "person-mic" : "person-mic person-mic-on"}>
            {person.isMuted ? <MicOffIcon /> : <MicIcon />}
            <span class="visually-hidden">{person.isMuted ? "muted" : isSpeaking ? "speaking" : "not muted"}</span>
          </span>
          {person.hand > 0 && <RaisedHand place={person.hand} />}
        </p>
        <p class="person-role">
          {ROLES[person.role]}
          {screens.some((screen) => screen.device === person.device) && (
            <span class="person-sharing">
              <ShareIcon /> sharing
            </span>
          )}
        </p>
        <p class={`trust trust-${person.trust}`}>
          <TrustIcon trust={person.trust} />
          {TRUST[person.trust]}
        </p>
        {doubtful([person]).map((one) => (
          <p key={one.doubt} class="trust trust-waiting">
            <WarningIcon />
            {doubtText(one)}
          </p>
        ))}
        <PersonActions person={person} model={model} nameId={id} onRemove={onRemove} />
      </div>
    </li>
  );
}

function RaisedHand({ place }: { place: number }) {
  return (
    <span class="person-hand">
      <HandIcon />
      <span aria-hidden="true">{place}</span>
      <span class="visually-hidden">hand raised, number {place}</span>
    </span>
  );
}

interface PersonActionsProps extends PersonRowProps {
  /** Of the element with the name, which tells the buttons of one person from those of another. */
  readonly nameId: string;
}

/** What an organizer can do for, and with, somebody else. */
function PersonActions({ person, model, nameId, onRemove }: PersonActionsProps) {
  const grants = model.state.value.self?.grants ?? [];
  if (person.isSelf) return null;
  const role = person.role === "presenter" ? "attendee" : "presenter";
  const appoint = (): void => model.send({ type: "appoint", participant: person.participant, role });
  const mute = (): void => model.send({ type: "mute-other", participant: person.participant });
  const lower = (): void => model.send({ type: "lower-hand", participant: person.participant });
  return (
    <div class="person-actions">
      {grants.includes("appoint") && person.role !== "organizer" && (
        <PersonAction label={role === "presenter" ? "Make presenter" : "Make attendee"} nameId={nameId} act={appoint} />
      )}
      {grants.includes("appoint") && person.hand > 0 && <PersonAction label="Lower hand" nameId={nameId} act={lower} />}
      {grants.includes("appoint") && !person.isMuted && <PersonAction label="Mute" nameId={nameId} act={mute} />}
      {grants.includes("remove") && <PersonAction label="Remove" nameId={nameId} act={onRemove} isBad />}
    </div>
  );
}

interface PersonActionProps {
  readonly label: string;
  readonly nameId: string;
  readonly isBad?: boolean;
  act(): void;
}

function PersonAction({ label, nameId, isBad = false, act }: PersonActionProps) {
  const look = isBad ? "link-button link-button-bad" : "link-button";
  return (
    <button type="button" class={look} aria-describedby={nameId} onClick={act}>
      {label}
    </button>
  );
}

function TrustIcon({ trust }: { trust: Person["trust"] }) {
  if (trust === "verified") return <ShieldIcon />;
  return trust === "waiting" ? <KeyIcon /> : <WarningIcon />;
}

function RemoveDialog({ person, model, onClose }: { person: Person; model: RoomModel; onClose(): void }) {
  return (
    <ConfirmDialog
      title={`Remove ${person.name}?`}
      text={`${person.name} leaves at once, cannot come back to this meeting, and opens nothing of what follows: everyone else gets new keys.`}
      confirm="Remove from meeting"
      onConfirm={() => model.remove(person)}
      onClose={onClose}
    />
  );
}
