import { launch } from "./chromium.ts";

const WIDTHS = [360, 1024, 2560];
const SCHEMES = ["light", "dark"] as const;

const [url = "", directory = "", ...paths] = process.argv.slice(2);

const browser = await launch();
for (const colorScheme of SCHEMES) {
  for (const width of WIDTHS) {
    const viewport = { width, height: Math.round(Math.max(740, width * 0.6)) };
    const page = await browser.newPage({ colorScheme, viewport });
    page.on("console", (message) => console.log(`${message.type()}: ${message.text()}`));
    for (const path of paths) {
      await page.goto(`${url}${path}`, { waitUntil: "networkidle" });
      const name = path.replace(/^\//, "").replace(/\W+/g, "-") || "home";
      await page.screenshot({ path: `${directory}/${name}-${width}-${colorScheme}.png` });
    }
    await page.close();
  }
}
await browser.close();
