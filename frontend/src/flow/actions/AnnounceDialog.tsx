import { announce } from "../api/calls";
import type { Announced, AnnounceRequest } from "../api/types";
import { counted } from "../format";
import { ActionDialog } from "./ActionDialog";

/** Announces products again to everybody who watches their seller. */
export function AnnounceDialog({
  wanted,
  onClose,
}: {
  wanted: AnnounceRequest;
  onClose: () => void;
}) {
  return (
    <ActionDialog
      title={wanted.videoIds === undefined ? "Announce products again" : "Announce this again"}
      wanted={wanted}
      call={announce}
      describe={(answer, isDone) => <Answer answer={answer} isDone={isDone} />}
      confirmation={({ announced }) =>
        announced === 0 ? null : `Announce ${counted(announced, "product")}`
      }
      onClose={onClose}
    >
      <p>
        Everybody who watches the shop of <strong>{wanted.sellerHandle}</strong> is sent what is
        stored once more. Who has it already sees no change.
      </p>
    </ActionDialog>
  );
}

function Answer({ answer, isDone }: { answer: Announced; isDone: boolean }) {
  const { announced, failed, complete, absent, stamped } = answer;
  const verb = isDone ? ["was", "were"] : ["would be", "would be"];
  return (
    <>
      <p>
        <strong>
          {counted(announced, `product ${verb[0]}`, `products ${verb[1]}`)} announced.
        </strong>
        {stamped > 0 && ` ${counted(stamped, "gets", "get")} a new time of change, for pollers.`}
        {failed > 0 && ` ${counted(failed, "product")} could not be announced: try again.`}
        {!complete && " There are more, older ones: the command line announces all."}
      </p>
      {absent.length > 0 && (
        <ul className="refused">
          {absent.map(({ videoId, missing }) => (
            <li key={videoId}>
              Video {videoId} has no product: {missing ?? "everything"} is missing.
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
