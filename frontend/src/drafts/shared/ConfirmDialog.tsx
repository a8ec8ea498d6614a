import type { ReactNode } from "react";
import { Button, Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";

interface ConfirmDialogProps {
  title: string;
  /** What will happen. */
  children: ReactNode;
  /** The words of the button that does it. */
  confirm: string;
  /** Something is lost by it. */
  isDestructive?: boolean;
  onConfirm: () => void;
  onClose: () => void;
  isPending?: boolean;
}

/** Asks before something is done; Enter alone does not do it. It stays open while that is done. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, children, confirm, onConfirm, onClose, isPending = false } = props;
  const tone = props.isDestructive ? "danger" : "primary";
  return (
    <ModalOverlay
      className="overlay"
      isOpen
      isDismissable={!isPending}
      isKeyboardDismissDisabled={isPending}
      onOpenChange={onClose}
    >
      <Modal className="modal question">
        <Dialog className="dialog" role="alertdialog">
          <Heading slot="title">{title}</Heading>
          {children}
          <div className="dialog-buttons">
            <Button className="button" isDisabled={isPending} onPress={onClose} autoFocus>
              Cancel
            </Button>
            <Button className={`button ${tone}`} isPending={isPending} onPress={onConfirm}>
              {confirm}
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
