// Opens a page that `koker trace html` wrote in Chromium, uses it as a reader would, and prints as JSON what is to be seen.
// Usage: node page.mjs FOLDER-WITH-PLAYWRIGHT PAGE PDF
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, file, pdf] = process.argv.slice(2);
const { chromium } = createRequire(pathToFileURL(`${folder}/`))("playwright-core");
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const seen = { errors: [], requests: [] };
try {
  const context = await browser.newContext({ colorScheme: "light", reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on("pageerror", error => seen.errors.push(error.message));
  page.on("console", message => seen.errors.push(message.text()));
  page.on("request", request => {
    if (request.url().split("#")[0] !== pathToFileURL(file).href) {
      seen.requests.push(request.url());
    }
  });
  await page.goto(pathToFileURL(file).href);

  const count = () => page.locator("#count").textContent();
  const all = name => page.locator(`[data-${name}]`).evaluateAll((items, key) => items.map(item => item.dataset[key]),
    name.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase()));
  const picture = async () => ({
    mounts: await all("mount"), links: await all("link"), hostLinks: await all("host-link"), namespaces: await all("namespace"),
    cgroups: await all("cgroup"), limits: await all("limit"), layers: await all("layer"), folders: await all("folder"),
    process: await all("process"), routes: await all("route"),
    addresses: (await all("addresses")).flatMap(text => text.split(" ")).filter(text => text),
    limitValues: await page.locator("[data-limit]").allTextContents(),
    traits: Object.fromEntries(await page.locator("[data-trait]").evaluateAll(
      items => items.map(item => [item.dataset.trait, item.dataset.value]))),
    ended: await page.locator("#picture").evaluate(section => section.classList.contains("ended"))
  });

  seen.title = await page.title();
  seen.opened = { count: await count(), step: await page.locator("#step h2").textContent(), picture: await picture() };

  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  seen.light = await paper();
  await page.emulateMedia({ colorScheme: "dark" });
  seen.dark = await paper();
  await page.emulateMedia({ colorScheme: "light" });
  await page.getByRole("button", { name: "Light or dark" }).click();
  seen.switched = await paper();

  await page.getByRole("button", { name: "First step" }).click();
  seen.first = { count: await count(), picture: await picture() };
  await page.getByRole("button", { name: "Next step" }).click();
  seen.next = await count();
  await page.locator("h1").click();
  await page.keyboard.press("ArrowRight");
  seen.right = await count();
  await page.keyboard.press("ArrowLeft");
  seen.left = await count();
  await page.keyboard.press("PageDown");
  seen.phase = await page.locator("#step .where").textContent();
  await page.keyboard.press("End");
  seen.last = { count: await count(), picture: await picture() };

  // Played from the beginning, every step comes by, and the play ends by itself.
  await page.getByLabel("Speed").selectOption("fast");
  await page.evaluate(() => {
    globalThis.shown = [];
    new MutationObserver(() => globalThis.shown.push(document.getElementById("count").value))
      .observe(document.getElementById("count"), { childList: true, subtree: true, characterData: true });
  });
  await page.locator("h1").click();
  await page.keyboard.press("Space");
  seen.playing = await page.getByRole("button", { name: "Pause" }).getAttribute("aria-pressed");
  await page.getByRole("button", { name: "Play" }).waitFor({ timeout: 60_000 });
  seen.played = await page.evaluate(() => globalThis.shown);

  // What a pointer finds, and what a screen reader is told.
  // Short steps lie over each other, so the two that are drawn widest are taken.
  const widest = await page.locator("#track rect.block").evaluateAll(blocks => blocks
    .map((block, index) => ({ index, width: block.width.baseVal.value }))
    .sort((one, other) => other.width - one.width)
    .slice(0, 2)
    .map(block => block.index));
  seen.widest = widest.map(index => index + 1);
  await page.locator("#track rect.block").nth(widest[0]).click();
  seen.clicked = await count();
  seen.live = await page.locator("#step").getAttribute("aria-live");
  seen.slider = await page.getByRole("slider", { name: "Step" }).getAttribute("aria-valuetext");
  await page.locator("#track rect.block").nth(widest[1]).hover();
  const where = page.locator("#step .where");
  await where.filter({ hasText: `Step ${widest[1] + 1} of` }).waitFor();
  seen.hovered = await where.textContent();
  seen.stays = await count();

  await page.emulateMedia({ media: "print", colorScheme: "light" });
  await page.pdf({ path: pdf });
  seen.printedSteps = await page.locator("#list li").count();
  seen.printedControls = await page.locator("#controls").isVisible();
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
