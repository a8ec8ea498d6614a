// What pytest puts at the tests' disposal: a running service, and somebody who sends it videos.
import { createConnection, createServer, type Socket } from "node:net";
import { randomUUID } from "node:crypto";
import { expect, vi } from "vitest";
import type { Product, ProductList, Shop } from "../../src/index.js";

export const { SERVICE_URL = "", STAGE_URL = "" } = process.env;

export function freshHandle(): string {
  return `seller-${randomUUID()}`;
}

async function ask(path: string, body: unknown = null): Promise<Response> {
  const response = await fetch(`${STAGE_URL}${path}`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return response;
}

export const stopService = () => ask("/stop");
export const startService = () => ask("/start");

export interface Person {
  readonly sub?: string;
  readonly privilege?: number;
  readonly organization?: string;
  readonly businessId?: string;
  readonly sellers?: readonly string[];
  /** In seconds; below zero it has expired already. */
  readonly expiresIn?: number;
}

/** A token for the draft systems: of the local user, with all privileges, if nothing else is said. */
export async function tokenOf(person: Person = {}): Promise<string> {
  const { token } = (await (await ask("/token", person)).json()) as { token: string };
  return token;
}

export async function sendVideos(
  handle: string,
  videoIds: readonly string[],
  title = "Cup",
): Promise<void> {
  const common = { seller_handle: handle, title, timestamp: new Date().toISOString() };
  await ask(
    "/videos",
    videoIds.map((video_id) => ({ ...common, video_id })),
  );
}

/** What the service's table holds, by its list call. */
export async function table(handle: string): Promise<Product[]> {
  const products: Product[] = [];
  let lastKey: string | null = "";
  while (lastKey !== null) {
    const query = lastKey && `&lastKey=${encodeURIComponent(lastKey)}`;
    const url = `${SERVICE_URL}/api/v1/shop/${handle}/products?limit=50${query}`;
    const page = (await (await fetch(url)).json()) as ProductList;
    products.push(...page.products);
    lastKey = page.pagination.lastEvaluatedKey;
  }
  return products;
}

/** Wait until a shop shows these titles, by video, and exactly what the table holds. */
export async function shows(
  shop: Shop,
  handle: string,
  expected: Record<string, string>,
): Promise<void> {
  const patience = { timeout: 40_000, interval: 50 };
  const shown = () => shop.getSnapshot().products;
  const titles = () => Object.fromEntries(shown().map((each) => [each.video_id, each.title]));
  await vi.waitFor(() => expect(titles()).toEqual(expected), patience);
  // The second half of a video may change it once more.
  await vi.waitFor(async () => expect(shown()).toEqual(await table(handle)), patience);
}

export type Door = "sockets" | "streams";

const PATHS: Record<Door, string> = { sockets: "/socket.io/", streams: "/events?" };

/** A way to the service on which doors can be blocked, and everything can be cut. */
export class Network {
  blocked: readonly Door[] = [];
  url = "";
  #lastPath: string | null = null;
  readonly #connections = new Set<Socket>();
  readonly #server = createServer((near) => {
    const far = createConnection(Number(new URL(SERVICE_URL).port), "127.0.0.1");
    near.on("data", (sent) => {
      if (this.blocked.some((door) => sent.includes(PATHS[door]))) near.destroy();
      else far.write(sent, () => this.#sent(sent, near));
    });
    far.pipe(near);
    this.#keep(far, near);
    this.#keep(near, far);
  });

  static async open(): Promise<Network> {
    const network = new Network();
    await new Promise<void>((resolve) => network.#server.listen(0, "127.0.0.1", resolve));
    const address = network.#server.address();
    if (typeof address === "object") network.url = `http://127.0.0.1:${address?.port}`;
    return network;
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  cut(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  /** Cut the connection that asks for a path, once it has asked. */
  cutAfter(path: string): void {
    this.#lastPath = path;
  }

  #sent(sent: Buffer, near: Socket): void {
    if (this.#lastPath === null || !sent.includes(this.#lastPath)) return;
    this.#lastPath = null;
    near.destroy();
  }

  #keep(connection: Socket, other: Socket): void {
    this.#connections.add(connection);
    connection.on("error", () => undefined);
    connection.on("close", () => {
      this.#connections.delete(connection);
      other.destroy();
    });
  }
}
