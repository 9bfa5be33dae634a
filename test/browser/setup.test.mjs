// The setup page, as somebody with a phone meets it, on the virtual board.

import {
  ID, check, checkEqual, isReady, main, picture, shows, sidewaysScroll, stateShows, test, textOf,
} from './harness.mjs';

const TEXT = `\
node: ${ID}
wifi:
  networks:
    - {ssid: "No,thankyou-2", password: beijing_newhome_11.3}
    - {ssid: SSBun, password: Bz123456}
mqtt: {retry_min: 100ms, retry_max: 1s}
setup: {button: button, hold: 500ms}
switches:
  - {name: lamp, pin: 2, active: low}
buttons:
  - {name: button, pin: 0, active: low, toggles: lamp}
`;

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const KEY = 'next_door_1234';

async function openPortal(scene) {
  const board = await scene.board({ text: TEXT });
  await fetch(`${board.url}api/setup`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"open":true}',
  });
  await stateIs(board, 'open');
  return board;
}

async function stateIs(board, state) {
  for (let i = 0; i < 300; i += 1) {
    if ((await board.json()).setup.state === state) {
      return;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`the portal is never ${state}: ${(await board.json()).setup.state}`);
}

// Chromium takes a form with two passwords, the network's and the broker's, for two forms.
const expected = [/^verbose: .*Multiple forms should be contained/];

const open = (scene, board, options) => scene.open(`${board.url}setup`, { expected, ...options });

const phone = (scene, board, options = {}) => open(scene, board, { ...PHONE, ...options });

const network = (page, name) => page.locator('.net', { hasText: name }).locator('input');

async function choose(page, name, key) {
  await network(page, name).check();
  if (key !== undefined) {
    await page.locator('#key').fill(key);
  }
}

const connect = (page) => page.locator('.go').click();

async function online(board, ssid) {
  for (let i = 0; i < 300; i += 1) {
    const { state, wifi } = await board.json();
    if (state === 'online' && wifi.ssid === ssid) {
      return;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`the board is never online in ${ssid}`);
}

test('into-another-network', async (scene) => {
  const board = await openPortal(scene);
  const page = await phone(scene, board);
  await choose(page, 'Next door', KEY);
  await connect(page);
  await page.locator('#confirmed').waitFor();
  await online(board, 'Next door');
  check((await page.locator('#confirmed').innerText()).includes('Next door'), 'the page does not name the network');
  const post = (on) => fetch(`${board.url}api/power`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ on }),
  });
  await post(false);
  await post(true);
  await online(board, 'Next door');
});

// A try can be over before the page looks; that of a broker who says nothing is not.
async function tryInVain(scene, page) {
  const broker = await scene.silentBroker();
  await choose(page, 'Next door', KEY);
  await page.locator('#broker').fill(broker.address);
  await connect(page);
  await page.locator('#trying').waitFor();
  return broker;
}

test('what-is-tried-is-shown', async (scene) => {
  const board = await openPortal(scene);
  const page = await phone(scene, board);
  await page.locator('summary').click();
  const broker = await tryInVain(scene, page);
  checkEqual(await page.locator('#trying bdi').innerText(), 'Next door', 'network on the page');
  checkEqual(await page.locator('#trying li').count(), 3, 'steps');
  broker.hangUp();
  await page.locator('#failed[data-reason="tcp.refused"]').waitFor();
  checkEqual(await page.locator('#broker').inputValue(), `mqtt://${broker.address}`, 'what was typed');
  await online(board, 'No,thankyou-2');
});

test('wrong-password-and-back', async (scene) => {
  const board = await openPortal(scene);
  const page = await phone(scene, board);
  await choose(page, 'Next door', 'wrong_password');
  await connect(page);
  await page.locator('#failed[data-reason="wifi.wrong_key"]').waitFor();
  check((await page.locator('#failed').innerText()).includes('does not accept the password'), 'no reason in words');
  check(await network(page, 'Next door').isChecked(), 'what was chosen is forgotten');
  checkEqual(await page.locator('#key').inputValue(), '', 'the key on the page');
  await online(board, 'No,thankyou-2');
  await page.locator('#key').fill(KEY);
  await connect(page);
  await page.locator('#confirmed').waitFor();
});

