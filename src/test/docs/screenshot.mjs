// Takes the picture of a page that the README shows. Usage: node screenshot.mjs FOLDER-WITH-PLAYWRIGHT PAGE PICTURE STEP
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, file, picture, step] = process.argv.slice(2);
const { chromium } = createRequire(pathToFileURL(`${folder}/`))("playwright-core");
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: "light", reducedMotion: "reduce" });
  await page.goto(pathToFileURL(file).href);
  await page.keyboard.press("Home");
  while (await page.locator("#step h2").textContent() !== step) {
    await page.keyboard.press("ArrowRight");
  }
  await page.screenshot({ path: picture });
} finally {
  await browser.close();
}
