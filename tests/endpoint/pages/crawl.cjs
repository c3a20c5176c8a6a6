// Follows the links of pages in Chromium, and looks whether each page fits its window.
//
//     NODE_PATH=... node crawl.cjs CHROMIUM URL MOST
//
// It prints one object a line: what is wrong with a page, and at the end the number of pages.
const { chromium } = require("playwright-core");

const WIDTHS = [390, 1280];
const tell = (found) => console.log(JSON.stringify(found));

// Links of all kinds take turns, so that a crawl of 150 pages sees more than lists of policies.
const kind = (url) => url.pathname.split("/").slice(0, 3).join("/");

(async () => {
  const [executablePath, start, most] = process.argv.slice(2);
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const page = await (await browser.newContext()).newPage();
  const language = new URL(start).searchParams.get("lang");
  const seen = new Set([start]);
  const waiting = new Map([["/", [start]]]);
  let pages = 0;
  while (waiting.size && pages < Number(most)) {
    const [name, urls] = waiting.entries().next().value;
    const url = urls.shift();
    waiting.delete(name);
    if (urls.length) waiting.set(name, urls);
    const response = await page.goto(url).catch((error) => {
      if (!error.message.includes("Download is starting")) throw error; // a file, not a page
    });
    if (!response) continue;
    if (!response.headers()["content-type"].startsWith("text/html")) continue;
    pages += 1;
    if (response.status() >= 400) tell({ url, wrong: `status ${response.status()}` });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > width) tell({ url, wrong: `${wide} px in ${width} px` });
    }
    const links = await page.$$eval("a[href]", (all) =>
      all.map((link) => new URL(link.getAttribute("href"), document.baseURI).href));
    for (const link of links) {
      const to = new URL(link);
      to.hash = "";
      const isOurs = to.origin === new URL(start).origin && to.searchParams.get("lang") === language;
      if (!isOurs || to.searchParams.has("format") || seen.has(to.href)) continue;
      seen.add(to.href);
      waiting.set(kind(to), [...(waiting.get(kind(to)) ?? []), to.href]);
    }
  }
  tell({ pages });
  await browser.close();
})();