test('without-a-script', async (scene) => {
  const board = await openPortal(scene);
  const page = await phone(scene, board, { javaScriptEnabled: false });
  await choose(page, 'Next door', 'short');
  await connect(page);
  check((await page.locator('#error-key').innerText()).includes('8 to 63'), 'the error is not beside the field');
  check(await network(page, 'Next door').isChecked(), 'what was chosen is forgotten');
  await page.locator('#key').fill(KEY);
  await page.locator('summary').click();
  await page.locator('#broker').fill('mqtt://127.0.0.1:9');
  await connect(page);
  await page.locator('#failed[data-reason="tcp.refused"]').waitFor();
  checkEqual(await page.locator('#broker').inputValue(), 'mqtt://127.0.0.1:9', 'what was typed');
  await page.locator('#broker').fill('');
  await page.locator('#key').fill(KEY);
  await connect(page);
  await page.locator('#confirmed').waitFor();
  await online(board, 'Next door');
});

test('to-another-broker', async (scene) => {
  const board = await openPortal(scene);
  const other = await scene.board({ text: 'node: other\n' });
  const listener = await other.subscribe('hall/status', 'other/status');
  const page = await phone(scene, board);
  await page.locator('summary').click();
  await page.locator('#broker').fill(`127.0.0.1:${other.broker_port}`);
  await page.locator('#name').fill('hall');
  await connect(page);
  await page.locator('#confirmed').waitFor();
  await listener.waitLine(/^0 hall\/status online$/);
  const { node, broker } = await board.json();
  checkEqual([node, broker.url], ['hall', `mqtt://127.0.0.1:${other.broker_port}`], 'name and broker');
});

test('typing-is-not-disturbed', async (scene) => {
  const board = await openPortal(scene);
  const page = await phone(scene, board);
  await choose(page, 'Guests');
  await page.locator('#key').fill('half of it');
  const again = page.waitForResponse((answer) => answer.url().endsWith('/setup') && answer.request().method() === 'GET');
  await page.locator('#rescan').click();
  await again;
  checkEqual(await page.locator('#key').inputValue(), 'half of it', 'what was typed');
  check(await network(page, 'Guests').isChecked(), 'what was chosen is forgotten');
});

test('a-name-by-hand', async (scene) => {
  const board = await openPortal(scene);
  const page = await phone(scene, board);
  check(!(await page.locator('#ssid').isVisible()), 'the field for a name is there before it is needed');
  await page.locator('#other').check();
  await page.locator('#ssid').fill('Guests');
  await connect(page);
  await page.locator('#confirmed').waitFor();
  await online(board, 'Guests');
});

test('by-keyboard-alone', async (scene) => {
  const board = await openPortal(scene);
  const page = await open(scene, board, {});
  await network(page, 'No,thankyou-2').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  check(await network(page, 'Next door').isChecked(), 'the arrows do not choose');
  await page.locator('#key').focus();
  await page.keyboard.type(KEY);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  checkEqual(await page.locator('#key').getAttribute('type'), 'text', 'type of the key’s field');
  await page.locator('#key').focus();
  await page.keyboard.press('Enter');
  await page.locator('#confirmed').waitFor();
});

test('each-field-has-its-name', async (scene) => {
  const board = await openPortal(scene);
  const page = await phone(scene, board);
  await page.locator('summary').click();
  for (const name of ['Password of the network', 'MQTT broker', 'User name', 'Name of this device']) {
    checkEqual(await page.getByLabel(name, { exact: true }).count(), 1, `fields called ${name}`);
  }
  const small = await page.locator('input:visible, button:visible, a:visible, summary:visible').evaluateAll((all) => all
    .filter((e) => !e.classList.contains('unseen') && e.type !== 'radio' && e.getBoundingClientRect().height < 32)
    .map((e) => e.outerHTML));
  checkEqual(small, [], 'what a finger misses');
});

test('in-chinese', async (scene) => {
  const board = await openPortal(scene);
  const page = await phone(scene, board, { locale: 'zh-CN' });
  checkEqual(await page.locator('html').getAttribute('lang'), 'zh-CN', 'language');
  await choose(page, 'Next door', 'wrong_password');
  await connect(page);
  await page.locator('#failed[data-reason="wifi.wrong_key"]').waitFor();
  check((await page.locator('#failed').innerText()).includes('密码'), 'the reason is not in Chinese');
  await page.locator('header a').click();
  await page.locator('html[lang="en"]').waitFor();
  await choose(page, 'Next door', KEY);
  await connect(page);
  await page.locator('#confirmed').waitFor();
  checkEqual(await page.locator('html').getAttribute('lang'), 'en', 'language after it was chosen by hand');
});

