// Uses the query editor of /sparql in Chromium, as a person does.
//
//     NODE_PATH=... node editor.cjs CHROMIUM URL
//
// It prints one object as JSON: what the editor showed, the requests to other origins, and what the
// console and the content security policy complained of.
const { chromium } = require("playwright-core");

(async () => {
  const [executablePath, url] = process.argv.slice(2);
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const report = { outside: [], complaints: [], requests: 0 };
  page.on("request", (request) => {
    report.requests += 1;
    const { origin, protocol } = new URL(request.url());
    if (protocol !== "data:" && origin !== new URL(url).origin) report.outside.push(request.url());
  });
  page.on("console", (message) => {
    if (message.type() !== "log") report.complaints.push(message.text());
  });
  page.on("pageerror", (error) => report.complaints.push(String(error)));

  const ready = () => page.waitForSelector(".has-editor .CodeMirror");
  const write = async (text) => {
    await page.click(".CodeMirror-lines");
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Delete");
    await page.keyboard.type(text, { delay: 15 });
  };
  const value = () => page.evaluate(() => document.querySelector(".CodeMirror").CodeMirror.getValue());
  const hints = async () => {
    await page.waitForSelector(".CodeMirror-hint", { timeout: 5000 }).catch(() => null);
    return page.$$eval(".CodeMirror-hint", (all) => all.map((one) => one.textContent));
  };

  await page.goto(url);
  await ready();
  report.isAreaHidden = await page.$eval("#query", (area) => area.hidden);
  report.name = await page.$eval(".CodeMirror textarea", (field) => field.getAttribute("aria-label"));

  await write("SELECT * WHERE { ?it lead");
  report.properties = await hints();
  await page.keyboard.press("Enter");
  report.picked = await value();
  await page.keyboard.press("Escape");

  await write("SELECT * WHERE { ?it a polic");
  report.classes = await hints();
  await page.keyboard.press("Escape");

  await write("PREFIX us");
  report.prefixes = await hints();
  await page.keyboard.press("Escape");

  await write("SELECT * WHERE { ?it ?p <seoul");
  report.things = await hints();
  if (report.things.length) await page.keyboard.press("Enter");
  report.withThing = await value();
  await page.keyboard.press("Escape");

  await page.waitForSelector("#example");
  report.examples = await page.$$eval("#example option", (all) => all.length);
  await page.selectOption("#example", "policies_for_target");
  report.example = await value();

  await page.click(".yasqe_share");
  report.link = await page.$eval(".yasqe_sharePopup input", (field) => field.value);

  await page.click(".CodeMirror-lines");
  await page.keyboard.press("Tab");
  report.hasLeft = await page.evaluate(() => document.activeElement.tagName !== "TEXTAREA");

  await page.click(".CodeMirror-lines");
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Control+Enter")]);
  await ready();
  report.rows = await page.$$eval(".result tbody tr", (rows) => rows.length);
  report.again = await value();
  await page.goto(report.link);
  report.shared = await page.$$eval(".result tbody tr", (rows) => rows.length);
  await page.waitForTimeout(300);

  const plain = await browser.newContext({ javaScriptEnabled: false });
  const without = await plain.newPage();
  await without.goto(url);
  await Promise.all([without.waitForNavigation(), without.click("#ask button")]);
  report.withoutScripts = await without.$$eval(".result tbody tr", (rows) => rows.length);
  console.log(JSON.stringify(report));
  await browser.close();
})();
