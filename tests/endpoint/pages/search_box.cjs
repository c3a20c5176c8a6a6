// Uses the search box as a person does, with keys alone, and then without the script.
//
//     NODE_PATH=... node search_box.cjs CHROMIUM URL
//
// It prints one JSON object of what the box and the page were like at each step.
const { chromium } = require("playwright-core");

(async () => {
  const [executablePath, url] = process.argv.slice(2);
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const seen = {};
  const page = await (await browser.newContext()).newPage();
  const outside = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(url)) outside.push(request.url());
  });
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(`${url}/doc/city/1835848`);
  const box = page.locator("#q");
  const state = () => box.evaluate((input) => ({
    role: input.getAttribute("role"),
    expanded: input.getAttribute("aria-expanded"),
    active: document.getElementById(input.getAttribute("aria-activedescendant") ?? "")?.textContent ?? null,
  }));
  seen.before = await state();
  await box.focus();
  await page.keyboard.type("sto", { delay: 20 });
  await page.locator(".suggestions [role=option]").first().waitFor();
  seen.typed = await state();
  seen.options = await page.locator(".suggestions [role=option]").allTextContents();
  await page.keyboard.press("ArrowDown");
  seen.down = await state();
  await page.keyboard.press("ArrowUp");
  seen.up = await state();
  await page.keyboard.press("Escape");
  seen.escaped = await state();
  await page.keyboard.press("ArrowDown"); // opens the list again
  await page.locator(".suggestions [role=option]").first().waitFor();
  await page.keyboard.press("ArrowDown");
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  seen.chosen = new URL(page.url()).pathname;
  await page.locator("#q").fill("night bus");
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  seen.searched = new URL(page.url()).pathname + new URL(page.url()).search;
  await page.locator(".languages summary").click();
  await page.keyboard.press("Escape");
  seen.menu = await page.locator(".languages details").evaluate((menu) => menu.open);
  seen.copies = await (await page.goto(`${url}/doc/city/1835848`), page.locator("button.copy").count());

  const bare = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await bare.goto(`${url}/`);
  await bare.locator("#q").fill("night bus");
  await Promise.all([bare.waitForNavigation(), bare.locator("#q").press("Enter")]);
  seen.without = new URL(bare.url()).pathname + new URL(bare.url()).search;
  await bare.locator(".languages summary").click();
  await Promise.all([bare.waitForNavigation(), bare.locator('.languages a[hreflang="ko"]').click()]);
  seen.language = await bare.locator("html").getAttribute("lang");
  console.log(JSON.stringify({ ...seen, outside, errors }));
  await browser.close();
})();
