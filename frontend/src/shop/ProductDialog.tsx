import { useProduct } from "assembly-service-client/react";
import { Button, Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useSearchParams } from "react-router";
import { ProductFacts } from "./ProductFacts";

/** Shows the product that the address names, over the shop; closing takes it out of the address. */
export function ProductDialog({ handle }: { handle: string }) {
  const [search, setSearch] = useSearchParams();
  const videoId = search.get("product");
  return (
    <ModalOverlay
      className="overlay"
      isOpen={videoId !== null}
      onOpenChange={() => setSearch({}, { preventScrollReset: true })}
      isDismissable
    >
      <Modal className="modal">
        <Dialog className="dialog">
          <Button slot="close" className="button small dialog-close">
            Close
          </Button>
          {videoId !== null && <Content key={videoId} handle={handle} videoId={videoId} />}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function Content({ handle, videoId }: { handle: string; videoId: string }) {
  const { product, status, error } = useProduct(handle, videoId);
  if (product !== null) return <ProductFacts product={product} />;
  const isLoading = status === "loading";
  return (
    <div className="dialog-facts">
      <Heading slot="title">{isLoading ? "Loading" : "There is no such product"}</Heading>
      {!isLoading && (
        <p>{error?.message ?? `${handle} has no product of the video ${videoId}, or not yet.`}</p>
      )}
    </div>
  );
}
