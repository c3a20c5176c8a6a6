// Looks at pages in Chromium with axe-core: on a phone in the dark, and on a desk by day.
//
//     NODE_PATH=... node axe.cjs CHROMIUM URL...
//
// It prints what axe finds wrong as JSON, one object a line: the address, the width, the rule, the
// place. A page that is wider than its window is wrong too, and so is what the console complains of.
const fs = require("fs");
const { chromium } = require("playwright-core");

const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const tell = (found) => console.log(JSON.stringify(found));

const run = (part) => axe.run(part ?? document, {
  resultTypes: ["violations"],
  rules: { "target-size": { enabled: true }, "label-content-name-mismatch": { enabled: true } },
});

async function look(context, url, width) {
  const page = await context.newPage();
  const wrong = (rule, place) => tell({ url, width, rule, place });
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("404")) wrong("console", message.text());
  });
  await page.setViewportSize({ width, height: 900 });
  await page.goto(url);
  // what all pages of things end with is judged on the page that has nothing else
  await page.evaluate(() =>
    document.querySelectorAll("main details:not(.everything)").forEach((each) => (each.open = true)));
  if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) wrong("width", "html");
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(run);
  for (const { id, nodes } of violations) wrong(id, nodes[0].html);
  // the open menu lies over the page, so it is judged alone
  const menu = page.locator(".languages details");
  if (await menu.count()) {
    await menu.evaluate((details) => (details.open = true));
    for (const { id, nodes } of (await page.evaluate(run, ".languages")).violations) wrong(id, nodes[0].html);
  }
  tell({ url, width, passes: passes.length });
  await page.close();
}

(async () => {
  const [executablePath, ...urls] = process.argv.slice(2);
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const looks = [[390, "dark"], [1280, "light"]];
  await Promise.all(looks.map(async ([width, colorScheme]) => {
    // axe is put into the page from outside, where the page's own policy lets no script in
    const context = await browser.newContext({ bypassCSP: true, colorScheme });
    for (const url of urls) await look(context, url, width);
  }));
  await browser.close();
})();
