import { useSignal } from "@preact/signals";
import type { Person, Role } from "../room/state.ts";
import { CopyButton } from "./copy_button.tsx";
import { ConfirmDialog } from "./dialog.tsx";
import { KeyIcon, MicIcon, MicOffIcon, RemoveIcon, ShareIcon, ShieldIcon, WarningIcon } from "./icons.tsx";
import { Panel } from "./panel.tsx";
import { initials } from "./person_name.ts";
import type { RoomModel } from "./room_model.ts";

const ROLES: Readonly<Record<Role, string>> = { organizer: "Organizer", presenter: "Presenter", attendee: "Attendee" };
const TRUST: Readonly<Record<Person["trust"], string>> = {
  verified: "Verified by the words",
  waiting: "Waiting for the key",
  unverified: "Not verified: can open nothing",
};

export function PeoplePanel({ model, link }: { model: RoomModel; link: string }) {
  const { people } = model.state.value;
  const removing = useSignal<Person | null>(null);
  return (
    <Panel model={model} name="people" title="Participants">
      <ul class="people">
        {people.map((person) => (
          <PersonRow key={person.device} person={person} model={model} onRemove={() => (removing.value = person)} />
        ))}
      </ul>
      <div class="panel-foot">
        <CopyButton text={link} label="Copy the invitation" />
      </div>
      {removing.value && <RemoveDialog person={removing.value} model={model} onClose={() => (removing.value = null)} />}
    </Panel>
  );
}

interface PersonRowProps {
  readonly person: Person;
  readonly model: RoomModel;
  onRemove(): void;
}

function PersonRow({ person, model, onRemove }: PersonRowProps) {
  const { self, screens } = model.state.value;
  const isSpeaking = model.voice.isSpeaking(person);
  const canRemove = self?.grants.includes("remove") && !person.isSelf;
  return (
    <li class="person">
      <span class={isSpeaking ? "avatar avatar-speaking" : "avatar"} aria-hidden="true">
        {initials(person.name)}
      </span>
      <div class="person-about">
        <p class="person-name">
          <bdi>{person.name}</bdi>
          {person.isSelf && <span class="person-you"> (you)</span>}
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
      </div>
      <span class={person.isMuted ? "person-mic" : "person-mic person-mic-on"}>
        {person.isMuted ? <MicOffIcon /> : <MicIcon />}
        <span class="visually-hidden">{person.isMuted ? "muted" : isSpeaking ? "speaking" : "not muted"}</span>
      </span>
      {canRemove && (
        <button type="button" class="icon-button" aria-label={`Remove ${person.name}`} onClick={onRemove}>
          <RemoveIcon />
        </button>
      )}
    </li>
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
      onConfirm={() => model.send({ type: "remove", participant: person.participant })}
      onClose={onClose}
    />
  );
}
