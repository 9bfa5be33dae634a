// What the browser tests have in common: cases, a `mote run --board sim` of one's own, Chromium, and waiting for what
// the page shows. Waiting is always for an event; TIMEOUT_MS is only the end of patience.

import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { chromium } from 'playwright-core';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
// What the programs keep is the tests' own.
const FOLDER = mkdtempSync(join(tmpdir(), 'mote-browser-'));
const FOLDERS = { MOTE_STATE_DIRECTORY: FOLDER, MOTE_RUNTIME_DIRECTORY: FOLDER };
process.on('exit', () => rmSync(FOLDER, { recursive: true, force: true }));
export const BUILD = resolve(process.env.MOTE_BUILD ?? join(ROOT, 'build/asan'));
export const TIMEOUT_MS = 60000;
export const ID = 'ssbun_home_switch_1';
export const COMMAND = 'ssbun_switch_1';

const PICTURES = join(BUILD, 'test/browser');
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--no-first-run', '--host-resolver-rules=MAP rebound.example 127.0.0.1'];

// ---- cases -------------------------------------------------------------------------------------------------------

const cases = [];

export function test(name, run) {
  cases.push({ name, run });
}

export function check(condition, why) {
  if (!condition) {
    throw new Error(why);
  }
}

export function checkEqual(actual, expected, what) {
  check(JSON.stringify(actual) === JSON.stringify(expected),
    `${what}: ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`);
}

// What a case uses; all of it ends with the case.
class Scene {
  constructor(browser) {
    this.browser = browser;
    this.endings = [];
    this.programs = [];
    this.pages = [];
  }

  onEnd(ending) {
    this.endings.unshift(ending);
  }

  async end() {
    for (const ending of this.endings) {
      await ending();
    }
  }

  async directory() {
    const path = await mkdtemp(join(tmpdir(), 'mote-test-'));
    this.onEnd(() => rm(path, { recursive: true, force: true }));
    return path;
  }

  start(command, ...words) {
    const program = new Program(command, words.map(String));
    this.programs.push(program);
    this.onEnd(() => program.end('SIGKILL'));
    return program;
  }

  // A broker that takes connections and says nothing, until it hangs up.
  async silentBroker() {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket)).resume();
    });
    const sockets = new Set();
    const hangUp = () => {
      server.close();
      sockets.forEach((socket) => socket.destroy());
    };
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    this.onEnd(hangUp);
    return { address: `127.0.0.1:${server.address().port}`, hangUp };
  }

  async board(options = {}) {
    const board = new Board(this, options);
    await board.start();
    return board;
  }

  // A page of the board, with everything noted that a good page does not do.
  async open(url, { expected = [], ...options } = {}) {
    const viewport = { width: 1280, height: 900 };
    const context = await this.browser.newContext({ viewport, locale: 'en-GB', ...options });
    this.onEnd(() => context.close());
    const page = await context.newPage();
    const problems = [];
    page.setDefaultTimeout(TIMEOUT_MS);
    page.on('pageerror', (error) => problems.push(`exception: ${error.message}`));
    page.on('console', (message) => {
      const text = `${message.type()}: ${message.text()} ${message.location().url}`;
      if (!expected.some((pattern) => pattern.test(text))) {
        problems.push(text);
      }
    });
    this.pages.push({ page, problems });
    await page.goto(url);
    return page;
  }

  checkPages() {
    this.pages.forEach(({ page, problems }) => checkEqual(problems, [], `what ${page.url()} complained of`));
  }
}

async function runCase(browser, area, { name, run }) {
  const scene = new Scene(browser);
  const script = relative(ROOT, process.argv[1]);
  try {
    await run(scene);
    scene.checkPages();
    console.log(`ok ${area}/${name}`);
    return true;
  } catch (error) {
    const why = String(error.message).replace(/\s+/g, ' ').slice(0, 800);
    console.log(`not ok ${area}/${name} - ${why} (run alone: MOTE_BUILD=${BUILD} node ${script} ${name})`);
    const last = scene.pages.at(-1);
    await last?.page.screenshot({ path: join(PICTURES, `failed-${name}.png`) }).catch(() => {});
    scene.programs.forEach((program) => program.show());
    return false;
  } finally {
    await scene.end();
  }
}

// Runs the cases whose names contain one of the words on the command line, or all.
export async function main(area) {
  const words = process.argv.slice(2);
  const chosen = cases.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  await mkdir(PICTURES, { recursive: true });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  let failed = chosen.length === 0;
  for (const one of chosen) {
    failed = !(await runCase(browser, area, one)) || failed;
  }
  await browser.close();
  process.exitCode = failed ? 1 : 0;
}

// ---- programs ----------------------------------------------------------------------------------------------------

const execFileAsync = promisify(execFile);

