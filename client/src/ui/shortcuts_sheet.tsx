import { Modal } from "./dialog.tsx";
import { singleKeys } from "./keys.ts";
import type { RoomModel } from "./room_model.ts";
import { OTHER_KEYS, SHORTCUTS } from "./shortcuts.ts";

/** What single keys do here and now, and the switch for whoever does not want them. */
export function ShortcutsSheet({ model, onClose }: { readonly model: RoomModel; onClose(): void }) {
  const single = SHORTCUTS.map(({ key, ...rest }) => ({ ...rest, shown: [key.toUpperCase()] }));
  const offered = [...single, ...OTHER_KEYS].filter(({ isOffered }) => isOffered(model));
  return (
    <Modal title="Keyboard shortcuts" onClose={onClose}>
      <label class="check">
        <input
          type="checkbox"
          checked={singleKeys.areOn.value}
          onChange={({ currentTarget }) => singleKeys.switch(currentTarget.checked)}
        />
        <span>Single keys do something in the meeting, except where you type</span>
      </label>
      <dl class="shortcuts">
        {offered.map(({ shown, does }) => (
          <div key={does}>
            <dt>
              {shown.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <div class="dialog-actions">
        <button type="button" class="button button-primary" onClick={onClose}>
          Close
        </button>
      </div>
    </Modal>
  );
}
