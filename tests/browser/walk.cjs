// Walks through the site in Chromium as a person does: clicks links, fills forms, reads.
//
//     NODE_PATH=... node walk.cjs CHROMIUM URL < TASKS
//
// TASKS is an array of {name, script, width, steps}; a step is an action and what it needs:
//
//     ["follow", link] ["open", summary] ["search", words] ["fill", label, text]
//     ["choose", label, option] ["tick", label] ["press", button] ["query", text]
//     ["reads", text] ["shows", figure] ["keeps", label, text] ["saves", link, text]
//
// It prints an object as JSON for each task: its name, its mode, and what went wrong, if anything.
const fs = require("fs");
const { chromium } = require("playwright-core");

const PATIENCE = 15000;
const plain = (text) => text.replace(/\s+/g, " ").trim();

// Waits until something is so; a page may still be on its way.
async function until(fact, complaint) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    try {
      if (await fact()) return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    if (Date.now() > end) throw new Error(complaint);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

// Returns the first visible element: most names stand in the menu, the text and a table.
async function visible(locator, complaint) {
  let found;
  await until(async () => {
    for (const element of await locator.all()) {
      if (await element.isVisible()) {
        found = element;
        return true;
      }
    }
    return false;
  }, complaint);
  return found;
}

// The places where a name is sought, the text of the page before its frame.
async function named(page, role, name) {
  const options = name.startsWith("=") ? { name: name.slice(1), exact: true } : { name };
  for (const scope of [page.locator("main"), page.locator("body")]) {
    const locator = scope.getByRole(role, options);
    for (const element of await locator.all()) if (await element.isVisible()) return element;
  }
  return visible(page.getByRole(role, options), `no ${role} ${name}`);
}

const actions = {
  follow: async (page, name) => (await named(page, "link", name)).click(),
  press: async (page, name) => (await named(page, "button", name)).click(),
  open: async (page, text) => {
    const summary = await visible(page.locator("summary", { hasText: text }), `no summary ${text}`);
    const isOpen = await summary.evaluate((element) => {
      const content = element.nextElementSibling; // a style may show what is closed, on wide windows
      return element.parentElement.open || (content !== null && content.checkVisibility());
    });
    if (!isOpen) await summary.click();
  },
  search: async (page, words) => {
    await page.locator("header input[type=search]").fill(words);
    await page.locator("header input[type=search]").press("Enter");
  },
  fill: async (page, label, text) =>
    (await visible(page.locator("main").getByLabel(label), `no field ${label}`)).fill(text),
  choose: async (page, label, option) => {
    const field = await visible(page.locator("main").getByLabel(label), `no field ${label}`);
    const options = await field.locator("option").allTextContents();
    const text = options.find((each) => plain(each).startsWith(option));
    if (text === undefined) throw new Error(`no option ${option} of ${label}`);
    await field.selectOption({ label: plain(text) });
  },
  tick: async (page, label) =>
    (await visible(page.locator("main").getByLabel(label), `no box ${label}`)).check(),
  // The editor takes the place of the text area when its script has run.
  query: async (page, text) => {
    const editor = page.locator(".has-editor .CodeMirror");
    const area = page.locator("textarea[name=query]");
    await until(async () => {
      if (await editor.count()) {
        await page.locator(".CodeMirror-lines").first().click();
        await page.keyboard.press("Control+a");
        await page.keyboard.insertText(text);
        return true;
      }
      if (!(await area.isVisible())) return false;
      await area.fill(text, { timeout: 1000 });
      return true;
    }, "no field for the query");
  },
  reads: async (page, text) => {
    await until(
      async () => plain(await page.locator("main").innerText()).toLowerCase().includes(text.toLowerCase()),
      `the page does not say: ${text}`
    );
  },
  shows: async (page, name) => {
    await visible(page.locator("main svg", { hasText: name }), `no figure ${name}`);
  },
  keeps: async (page, text) => {
    await until(
      async () => (await page.locator("textarea[name=query]").inputValue()).includes(text),
      `the query is lost: ${text}`
    );
  },
  saves: async (page, name, text) => {
    await named(page, "link", name);
    const addresses = await page.locator("main").getByRole("link", { name }).evaluateAll(
      (links) => links.map((link) => link.href));
    for (const address of addresses) {
      const { pathname, search } = new URL(address);
      const answer = await page.request.get(pathname + search);
      if (answer.ok() && (await answer.text()).includes(text)) return;
    }
    throw new Error(`no file of ${addresses} has ${text}`);
  },
};

async function walk(browser, url, task) {
  const context = await browser.newContext({
    baseURL: url,
    javaScriptEnabled: task.script,
    viewport: { width: task.width, height: 900 },
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  let wrong = "";
  for (const [action, ...needs] of [["start"], ...task.steps]) {
    try {
      if (action === "start") await page.goto("/");
      else await actions[action](page, ...needs);
      await page.waitForLoadState("load");
    } catch (error) {
      const text = await page.locator("body").innerText().catch(() => "");
      wrong = `${[action, ...needs].join(" ")}: ${error.message.split("\n")[0]}\n${page.url()}\n${plain(text).slice(0, 1500)}`;
      break;
    }
  }
  await context.close();
  return { name: task.name, script: task.script, wrong };
}

(async () => {
  const [executablePath, url] = process.argv.slice(2);
  const tasks = JSON.parse(fs.readFileSync(0, "utf8"));
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  for (const task of tasks) console.log(JSON.stringify(await walk(browser, url, task)));
  await browser.close();
})();