export function freePort() {
  return new Promise((done, failed) => {
    const probe = createServer();
    probe.on('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

// A running program and its lines; each waitLine() waits for what comes after the line before.
class Program {
  constructor(command, words) {
    this.command = [command, ...words].join(' ');
    this.lines = [];
    this.at = 0;
    this.waiting = [];
    this.ended = false;
    this.process = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...FOLDERS } });
    this.exit = new Promise((done) => {
      this.process.on('error', (error) => this.take(`cannot be started: ${error.message}`));
      this.process.on('close', (code, signal) => {
        this.ended = true;
        this.wake();
        done(signal ?? code);
      });
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.take(line));
    }
  }

  take(line) {
    this.lines.push(line);
    this.wake();
  }

  wake() {
    this.waiting.splice(0).forEach((done) => done());
  }

  async waitLine(pattern) {
    const end = Date.now() + TIMEOUT_MS;
    for (;;) {
      while (this.at < this.lines.length) {
        const found = pattern.exec(this.lines[this.at++]);
        if (found) {
          return found;
        }
      }
      check(!this.ended, `${this.command} has ended without a line like ${pattern}`);
      check(Date.now() < end, `${this.command} has written no line like ${pattern}`);
      await Promise.race([new Promise((done) => this.waiting.push(done)), pause(1000)]);
    }
  }

  async end(signal) {
    if (!this.ended) {
      this.process.kill(signal);
    }
    return this.exit;
  }

  show() {
    console.error(`---- ${this.command}\n${this.lines.slice(-30).map((line) => `   | ${line}`).join('\n')}`);
  }
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms).unref());

const HOME = `\
node: ${ID}
wifi:
  networks:
    - {ssid: "No,thankyou-2", password: beijing_newhome_11.3}
    - {ssid: SSBun, password: Bz123456}
mqtt: {keep_alive: 60s, retry_min: 100ms, retry_max: 1s}
switches:
  - {name: lamp, pin: 2, active: low, command_topic: ${COMMAND}}
buttons:
  - {name: button, pin: 0, active: low, toggles: lamp}
`;

// A virtual board that has said that it is ready.
class Board {
  constructor(scene, { text = HOME, args = [] }) {
    this.scene = scene;
    this.text = text;
    this.args = args;
  }

  async start() {
    this.port ??= await freePort();
    this.broker_port ??= await freePort();
    this.file ??= join(await this.scene.directory(), 'node.yaml');
    this.url = `http://127.0.0.1:${this.port}/`;
    await writeFile(this.file, this.text);
    this.program = this.scene.start(join(BUILD, 'mote'), 'run', '--board', 'sim', '--port', this.port, '--broker-port',
      this.broker_port, ...this.args, this.file);
    await this.program.waitLine(/^mote: .* ready: board /);
  }

  stop() {
    return this.program.end('SIGTERM');
  }

  async json() {
    return (await fetch(`${this.url}api/board`)).json();
  }

  async publish(topic, payload, ...options) {
    await execFileAsync('mosquitto_pub', ['-p', this.broker_port, '-q', '1', '-t', topic, '-m', payload, ...options],
      { timeout: TIMEOUT_MS });
  }

  async subscribe(...topics) {
    const program = this.scene.start('mosquitto_sub', '-d', '-q', '1', '-p', this.broker_port, '-F', '%r %t %p',
      ...topics.flatMap((topic) => ['-t', topic]));
    await program.waitLine(/^Subscribed/);
    return program;
  }
}

// ---- the page ----------------------------------------------------------------------------------------------------

// Waits until the element has these attributes: shows(page, 'lamp', { on: true }).
export async function shows(page, id, attributes = {}) {
  const wanted = Object.entries(attributes).map(([name, value]) => `[${name}="${value}"]`).join('');
  try {
    await page.locator(`[data-testid="${id}"]${wanted}`).waitFor({ state: 'attached' });
  } catch {
    const all = page.locator(`[data-testid="${id}"]`);
    const found = await all.evaluateAll((elements) => elements.map((e) => e.outerHTML.slice(0, 200)));
    throw new Error(`${id} never has ${wanted}: ${found}`);
  }
}

export const lampShows = (page, on) => shows(page, 'lamp', { 'data-on': on });
export const stateShows = (page, state) => shows(page, 'node-state', { 'data-state': state });
export const reasonShows = (page, reason) => shows(page, 'reason-words', { 'data-reason': reason });

export const textOf = (page, id) => page.getByTestId(id).innerText();

export async function isReady(page) {
  await shows(page, 'connection', { 'data-state': 'live' });
  await stateShows(page, 'online');
}

// From now on notes each time that the lamp goes on or off on the page; the function returned tells how often it did.
export async function watchLamp(page) {
  await page.getByTestId('lamp').evaluate((lamp) => {
    window.lampMoves = 0;
    let before = lamp.dataset.on;
    new MutationObserver(() => {
      if (lamp.dataset.on !== before) {
        before = lamp.dataset.on;
        window.lampMoves += 1;
      }
    }).observe(lamp, { attributes: true, attributeFilter: ['data-on'] });
  });
  return () => page.evaluate(() => window.lampMoves);
}

export const sidewaysScroll = (page) => page.evaluate(
  () => document.documentElement.scrollWidth - document.documentElement.clientWidth);

// A picture for people to look at, in the build directory's test/browser/.
export async function picture(page, name, options = { fullPage: true }) {
  await page.evaluate(async () => {
    const finished = document.getAnimations().filter((a) => a.effect.getTiming().iterations !== Infinity);
    await Promise.all(finished.map((animation) => animation.finished.catch(() => {})));
    await document.fonts.ready;
  });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), ...options });
}