test('the-board-s-page-shows-it', async (scene) => {
  const board = await scene.board({ text: TEXT });
  const page = await scene.open(board.url);
  await isReady(page);
  check(!(await page.getByTestId('portal').isVisible()), 'an access point is shown before it is open');
  await page.getByTestId('button').hover();
  await page.mouse.down();
  await shows(page, 'portal', { 'data-state': 'open' });
  await page.mouse.up();
  check((await textOf(page, 'portal')).includes(`${ID}-setup`), 'the access point is not named');
  await stateShows(page, 'online');
  const [setup] = await Promise.all([page.context().waitForEvent('page'),
    page.getByTestId('portal').getByRole('link').click()]);
  await setup.locator('#form').waitFor();
  await picture(page, 'board-with-portal');
  await page.getByTestId('setup-toggle').click();
  await shows(page, 'portal', { 'data-state': 'closed' });
  await setup.locator('#closed').waitFor();
});

test('names-from-the-air-are-only-text', async (scene) => {
  process.env.MOTE_SIM_AIR = 'No,thankyou-2=beijing_newhome_11.3;<script>alert(1)</script>@-60;"><img src=x onerror=alert(1)>';
  let page;
  try {
    page = await phone(scene, await openPortal(scene));
  } finally {
    delete process.env.MOTE_SIM_AIR;
  }
  await page.locator('.net', { hasText: '<script>alert(1)</script>' }).waitFor();
  checkEqual(await page.locator('#list script, #list img').count(), 0, 'elements made by names');
});

test('another-site-s-form', async (scene) => {
  const board = await openPortal(scene);
  const body = 'network=4775657374733030';
  for (const origin of ['http://evil.example', 'null']) {
    const answer = await fetch(`${board.url}setup`, {
      method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: origin }, body,
    });
    checkEqual(answer.status, 403, `status for ${origin}`);
  }
  checkEqual((await board.json()).setup.state, 'open', 'state');
});

// ---- pictures ----------------------------------------------------------------------------------------------------

async function pictures(scene, board, name, options) {
  for (const colorScheme of ['light', 'dark']) {
    for (const [locale, language] of [['en-GB', 'en'], ['zh-CN', 'zh']]) {
      const page = await open(scene, board, { ...options, colorScheme, locale });
      await page.locator('main').waitFor();
      checkEqual(await sidewaysScroll(page), 0, `pixels that ${name} scrolls sideways`);
      await picture(page, `setup-${name}-${language}-${colorScheme}`);
      await page.context().close();
    }
  }
}

test('pictures', async (scene) => {
  const board = await openPortal(scene);
  const wide = { viewport: { width: 1280, height: 800 } };
  await (await phone(scene, board)).locator('.net', { hasText: 'Guests' }).waitFor();
  await pictures(scene, board, 'form-390', PHONE);
  await pictures(scene, board, 'form-1280', wide);
  const page = await phone(scene, board);
  await page.locator('summary').click();
  await choose(page, 'Next door', 'short');
  await page.locator('#broker').fill('http://wrong');
  await connect(page);
  await page.locator('#error-key:not(:empty)').waitFor();
  await pictures(scene, board, 'errors-390', PHONE);
  const broker = await tryInVain(scene, page);
  await picture(page, 'setup-trying-390-en-light');
  broker.hangUp();
  await page.locator('#failed[data-reason="tcp.refused"]').waitFor();
  await page.locator('#broker').fill('');
  await page.locator('#key').fill('wrong_password');
  await connect(page);
  await page.locator('#failed[data-reason="wifi.wrong_key"]').waitFor();
  await pictures(scene, board, 'failed-390', PHONE);
  await page.locator('#key').fill(KEY);
  await connect(page);
  await page.locator('#confirmed').waitFor();
  await pictures(scene, board, 'confirmed-390', PHONE);
});

await main('browser/setup');
