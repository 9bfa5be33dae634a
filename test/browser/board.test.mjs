// The virtual board's page, driven as a person drives it, against a real `mote run --board sim`.

import {
  COMMAND, ID, check, checkEqual, isReady, lampShows, main, picture, reasonShows, shows, sidewaysScroll, stateShows,
  test, textOf, watchLamp,
} from './harness.mjs';

const FIRST = 'No,thankyou-2';
const SECOND = 'SSBun';

async function home(scene, options) {
  const board = await scene.board();
  const page = await scene.open(board.url, options);
  await isReady(page);
  return { board, page };
}

const toggle = (page, id) => page.getByTestId(id).click();
const airToggle = (page, ssid) => toggle(page, `air-toggle-${ssid}`);

// ---- the lamp ----------------------------------------------------------------------------------------------------

test('lamp-by-the-page-s-buttons', async (scene) => {
  const { board, page } = await home(scene);
  await lampShows(page, false);
  await shows(page, 'led', { 'data-on': false });
  await picture(page, 'off');
  await page.getByTestId('publish-on').click();
  await lampShows(page, true);
  await shows(page, 'led', { 'data-on': true });
  checkEqual((await board.json()).pins[0].level, 0, 'level of the lamp’s pin');
  await picture(page, 'on');
  await page.getByTestId('publish-off').click();
  await lampShows(page, false);
  await shows(page, 'led', { 'data-on': false });
  checkEqual((await board.json()).pins[0].level, 1, 'level of the lamp’s pin');
});

test('lamp-from-outside', async (scene) => {
  const { board, page } = await home(scene);
  await board.publish(COMMAND, 'ON');
  await lampShows(page, true);
  await board.publish(COMMAND, 'anything');
  await lampShows(page, false);
});

test('lamp-by-the-board-s-button', async (scene) => {
  const { page } = await home(scene);
  const button = page.getByTestId('button');
  await button.hover();
  await page.mouse.down();
  await shows(page, 'button', { 'data-pressed': true });
  await lampShows(page, true);
  await picture(page, 'pressed', {});
  await page.mouse.up();
  await shows(page, 'button', { 'data-pressed': false });
  await lampShows(page, true);
  await button.focus();
  for (const [key, on] of [['Space', false], ['Enter', true]]) {
    await page.keyboard.down(key);
    await shows(page, 'button', { 'data-pressed': true });
    await lampShows(page, on);
    await page.keyboard.up(key);
    await shows(page, 'button', { 'data-pressed': false });
    await lampShows(page, on);
  }
  checkEqual(await page.evaluate(() => scrollY), 0, 'scrolled by Space');
});

test('button-is-let-go-when-the-pointer-leaves', async (scene) => {
  const { page } = await home(scene);
  await page.getByTestId('button').hover();
  await page.mouse.down();
  await shows(page, 'button', { 'data-pressed': true });
  await page.mouse.move(2, 2);
  await shows(page, 'button', { 'data-pressed': false });
  await page.mouse.up();
});

