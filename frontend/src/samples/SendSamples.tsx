import { useState } from "react";
import { sendSamples } from "./samples";

interface SendSamplesProps {
  seller: string;
  /** Called before the first one is sent. */
  onSend?: () => void;
}

/** Sends a few sample videos of a seller; for the local mode. */
export function SendSamples({ seller, onSend }: SendSamplesProps) {
  const [isSending, setIsSending] = useState(false);
  const [failure, setFailure] = useState("");

  async function send() {
    setIsSending(true);
    setFailure("");
    onSend?.();
    try {
      await sendSamples(seller);
    } catch (error) {
      setFailure(`The samples were not sent: ${error instanceof Error ? error.message : "try again."}`);
    } finally {
      setIsSending(false);
    }
  }

  return (
    <div className="send-samples">
      <button
        className="button primary"
        aria-disabled={isSending}
        onClick={() => !isSending && void send()}
      >
        {isSending ? "Sending samples" : "Send samples"}
      </button>
      <p role="status" className="failure">
        {failure}
      </p>
    </div>
  );
}
