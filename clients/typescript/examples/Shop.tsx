import { createShopClient } from "assembly-service-client";
import { ShopClientProvider, useShopProducts } from "assembly-service-client/react";

const client = createShopClient({ url: "http://127.0.0.1:3002" });

function Products({ handle }: { handle: string }) {
  const { products, status, hasMore, loadMore, isNew } = useShopProducts(handle);
  return (
    <main>
      <h1>
        {handle} ({status})
      </h1>
      <ul>
        {products.map((product) => (
          <li key={product.video_id}>
            {isNew(product.video_id) && "New: "}
            {product.title} {product.price ?? "price on request"}
          </li>
        ))}
      </ul>
      {hasMore && <button onClick={loadMore}>More</button>}
    </main>
  );
}

export function App() {
  return (
    <ShopClientProvider client={client}>
      <Products handle="home256" />
    </ShopClientProvider>
  );
}