test('button-by-touch', async (scene) => {
  const { page } = await home(scene, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await page.getByTestId('button').tap();
  await lampShows(page, true);
  await shows(page, 'button', { 'data-pressed': false });
  await page.getByTestId('publish-off').tap();
  await lampShows(page, false);
});

test('two-pages-show-the-same', async (scene) => {
  const { board, page } = await home(scene);
  const other = await scene.open(board.url);
  await isReady(other);
  await page.getByTestId('publish-on').click();
  await lampShows(other, true);
  await other.getByTestId('publish-off').click();
  await lampShows(page, false);
});

// ---- trouble -----------------------------------------------------------------------------------------------------

const NOT_NOW = [/status of 503/];

test('broker-stopped-and-back', async (scene) => {
  const { board, page } = await home(scene, { expected: NOT_NOW });
  await page.getByTestId('publish-on').click();
  await lampShows(page, true);
  const moves = await watchLamp(page);
  await toggle(page, 'broker-toggle');
  await reasonShows(page, 'tcp.refused');
  await shows(page, 'broker-toggle', { 'aria-checked': false });
  check((await textOf(page, 'reason-words')).includes('no broker listens'), 'the reason is not told in words');
  await page.getByTestId('publish-off').click();
  await page.getByTestId('notice').waitFor();
  check((await textOf(page, 'notice')).startsWith('Not done: '), 'the notice does not say that it was not done');
  await picture(page, 'broker-stopped', {});
  await toggle(page, 'broker-toggle');
  await isReady(page);
  await shows(page, 'reason-words', { 'data-reason': '' });
  checkEqual(await moves(), 0, 'times that the lamp moved');
  await lampShows(page, true);
  await board.publish(COMMAND, 'off');
  await lampShows(page, false);
  await page.getByTestId('publish-on').click();
  await lampShows(page, true);
});

test('access-point-taken-away-and-back', async (scene) => {
  const { board, page } = await home(scene);
  await board.publish(COMMAND, 'on');
  await lampShows(page, true);
  const moves = await watchLamp(page);
  const joined = (await board.json()).wifi.ssid;
  const other = joined === FIRST ? SECOND : FIRST;
  await airToggle(page, joined);
  await page.locator('[data-step="wifi"]', { hasText: other }).waitFor();
  await stateShows(page, 'online');
  await airToggle(page, other);
  await reasonShows(page, 'wifi.no_network');
  check((await textOf(page, 'reason-words')).includes('known networks'), 'the reason is not told in words');
  await stateShows(page, 'joining');
  await picture(page, 'no-access-point', {});
  await airToggle(page, joined);
  await isReady(page);
  await page.locator('[data-step="wifi"]', { hasText: joined }).waitFor();
  await airToggle(page, other);
  checkEqual(await moves(), 0, 'times that the lamp moved');
  await board.publish(COMMAND, 'off');
  await lampShows(page, false);
});

test('lost-access-point-is-told', async (scene) => {
  const { page } = await home(scene);
  await page.evaluate(() => {
    const words = document.querySelector('[data-testid="reason-words"]');
    window.reasons = [];
    new MutationObserver(() => window.reasons.push(words.dataset.reason)).observe(words, { attributes: true });
  });
  await airToggle(page, FIRST);
  await airToggle(page, SECOND);
  await reasonShows(page, 'wifi.no_network');
  check((await page.evaluate(() => window.reasons)).includes('wifi.lost'), 'wifi.lost was never shown');
});

test('power-cut-and-back', async (scene) => {
  const { board, page } = await home(scene);
  const watcher = await board.subscribe(`${ID}/status`);
  await page.getByTestId('publish-on').click();
  await lampShows(page, true);
  await toggle(page, 'power-toggle');
  await stateShows(page, 'unpowered');
  await lampShows(page, false);
  await shows(page, 'led', { 'data-on': false });
  await watcher.waitLine(new RegExp(`^0 ${ID}/status offline$`));
  await picture(page, 'power-cut');
  await toggle(page, 'power-toggle');
  await isReady(page);
  await watcher.waitLine(new RegExp(`^0 ${ID}/status online$`));
  await lampShows(page, false);
  await page.getByTestId('publish-on').click();
  await lampShows(page, true);
});

test('nobody-is-at-home-behind-the-page', async (scene) => {
  const expected = [/ERR_(CONNECTION_REFUSED|CONNECTION_RESET|INCOMPLETE_CHUNKED)/];
  const { board, page } = await home(scene, { expected });
  await page.getByTestId('publish-on').click();
  await lampShows(page, true);
  await board.stop();
  await shows(page, 'connection', { 'data-state': 'away' });
  await page.getByText('does not answer').first().waitFor();
  await picture(page, 'program-ended', {});
  await board.start();
  await isReady(page);
  await lampShows(page, false);
  await page.getByTestId('publish-on').click();
  await lampShows(page, true);
});

// ---- messages ----------------------------------------------------------------------------------------------------

test('messages-are-listed', async (scene) => {
  const { board, page } = await home(scene);
  await board.publish(COMMAND, 'ON');
  const rows = page.getByTestId('message');
  const command = rows.filter({ hasText: COMMAND }).filter({ hasText: 'ON' });
  await command.waitFor();
  checkEqual(await command.getAttribute('data-direction'), 'in', 'direction of the command');
  const on = page.locator('.payload', { hasText: /^on$/ });
  const state = rows.filter({ hasText: `${ID}/lamp/state` }).filter({ has: on });
  await state.first().waitFor();
  checkEqual(await state.first().getAttribute('data-direction'), 'out', 'direction of the state');
  check((await state.first().innerText()).includes('retained'), 'the state is not said to be retained');
  const ids = await rows.evaluateAll((all) => all.map((row) => Number(row.dataset.id)));
  checkEqual(ids, [...ids].sort((a, b) => b - a), 'the order, newest first');
  await page.reload();
  await isReady(page);
  await command.waitFor();
  checkEqual(await rows.evaluateAll((all) => all.map((row) => Number(row.dataset.id))), ids, 'after a reload');
});

test('hostile-payloads-are-text', async (scene) => {
  const { board, page } = await home(scene);
  const hostile = ['<img src=x onerror=document.title=1>', '<script>alert(1)</script>', '"\'><svg onload=alert(1)>',
    '\u202eevil\u202c', '</li></ol><h1>gone</h1>', '{{7*7}}', '\u0007\u001b[31m', '灯'.repeat(100), 'x'.repeat(3000)];
  for (const payload of hostile) {
    await board.publish(COMMAND, payload);
  }
  await board.publish(COMMAND, 'last');
  const rows = page.getByTestId('message');
  await rows.filter({ hasText: 'last' }).waitFor();
  await rows.filter({ hasText: '3000 bytes in all' }).waitFor();
  const shown = await rows.filter({ hasText: COMMAND }).locator('.payload').allTextContents();
  hostile.slice(0, 3).forEach((payload) => check(shown.includes(payload), `${payload} is not shown as it is`));
  check(!shown.some((text) => /[\u0000-\u001f\u202a-\u202e]/.test(text)), 'a control character is on the page');
  checkEqual(await page.locator('#messages :is(img, script, svg, h1)').count(), 0, 'elements made from payloads');
  checkEqual(await sidewaysScroll(page), 0, 'sideways scroll');
  await picture(page, 'hostile-payloads');
});

const HOSTILE_NODE = `\
node: "<b id=x>node<b>"
wifi: {networks: [{ssid: '"><i id=x>net'}]}
switches:
  - {name: "<img src=x onerror=alert(1)>", pin: 4, command_topic: "a'b\\"<script>alert(1)</script>"}
buttons:
  - {name: "<u id=x>&amp;", pin: 5, active: low, toggles: "<img src=x onerror=alert(1)>"}
`;

test('hostile-names-are-text', async (scene) => {
  const board = await scene.board({ text: HOSTILE_NODE });
  const page = await scene.open(board.url);
  await isReady(page);
  checkEqual(await page.locator('#x, main img, main script').count(), 0, 'elements made from names');
  await page.getByTestId('publish-on').click();
  await lampShows(page, true);
  await page.locator('[data-testid^="air-toggle-"]').click();
  await reasonShows(page, 'wifi.no_network');
});

test('pause-holds-the-list', async (scene) => {
  const { board, page } = await home(scene);
  const rows = page.getByTestId('message');
  await page.getByRole('button', { name: 'Pause' }).click();
  const before = await rows.count();
  await board.publish(COMMAND, 'on');
  await lampShows(page, true);
  await page.getByText(/\d new/).waitFor();
  checkEqual(await rows.count(), before, 'rows while paused');
  await page.getByRole('button', { name: 'Go on' }).click();
  await rows.filter({ hasText: COMMAND }).waitFor();
});

// ---- looks -------------------------------------------------------------------------------------------------------

const SEVERAL = `\
node: workshop
wifi: {networks: [{ssid: Workshop-2.4GHz, password: 12345678}, {ssid: 仓库, password: 12345678}]}
switches:
  - {name: lamp, pin: 2, active: low}
  - {name: fan, pin: 14}
  - {name: pump, pin: 5, boot: on}
buttons:
  - {name: key, pin: 0, active: low, toggles: lamp}
  - {name: door, pin: 12, active: low, pull: up, toggles: fan}
`;

test('several-switches-and-buttons', async (scene) => {
  const board = await scene.board({ text: SEVERAL });
  const page = await scene.open(board.url);
  await isReady(page);
  await shows(page, 'lamp-pump', { 'data-on': true });
  await page.getByTestId('publish-on-fan').click();
  await shows(page, 'lamp-fan', { 'data-on': true });
  await page.getByTestId('button-door').click();
  await shows(page, 'lamp-fan', { 'data-on': false });
  await lampShows(page, false);
  await page.getByTestId('button').focus();
  await page.keyboard.press('Enter');
  await lampShows(page, true);
  await picture(page, 'several');
});

for (const width of [320, 390]) {
  test(`telephone-${width}`, async (scene) => {
    const telephone = { viewport: { width, height: 844 }, hasTouch: true, isMobile: true };
    const { page } = await home(scene, { ...telephone, expected: NOT_NOW });
    const looks = async (name) => {
      checkEqual(await sidewaysScroll(page), 0, `sideways scroll, ${name}`);
      await picture(page, `telephone-${width}-${name}`);
    };
    await page.getByTestId('publish-on').tap();
    await lampShows(page, true);
    await looks('on');
    await page.getByTestId('broker-toggle').tap();
    await reasonShows(page, 'tcp.refused');
    await page.getByTestId('publish-on').tap();
    await page.getByTestId('notice').waitFor();
    await looks('broker-stopped');
    await page.getByTestId('power-toggle').tap();
    await stateShows(page, 'unpowered');
    await page.getByTestId('language').selectOption('zh');
    await looks('power-cut-zh');
  });
}

test('chinese', async (scene) => {
  const { page } = await home(scene, { locale: 'zh-CN' });
  checkEqual(await page.evaluate(() => document.documentElement.lang), 'zh-CN', 'lang');
  checkEqual(await textOf(page, 'node-state'), '在线', 'state');
  await page.getByTestId('publish-on').click();
  await lampShows(page, true);
  await picture(page, 'chinese');
  await toggle(page, 'broker-toggle');
  await reasonShows(page, 'tcp.refused');
  check(/[\u4e00-\u9fff]/.test(await textOf(page, 'reason-words')), 'the reason is not told in Chinese');
  const latin = await page.locator('main :is(h2, th, [data-t]), .reason p').evaluateAll(
    (all) => all.map((e) => e.innerText.trim()).filter((text) => /^[A-Za-z][a-z]+ [a-z]/.test(text)));
  checkEqual(latin, [], 'words left in English');
});

test('language-is-kept', async (scene) => {
  const { page } = await home(scene);
  await page.getByTestId('language').selectOption('zh');
  checkEqual(await textOf(page, 'node-state'), '在线', 'state');
  await page.reload();
  await isReady(page);
  checkEqual(await textOf(page, 'node-state'), '在线', 'state after a reload');
  await page.getByTestId('language').selectOption('en');
  checkEqual(await textOf(page, 'node-state'), 'Online', 'state in English again');
});

const brightness = (page) => page.evaluate(() => {
  const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
  return (r + g + b) / 3;
});

test('dark', async (scene) => {
  const { page } = await home(scene, { colorScheme: 'dark' });
  check(await brightness(page) < 60, 'not dark though the system is');
  await page.getByTestId('publish-on').click();
  await lampShows(page, true);
  await picture(page, 'dark');
  await page.getByTestId('theme').selectOption('light');
  check(await brightness(page) > 200, 'not light though chosen');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.getByTestId('theme').selectOption('dark');
  check(await brightness(page) < 60, 'not dark though chosen');
  await page.reload();
  await isReady(page);
  check(await brightness(page) < 60, 'not dark after a reload');
  await page.getByTestId('theme').selectOption('auto');
  check(await brightness(page) > 200, 'not light though the system is');
});

test('everything-has-a-name', async (scene) => {
  const { page } = await home(scene);
  const nameless = await page.locator('button, select, [role="button"], [role="switch"], a').evaluateAll((all) => all
    .filter((e) => e.checkVisibility() && !e.getAttribute('aria-label')?.trim() && !e.innerText?.trim() && !e.labels?.length)
    .map((e) => e.outerHTML.slice(0, 100)));
  checkEqual(nameless, [], 'controls without a name');
});

await main('browser/board');
