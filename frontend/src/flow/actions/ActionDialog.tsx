import { useMutation, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Button, Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { queryClient } from "../api/queries";
import { ActionFailure } from "./ActionFailure";
import "./actions.css";

interface ActionDialogProps<Wanted, Answer> {
  title: string;
  /** What is to be done; null as long as it is not known. */
  wanted: Wanted | null;
  call: (wanted: Wanted, preview: boolean) => Promise<Answer>;
  /** Says what would happen, or what has. */
  describe: (answer: Answer, isDone: boolean) => ReactNode;
  /** The words of the button that does it, or null if there is nothing to do. */
  confirmation: (preview: Answer) => string | null;
  onClose: () => void;
  /** What is asked before. */
  children?: ReactNode;
}

/** Shows what an action would do, does it when that is confirmed, and says what it has done. */
export function ActionDialog<Wanted, Answer>(props: ActionDialogProps<Wanted, Answer>) {
  const { title, wanted, call, describe, confirmation, onClose, children } = props;
  const preview = useQuery({
    queryKey: ["preview", title, wanted],
    queryFn: () => (wanted === null ? null : call(wanted, true)),
    enabled: wanted !== null,
    refetchOnWindowFocus: false,
    staleTime: Infinity,
    gcTime: 0,
  });
  const action = useMutation({
    mutationFn: (confirmed: Wanted) => call(confirmed, false),
    onSuccess: () => void queryClient.invalidateQueries({ predicate: isRead }),
  });
  const failure = action.error ?? preview.error;
  const isDone = action.isSuccess;
  const answer = action.data ?? preview.data ?? null;
  const words = answer === null || isDone || failure !== null ? null : confirmation(answer);

  return (
    <ModalOverlay className="overlay" isOpen onOpenChange={onClose}>
      <Modal className="modal action">
        <Dialog className="dialog">
          <Heading slot="title">{title}</Heading>
          {!isDone && children}
          <div className="action-answer" role="status">
            {preview.isFetching && <p>Looking at what would happen.</p>}
            {answer !== null && describe(answer, isDone)}
          </div>
          {failure !== null && (
            <ActionFailure
              failure={failure}
              onRetry={() => {
                action.reset();
                void preview.refetch();
              }}
            />
          )}
          <div className="action-buttons">
            <Button className="button" onPress={onClose}>
              {isDone ? "Close" : "Cancel"}
            </Button>
            {wanted !== null && words !== null && (
              <Button
                className="button primary"
                isPending={action.isPending}
                onPress={() => action.mutate(wanted)}
              >
                {words}
              </Button>
            )}
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function isRead({ queryKey: [name] }: { queryKey: readonly unknown[] }): boolean {
  return name !== "preview";
}
