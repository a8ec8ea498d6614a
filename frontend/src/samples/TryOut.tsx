import { useNavigate } from "react-router";
import { SendSamples } from "./SendSamples";

const SELLER = "home256";

/** The shortest way to a first product. */
export function TryOut() {
  const navigate = useNavigate();
  return (
    <section className="try-out" aria-labelledby="try-out">
      <h2 id="try-out">See it work</h2>
      <p>
        Sends both halves of a few sample videos of <strong>{SELLER}</strong> to the local queues,
        and opens the shop in which they arrive.
      </p>
      <SendSamples seller={SELLER} onSend={() => void navigate(`/shop/${SELLER}`)} />
    </section>
  );
}
