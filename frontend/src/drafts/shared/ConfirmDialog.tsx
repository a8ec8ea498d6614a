import type { ReactNode } from "react";
import { Button, Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";

interface ConfirmDialogProps {
  title: string;
  /** What will happen. */
  children: ReactNode;
  /** The words of the button that does it. */
  confirm: string;
  onConfirm: () => void;
  onClose: () => void;
  isPending?: boolean;
  /** Something is lost for good: the first Enter does not do it. */
  isDestructive?: boolean;
}

/** Asks before something is done. It stays open while that is done. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, children, confirm, onConfirm, onClose } = props;
  const { isPending = false, isDestructive = false } = props;
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
            <Button
              className="button"
              isDisabled={isPending}
              onPress={onClose}
              autoFocus={isDestructive}
            >
              Cancel
            </Button>
            <Button
              className="button primary"
              isPending={isPending}
              onPress={onConfirm}
              autoFocus={!isDestructive}
            >
              {confirm}
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
