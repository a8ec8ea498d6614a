import { assert, card, cards, type Stage } from "./stage.ts";

/** Products that try to break the shape of a card. */
export const AWKWARD: Record<string, object> = {
  "Without a price": { price: null },
  "With a price of twelve digits": { price: 123456789012.75 },
  "With fifty tags": { tags: Array.from({ length: 50 }, (_, n) => `tag number ${n + 1}`) },
  "With long tags": { tags: ["x".repeat(100), "y ".repeat(50).trim()], sizes: "M ".repeat(200) },
  [`Long ${"words of a title ".repeat(30).trim()}`.slice(0, 500)]: {},
  [`Unbroken${"x".repeat(492)}`]: {},
  "حقيبة يد مصنوعة يدويًا من القماش": { tags: ["حقائب", "أزياء"], sizes: "صغير" },
  "👗": { raw_caption: "Dress 👗\n\n#TRACK", tags: ["👗"] },
};

export async function sendAwkward({ call }: Pick<Stage, "call">, seller: string) {
  for (const [n, [title, caption]] of Object.entries(AWKWARD).entries()) {
    await call("send", seller, n + 1, { title, ...caption });
  }
}

/** Every card has the same shape: width, picture, and a height that is that of its row. */
export async function awkwardShop(stage: Stage): Promise<void> {
  await sendAwkward(stage, "awkward");
  const page = await stage.open("/shop/awkward", { viewport: { width: 1280, height: 900 } });
  for (const title of Object.keys(AWKWARD)) await card(page, title).waitFor();
  const shapes = await cards(page).evaluateAll((articles) =>
    articles.map((article) => {
      const { top, width, height } = article.getBoundingClientRect();
      const picture = article.querySelector(".picture")?.getBoundingClientRect();
      const inside = [...article.querySelectorAll("h2, p, .tag")].every(
        (part) => part.getBoundingClientRect().right <= article.getBoundingClientRect().right + 1,
      );
      return { top, width, height, ratio: (picture?.height ?? 0) / width, inside };
    }),
  );
  for (const shape of shapes) {
    const row = shapes.filter((other) => other.top === shape.top);
    assert(new Set(row.map(({ height }) => Math.round(height))).size === 1, "a row is uneven");
    assert(Math.abs(shape.ratio - 1.25) < 0.01, `a picture has the shape 1:${shape.ratio}`);
    assert(shape.inside, "something sticks out of its card");
    assert(shape.height < shape.width * 2.2, `a card is ${shape.height} high`);
  }
  const arabic = page.getByRole("link", { name: /حقيبة/ });
  const direction = await arabic.evaluate((link) => getComputedStyle(link).direction);
  assert(direction === "rtl", "a title from right to left is set from left to right");
}

const DRAFTS = ["/drafts", "/drafts/products", "/drafts/projects", "/drafts/education"];

/** Nothing has to be scrolled sideways, on any page. */
export async function phoneWidth(stage: Stage): Promise<void> {
  await sendAwkward(stage, "narrow");
  const page = await stage.open("/", { viewport: { width: 360, height: 740 } });
  const shop = "/shop/narrow";
  const product = `${shop}?product=${String(await stage.call("video", 4))}`;
  for (const path of ["/", shop, product, "/flow", ...DRAFTS, "/docs", "/docs/architecture", "/docs/operations"]) {
    await page.goto(new URL(path, stage.url).href);
    const there = path.startsWith(shop) ? cards(page).nth(7) : page.getByRole("heading").first();
    await there.waitFor({ state: "attached" });
    if (path === product) await page.getByRole("dialog").getByText("Made").waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert(width === 360, `${path} is ${width} px wide`);
  }
}
