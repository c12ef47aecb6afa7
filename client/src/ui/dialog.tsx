import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

interface ModalProps {
  readonly title: string;
  /** Of what says in full what the title asks. */
  readonly aboutId?: string;
  readonly children: ComponentChildren;
  onClose(): void;
}

/** Something in front of everything else. The browser keeps the focus inside and gives it back afterwards. */
export function Modal({ title, aboutId, children, onClose }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => focusAgain(opener);
  }, []);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} aria-describedby={aboutId} onClose={onClose}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

/** What opened it may be put away by now, behind "More". */
function focusAgain(opener: Element | null): void {
  if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
  if (document.activeElement === document.body) document.querySelector<HTMLElement>(".tool-more")?.focus();
}

interface ConfirmProps {
  readonly title: string;
  readonly text: string;
  readonly confirm: string;
  onConfirm(): void;
  onClose(): void;
}

/** Ask before something that cannot be taken back. */
export function ConfirmDialog({ title, text, confirm, onConfirm, onClose }: ConfirmProps) {
  const id = useId();
  const answer = (): void => {
    onClose();
    onConfirm();
  };
  return (
    <Modal title={title} aboutId={id} onClose={onClose}>
      <p id={id}>{text}</p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" class="button button-bad" onClick={answer}>
          {confirm}
        </button>
      </div>
    </Modal>
  );
}
