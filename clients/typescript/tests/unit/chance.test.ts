import { expect, test, vi } from "vitest";
import { service } from "./fake-service.js";
import { openShop, pass } from "./support.js";

/** Numbers from 0 to 1 that look random and are the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

test.each(Array.from({ length: 25 }, (_, seed) => seed))(
  "whatever happens on the way, in the end the shop is as the table (seed %i)",
  async (seed) => {
    const random = seeded(seed + 1);
    vi.spyOn(Math, "random").mockImplementation(random);
    service.mostReplayed = 5;
    service.knowsSnapshots = random() < 0.8;
    const shop = openShop(5);
    let leave = shop.subscribe(() => undefined);
    const happenings: (() => void)[] = [
      ...Array.from({ length: 8 }, () => () => {
        service.put(`${Math.floor(random() * 40)}`.padStart(3, "0"), `Title ${random()}`);
      }),
      () => service.cut(),
      () => service.resync(),
      () => void shop.loadMore(),
      () => void shop.refresh(),
      () => {
        leave();
        leave = shop.subscribe(() => undefined);
      },
      () => {
        service.socketsBlocked = random() < 0.5;
        service.cut();
      },
      () => (service.streamsBlocked = random() < 0.5),
      () => {
        service.down = random() < 0.3;
        if (service.down) service.cut();
      },
    ];
    for (let step = 0; step < 150; step++) {
      happenings[Math.floor(random() * happenings.length)]?.();
      await pass(random() < 0.1 ? random() * 10_000 : random() * 40);
    }

    Object.assign(service, {
      down: false,
      socketsBlocked: random() < 0.5,
      streamsBlocked: random() < 0.5,
    });
    service.cut();
    await pass(60_000);
    while (shop.getSnapshot().hasMore) {
      void shop.loadMore();
      await pass();
    }
    expect(shop.getSnapshot().products).toEqual(service.table());
    const status = service.socketsBlocked && service.streamsBlocked ? "polling" : "live";
    expect(shop.getSnapshot()).toMatchObject({ status, error: null });
    vi.restoreAllMocks();
  },
);
