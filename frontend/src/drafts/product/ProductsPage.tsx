import { useInfiniteQuery } from "@tanstack/react-query";
import {
  type CatalogueProduct,
  DraftError,
  listProducts,
  type ProductFilters,
  useDraftClient,
} from "assembly-service-client/drafts";
import { Button } from "react-aria-components";
import { Link, useSearchParams } from "react-router";
import { DraftPage, type FieldSet, isForbidden, Refusal, useFields } from "../shared";
import { timeInWords, valueInWords } from "../shared/words";
import { filtersIn } from "./list/filters";
import { ProductFilterForm } from "./list/ProductFilterForm";
import "./list/list.css";

/** The products of the organisation, newest first. */
export function Component() {
  return (
    <DraftPage title="Products">
      <Products />
    </DraftPage>
  );
}

function Products() {
  const fields = useFields("ProductInput");
  const [search] = useSearchParams();
  const filters = filtersIn(search);
  const list = useProducts(filters);
  if (fields === null) return <p role="status">Loading the products.</p>;
  return (
    <>
      <div className="list-head">
        <ProductFilterForm fields={fields} filters={filters} key={search.toString()} />
        {!isForbidden(list.error) && (
          <Link className="button primary" to="/drafts/product">
            New product
          </Link>
        )}
      </div>
      <Found list={list} fields={fields} isFiltered={Object.keys(filters).length > 0} />
    </>
  );
}

function useProducts(filters: ProductFilters) {
  const client = useDraftClient();
  return useInfiniteQuery({
    queryKey: ["products", filters],
    queryFn: ({ pageParam, signal }) => {
      const lastKey = pageParam === null ? {} : { lastKey: pageParam };
      return listProducts(client, { ...filters, ...lastKey }, signal);
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ pagination }) => pagination.lastEvaluatedKey,
  });
}

interface FoundProps {
  list: ReturnType<typeof useProducts>;
  fields: FieldSet;
  isFiltered: boolean;
}

function Found({ list, fields, isFiltered }: FoundProps) {
  const { data, error, refetch, hasNextPage, fetchNextPage } = list;
  const { isFetchingNextPage, isFetchNextPageError } = list;
  if (error instanceof DraftError && data === undefined) {
    return <Refusal error={error} onRetry={() => void refetch()} />;
  }
  if (data === undefined) return <p role="status">Loading the products.</p>;
  const products = data.pages.flatMap((page) => page.products);
  const retry = () => void (isFetchNextPageError ? fetchNextPage() : refetch());
  return (
    <>
      <p className="note" role="status">
        {summary(products.length, hasNextPage, isFiltered)}
      </p>
      {products.length === 0 && isFiltered && <Link to="/drafts/products">Show all products</Link>}
      {products.length > 0 && (
        <ul className="records">
          {products.map((product) => (
            <Row key={product.productGuid} product={product} fields={fields} />
          ))}
        </ul>
      )}
      {error instanceof DraftError && <Refusal error={error} onRetry={retry} />}
      {hasNextPage && (
        <Button
          className="button"
          isPending={isFetchingNextPage}
          isDisabled={isForbidden(error)}
          onPress={() => void fetchNextPage()}
        >
          Show more
        </Button>
      )}
    </>
  );
}

function summary(count: number, hasMore: boolean, isFiltered: boolean): string {
  if (count === 0 && hasMore) return "None of the newest products fits. Older ones may.";
  if (count === 0) return isFiltered ? "No product fits." : "There are no products yet.";
  const words = count === 1 ? "1 product" : `${count} products`;
  return hasMore ? `The newest ${words}; there are more.` : `${words}.`;
}

function Row({ product, fields }: { product: CatalogueProduct; fields: FieldSet }) {
  const { productGuid, productName, productCode, productStatus, productCategory, createdAt } = product;
  return (
    <li className="record">
      <Link to={`/drafts/products/${productGuid}`}>{productName}</Link>
      <span>
        <code>{productCode}</code>
      </span>
      <span>{valueInWords(fields.get("productStatus"), productStatus)}</span>
      <span>{valueInWords(fields.get("productCategory"), productCategory)}</span>
      <span className="note">{timeInWords(createdAt)}</span>
    </li>
  );
}
