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
    return () => opener instanceof HTMLElement && opener.isConnected && opener.focus();
  }, []);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} aria-describedby={aboutId} onClose={onClose}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
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
