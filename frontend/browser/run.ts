/**
 * Plays scenarios one after another in one browser. A line of standard input names one, with the
 * URL of a service; lines of standard output are calls for the test around it, or the outcome.
 */
import { createInterface } from "node:readline";
import type { Browser, BrowserContext, Page, Request } from "playwright-core";
import { launch } from "./chromium.ts";
import { scenarios } from "./scenarios.ts";
import type { Call, Stage } from "./stage.ts";

const PATIENCE_MS = 60_000;

// What a scenario leaves behind must not end the browser of the next.
process.on("unhandledRejection", (reason) => console.error(reason));

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
let browser = await launch();
for (;;) {
  const line = await lines.next();
  if (line.done) break;
  // One that crashed fails the scenario it was in, and no other.
  if (!browser.isConnected()) browser = await launch();
  const { scenario, url } = JSON.parse(line.value) as { scenario: string; url: string };
  say({ outcome: await outcome(scenario, url) });
}
await browser.close();

async function outcome(name: string, url: string): Promise<string> {
  const contexts: BrowserContext[] = [];
  const broken: string[] = [];
  const waiting = new Set<Request>();
  const open: Stage["open"] = async (path, { blocked = [], ...options } = {}) => {
    const context = await newContext(browser, options, blocked);
    contexts.push(context);
    const page = await context.newPage();
    listen(page, broken);
    page.on("request", (request) => waiting.add(request));
    page.on("requestfinished", (request) => waiting.delete(request));
    page.on("requestfailed", (request) => waiting.delete(request));
    await page.goto(new URL(path, url).href);
    return page;
  };
  try {
    const scenario = scenarios[name];
    if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
    await scenario({ url, call, open });
    return broken.join("\n");
  } catch (error) {
    const unanswered = [...waiting].map((request) => `Without an answer: ${request.method()} ${request.url()}`);
    return [error instanceof Error ? error.stack : String(error), ...unanswered, ...broken].join("\n");
  } finally {
    await Promise.allSettled(contexts.map((context) => context.close()));
  }
}

async function newContext(browser: Browser, options: object, blocked: string[]) {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  for (const pattern of blocked) {
    await context.route(pattern, (route) => route.abort());
    await context.routeWebSocket(pattern, (socket) => socket.close());
  }
  return context;
}

/** What no page may do: throw, or be refused something by its own policy. */
function listen(page: Page, broken: string[]): void {
  page.on("pageerror", (error) => broken.push(String(error.stack)));
  page.on("console", (message) => {
    const isLostConnection =
      /^(Failed to load resource|WebSocket connection|TypeError: Failed to fetch)/.test(message.text());
    if (message.type() === "error" && !isLostConnection) broken.push(message.text());
  });
}

async function call(...parameters: Parameters<Call>): Promise<unknown> {
  say({ call: parameters });
  const line = await lines.next();
  if (line.done) throw new Error("the test is gone");
  return (JSON.parse(line.value) as { result: unknown }).result;
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
