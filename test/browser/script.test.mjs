// The page for the board of a script, which may pulse its pins and need no broker. The program behind the page is a stand-in here: what the
// real one says is in test/python/test_page.py.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

import { ROOT, check, checkEqual, main, picture, shows, stateShows, test, textOf } from './harness.mjs';

const TYPES = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' };

const nothing = { reason: '', words: '', next: '' };

const pin = (number, name, active, level, pulses) => ({
  number, name, direction: 'output', active, level, on: pulses !== undefined || level === (active === 'low' ? 0 : 1), pulses,
});

const boardWith = (...pins) => ({
  node: 'fade', state: 'running', ...nothing, power: true, uptime_s: 1, setup: null, air: [], switches: [], buttons: [], messages: [],
  wifi: { state: 'off', ssid: '', signal_dbm: 0, address: '', mac: '', ...nothing },
  broker: { url: '', embedded: false, running: true, state: 'off', ...nothing },
  pins,
});

// Serves the page, and says of the board what it is given.
class Script {
  constructor(board) {
    this.board = board;
    this.listeners = new Set();
    this.server = createServer((request, response) => this.answer(request, response));
  }

  async start(scene) {
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
    scene.onEnd(() => this.server.close() && this.server.closeAllConnections());
    const page = await scene.open(`http://127.0.0.1:${this.server.address().port}/`);
    await shows(page, 'connection', { 'data-state': 'live' });
    return page;
  }

  async answer({ url }, response) {
    if (url === '/api/events') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
      this.listeners.add(response);
    } else if (url === '/api/board') {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(this.board));
    } else {
      const name = url === '/' ? 'index.html' : url.slice(1);
      const content = await readFile(join(ROOT, 'web/board', name));
      response.writeHead(200, { 'Content-Type': TYPES[extname(name)] }).end(content);
    }
  }

  becomes(board) {
    this.board = board;
    this.listeners.forEach((response) => response.write(`event: board\ndata: ${JSON.stringify(board)}\n\n`));
  }
}

const levelOf = (page, number) => page.locator(`tr[data-pin="${number}"] .level-chip`);

const brightness = (page) => page.getByTestId('led').evaluate((led) => Number(led.style.getPropertyValue('--brightness')));

test('needs-no-broker', async (scene) => {
  const page = await new Script(boardWith(pin(2, 'led', 'low', 1))).start(scene);
  await stateShows(page, 'running');
  check((await textOf(page, 'reason-words')).startsWith('The script runs.'), 'it does not say that the script runs');
  check(!(await page.getByText('Switch it over MQTT').isVisible()), 'there is something to be switched over MQTT');
});

test('pulses', async (scene) => {
  const script = new Script(boardWith(pin(2, 'led', 'low', 0, { duty: 0.25, hz: 500 }), pin(4, 'pin 4', 'high', 1)));
  const page = await script.start(scene);
  await shows(page, 'led', { 'data-on': true });
  checkEqual(await levelOf(page, 2).innerText(), '25 % · 500 Hz', 'level of the pin with pulses');
  checkEqual(await levelOf(page, 4).innerText(), '1', 'level of the other');
  checkEqual(await brightness(page), 0.75, 'brightness of a LED that a low level lights');
  await picture(page, 'pulses');
  script.becomes(boardWith(pin(2, 'led', 'low', 1), pin(4, 'pin 4', 'high', 1)));
  await shows(page, 'led', { 'data-on': false });
  checkEqual(await levelOf(page, 2).innerText(), '1', 'level after the pulses');
  checkEqual(await brightness(page), 0, 'brightness after the pulses');
});

await main('browser/script');
